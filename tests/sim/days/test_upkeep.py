"""Services fall due by kilometres and by the calendar, and are done once each, on a day of work."""

from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from keitora_sim.days.calendar import is_worked
from keitora_sim.days.upkeep import INSPECTION, OIL_EVERY_KM, TYRES, dated, is_oil_due, repair

YEAR = [date(2026, 1, 1) + timedelta(days=number) for number in range(365)]


@given(st.integers(0, 999).map(str), st.floats(0, 200_000), st.lists(st.floats(0.1, 200), min_size=1, max_size=300))
def test_oil_is_changed_every_five_thousand_kilometres_however_the_days_are_cut(
    seed: str, from_km: float, days_km: list[float]
) -> None:
    at_km, changes = from_km, 0
    for driven_km in days_km:
        changes += is_oil_due(seed, at_km, at_km + driven_km)
        at_km += driven_km

    assert abs(changes - (at_km - from_km) / OIL_EVERY_KM) <= 1


def test_a_year_has_one_inspection_and_in_the_hills_two_changes_of_tyres_all_on_days_of_work() -> None:
    for number in range(40):
        seed = str(number)

        def works(day: date, seed: str = seed) -> bool:
            return is_worked(day, "valley", seed)

        told = {day: dated(day, "valley", seed, works) for day in YEAR}
        jobs = [job for day in YEAR for job in told[day]]

        assert jobs.count(TYRES) == 2
        assert jobs.count(INSPECTION) <= 1
        assert all(works(day) for day in YEAR if told[day])
    assert not any(TYRES in dated(day, "plain", "1", lambda _: True) for day in YEAR)


def test_a_repair_names_what_it_mends() -> None:
    assert repair("dead fan").name == "repair: dead fan"
