"""From papers to the catalogue."""

from datetime import date

import pytest

from keitora.catalogue.find import chassis_code, frame_number, is_vin, look_up
from keitora.catalogue.law import import_eligible_on, is_over_class, limit_on
from keitora.catalogue.model import trucks


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        ("DA63T", "DA63T"),
        ("ebd-da63t", "DA63T"),
        ("3BD-DA16T", "DA16T"),
        ("M-S80P-TDK", "S80P"),
        ("V-HA4", "HA4"),
        ("DD51T-284117", "DD51T"),
        ("GD－TT2", "TT2"),
    ],
)
def test_the_code_is_found_in_what_stands_on_the_papers(typed: str, code: str) -> None:
    assert chassis_code(typed) == code


def test_a_frame_number_is_not_a_vin() -> None:
    assert frame_number("HA4-1102938") == ("HA4", "1102938")
    assert frame_number("JSAEDA52S00123456") is None
    assert is_vin("JSAEDA52S00123456")
    assert not is_vin("HA4-1102938")


def test_what_is_known_of_a_truck_is_told_and_the_rest_stays_unknown() -> None:
    carry, older = look_up("3BD-DA16T"), look_up("EBD-DA63T")

    assert carry is not None
    assert (carry.maker, carry.displacement_cc, carry.tank_l, carry.has_fuel_cut) == ("Suzuki", 658, 34, True)
    assert carry.kerb_kg is None  # sources name a range
    assert older is not None
    assert older.maker == "Suzuki"
    assert older.displacement_cc is older.tank_l is older.has_fuel_cut is None
    assert look_up("XX99") is None


def test_a_code_of_two_generations_tells_only_what_they_agree_on_unless_the_year_decides() -> None:
    both, facelift = look_up("S510P"), look_up("S510P", date(2023, 5, 1))

    assert both is not None
    assert len(both.entries) == 2
    assert (both.maker, both.kerb_kg) == ("Daihatsu", None)
    assert facelift is not None
    assert (len(facelift.entries), facelift.kerb_kg) == (1, 830)


def test_every_entry_names_its_sources_and_fits_its_class() -> None:
    assert len({truck.key for truck in trucks()}) == len(trucks()) > 40
    for truck in trucks():
        assert truck.sources, truck.key
        if truck.displacement_cc is not None and truck.sold_from is not None:
            begun = date(int(truck.sold_from[:4]), int(truck.sold_from[5:7] or 12), 1)
            assert not is_over_class(truck.displacement_cc, begun), truck.key


def test_the_class_grew_four_times() -> None:
    limits = [limit_on(date(year, 6, 1)) for year in (1950, 1970, 1980, 1995, 2020)]
    assert [None if limit is None else limit.displacement_cc for limit in limits] == [None, 360, 550, 660, 660]
    assert is_over_class(659, date(1989, 12, 31))
    assert not is_over_class(659, date(1990, 1, 1))


def test_a_truck_may_be_imported_25_years_after_its_month() -> None:
    assert import_eligible_on(2001, 9) == date(2026, 9, 30)
    assert import_eligible_on(1999, 2) == date(2024, 2, 29)
