"""What is asked about: typing errors, and nothing else."""

from dataclasses import replace
from pathlib import Path
from statistics import median
from zoneinfo import ZoneInfo

import pytest

from keitora.fillups.checks import questions
from keitora.fillups.csv_file import Refused, read_fill_ups
from keitora.fillups.model import FillUp, NewFillUp
from keitora.units import KM_A_MILE, L_A_US_GALLON
from tests.core.fillups.entries import fill, stored

GOOD = [fill(i, 28 + (i % 3), 1000 + 420 * i, trip_km=420) for i in range(8)]


def changed(number: int, **changes: object) -> list[FillUp]:
    return [replace(one, **changes) if one.fill_up_id == number else one for one in GOOD]  # type: ignore[arg-type]


def test_honest_entries_raise_no_question() -> None:
    assert questions(GOOD, tank_l=34) == []


def test_transposed_digits_of_an_odometer_are_found_by_the_trip_meter() -> None:
    [asked] = questions(changed(4, odometer_km=2608))

    assert (asked.fill_up_id, asked.kind, asked.typed) == (4, "odometer", 2608)
    assert asked.proposed == pytest.approx(2680)


def test_an_odometer_out_of_order_is_found_without_a_trip_meter() -> None:
    entries = [replace(one, trip_km=None) for one in changed(4, odometer_km=26800)]
    [asked] = questions(entries)

    assert (asked.fill_up_id, asked.kind) == (4, "odometer")
    assert asked.proposed == pytest.approx(2680, abs=20)


def test_a_slipped_decimal_point_of_the_litres_is_found() -> None:
    [asked] = questions(changed(4, volume_l=2.9))

    assert (asked.fill_up_id, asked.kind, asked.proposed) == (4, "volume", 29.0)


def test_a_tank_cannot_take_more_than_it_holds() -> None:
    [asked] = questions(changed(4, volume_l=290), tank_l=34)

    assert (asked.kind, asked.proposed) == ("overfull", 29.0)


def test_twice_the_distance_on_a_tank_is_a_fill_up_that_nobody_entered() -> None:
    entries = [one for one in GOOD if one.fill_up_id != 4]
    entries = [replace(one, trip_km=None) for one in entries]
    [asked] = questions(entries)

    assert (asked.fill_up_id, asked.kind, asked.proposed) == (5, "missed", None)


def test_an_entry_sent_twice_is_found() -> None:
    twice = replace(GOOD[4], fill_up_id=99)
    [asked] = questions([*GOOD, twice])

    assert (asked.fill_up_id, asked.kind) == (99, "duplicate")


def test_what_its_owner_confirmed_is_not_asked_again() -> None:
    entries = [replace(one, confirmed=("volume",)) if one.fill_up_id == 4 else one for one in changed(4, volume_l=2.9)]
    assert questions(entries) == []


@pytest.mark.recordings
def test_the_typing_errors_in_twelve_years_of_a_cars_fill_ups_are_found_and_mended(recordings: Path) -> None:
    text = (recordings / "fill_ups" / "2013altima.csv").read_text()
    read = list(read_fill_ups(text, zone=ZoneInfo("America/Chicago"), currency="USD"))
    fills = [stored(i, one) for i, one in enumerate(read) if not isinstance(one, Refused)]
    asked = {fills[one.fill_up_id].filled_at.date().isoformat(): one for one in questions(fills)}

    assert len(fills) == len(read) == text.count("\n") - 1 + (not text.endswith("\n"))
    assert (asked["2021-04-20"].proposed or 0) / KM_A_MILE == pytest.approx(56397)  # typed 56379
    assert (asked["2026-03-31"].proposed or 0) / KM_A_MILE == pytest.approx(97788)  # typed 97778
    assert asked["2023-12-24"].kind == "duplicate"
    assert (asked["2024-03-22"].proposed or 0) / L_A_US_GALLON == pytest.approx(12.4, abs=0.5)  # typed the last one's
    assert len(asked) <= 6, {at: (one.kind, one.typed, one.proposed) for at, one in asked.items()}


@pytest.mark.recordings
def test_an_older_cars_fill_ups_raise_no_question(recordings: Path) -> None:
    text = (recordings / "fill_ups" / "2008altima.csv").read_text()
    read = list(read_fill_ups(text, zone=ZoneInfo("America/Chicago"), currency="USD"))

    assert questions([stored(i, one) for i, one in enumerate(read) if not isinstance(one, Refused)]) == []


@pytest.mark.recordings
@pytest.mark.parametrize(("name", "half"), [("2013altima.csv", 0), ("2013altima.csv", 1), ("2008altima.csv", None)])
def test_honest_tanks_lie_well_inside_what_is_asked_about_in_each_half_and_on_another_car(
    recordings: Path, name: str, half: int | None
) -> None:
    """Questions begin at 0.6 and 1.6 of the median economy: a bound fitted to one half would show on the other."""
    text = (recordings / "fill_ups" / name).read_text()
    read = read_fill_ups(text, zone=ZoneInfo("America/New_York"), currency="USD")
    fills = sorted((one for one in read if isinstance(one, NewFillUp)), key=lambda one: one.filled_at)
    if half is not None:
        fills = fills[: len(fills) // 2] if half == 0 else fills[len(fills) // 2 :]
    economy = sorted(
        one.trip_km / one.volume_l for one in fills if one.trip_km and one.is_full and not one.missed_before
    )
    middle = median(economy)

    honest = [one / middle for one in economy[1:-1]]  # the two ends may be mistyped
    assert len(honest) >= 12
    assert honest[0] > 0.75
    assert honest[-1] < 1.35
