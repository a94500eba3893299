"""Holidays as the Cabinet Office of Japan and the Office of Personnel Management print them."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keitora_sim.days.calendar import is_worked
from keitora_sim.days.holidays import american, equinoxes, is_holiday, japanese


def days(text: str, year: int) -> list[date]:
    return [date.fromisoformat(f"{year}-{one}") for one in text.split()]


JAPAN = {
    # 2025: substitutes for Sundays; 2026: a day between two holidays; 2027: an equinox on a Sunday
    2025: "01-01 01-13 02-11 02-23 02-24 03-20 04-29 05-03 05-04 05-05 05-06 07-21 08-11 09-15 09-23 10-13 11-03 11-23 "
    "11-24",
    2026: "01-01 01-12 02-11 02-23 03-20 04-29 05-03 05-04 05-05 05-06 07-20 08-11 09-21 09-22 09-23 10-12 11-03 11-23",
    2027: "01-01 01-11 02-11 02-23 03-21 03-22 04-29 05-03 05-04 05-05 07-19 08-11 09-20 09-23 10-11 11-03 11-23",
}
AMERICA = {
    2026: "01-01 01-19 02-16 05-25 06-19 07-03 09-07 10-12 11-11 11-26 12-25",  # the Fourth is a Saturday
    2027: "01-01 01-18 02-15 05-31 06-18 07-05 09-06 10-11 11-11 11-25 12-24 12-31",  # New Year 2028 is a Saturday
}


@pytest.mark.parametrize("year", JAPAN)
def test_the_holidays_of_japan_are_those_of_the_almanac(year: int) -> None:
    assert sorted(japanese(year)) == days(JAPAN[year], year)


@pytest.mark.parametrize("year", AMERICA)
def test_the_holidays_of_the_united_states_are_those_of_the_office(year: int) -> None:
    assert sorted(american(year)) == days(AMERICA[year], year)


@given(st.integers(1980, 2099))
def test_an_equinox_is_never_far_from_where_it_belongs(year: int) -> None:
    spring, autumn = equinoxes(year)

    assert (spring.month, autumn.month) == (3, 9)
    assert 19 <= spring.day <= 21
    assert 21 <= autumn.day <= 24
    assert is_holiday(spring, "jp")


def test_a_farm_in_japan_rests_on_a_moving_holiday_and_a_gardener_in_america_does_not() -> None:
    marine_day, labor_day = date(2026, 7, 20), date(2026, 9, 7)
    seeds = [str(number) for number in range(20)]

    assert not any(is_worked(marine_day, "valley", seed) for seed in seeds)
    assert any(is_worked(marine_day, "landscaper", seed) for seed in seeds)
    assert not any(is_worked(labor_day, "landscaper", seed) for seed in seeds)
    assert any(is_worked(labor_day, "valley", seed) for seed in seeds)
