"""The own odometer never falls and never jumps, whatever readings people type in."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keitora.odometer.model import Anchor
from keitora.odometer.own import agreeing, own_reading

START = datetime(2026, 4, 1, tzinfo=UTC)


def day(number: float) -> datetime:
    return START + timedelta(days=number)


def test_the_newest_reading_is_carried_on_by_what_was_driven_since() -> None:
    chain = agreeing([Anchor(day(0), 50_000, 100)])

    assert own_reading(chain, day(3), 180).value == 50_080
    assert own_reading(chain, day(-3), 60).value == 49_960


def test_without_a_reading_it_counts_what_was_driven() -> None:
    assert own_reading([], day(1), 42).value == 42


def test_a_correction_is_spread_and_the_odometer_meets_every_reading() -> None:
    chain = agreeing([Anchor(day(0), 1000, 0), Anchor(day(10), 1090, 100)])

    assert own_reading(chain, day(5), 50).value == pytest.approx(1045)
    assert own_reading(chain, day(10), 100).value == 1090


def test_kilometres_without_a_logger_are_spread_over_the_time() -> None:
    chain = agreeing([Anchor(day(0), 1000, 0), Anchor(day(10), 1500, 100)])

    assert own_reading(chain, day(5), 0).value == pytest.approx(1200)


@pytest.mark.parametrize("wrong", [150, 10_500, 1_050_000])
def test_a_typing_error_costs_itself_alone(wrong: float) -> None:
    right = [Anchor(day(number), 1000 + 50 * number, 50 * number) for number in range(6)]

    chain = agreeing([*right[:2], Anchor(day(1.5), wrong, 75), *right[2:]])

    assert chain == right


anchors = st.lists(
    st.builds(
        lambda number, reading: (number, reading),
        st.integers(0, 60),
        st.one_of(st.floats(0, 200_000), st.integers(990, 1_100).map(float)),
    ),
    max_size=12,
)


@given(found=anchors, driven=st.lists(st.floats(0, 300), min_size=61, max_size=61))
def test_it_is_monotone_and_never_jumps_under_any_readings(found: list[tuple[int, float]], driven: list[float]) -> None:
    counted = [sum(driven[:number]) for number in range(61)]
    chain = agreeing([Anchor(day(number), reading, counted[number]) for number, reading in found])

    def shown(hour: int) -> float:
        number, part = divmod(hour, 24)
        ahead = driven[number] * part / 24 if number < 60 else 0.0
        return own_reading(chain, day(hour / 24), counted[number] + ahead).value

    values = [shown(hour) for hour in range(60 * 24)]
    assert all(later >= earlier - 1e-6 for earlier, later in pairwise(values))
    assert all(later - earlier <= 1500 / 24 + 2 * 300 / 24 + 2.1 for earlier, later in pairwise(values))
