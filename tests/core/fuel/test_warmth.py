"""What a cold engine burns more."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keitora.fuel.warmth import cold_extra_l, cooled, warmed

warmths = st.floats(0, 1)
litres = st.floats(0, 0.5)


def test_a_cold_start_costs_a_third_of_what_the_cold_part_of_a_trip_takes() -> None:
    """1.47 - 0.009 · 15 °C = 1.335 times 0.23 L."""
    assert cold_extra_l(0, 0.23) == pytest.approx(0.335 * 0.23)
    assert cold_extra_l(0, 5) == pytest.approx(0.335 * 0.23)
    assert cold_extra_l(1, 5) == 0


def test_the_first_kilometre_is_the_dearest() -> None:
    first, second = cold_extra_l(0, 0.07), cold_extra_l(warmed(0, 0.07), 0.07)
    assert first > 1.3 * second > 0


def test_an_engine_is_half_cold_after_an_hour_and_cold_after_four() -> None:
    assert cooled(1, 3600) == pytest.approx(0.51, abs=0.02)
    assert cooled(1, 4 * 3600) < 0.1
    assert cooled(0.8, 0) == 0.8


@given(warmth=warmths, first_l=litres, second_l=litres)
def test_how_a_way_is_cut_changes_nothing(warmth: float, first_l: float, second_l: float) -> None:
    in_two_l = cold_extra_l(warmth, first_l) + cold_extra_l(warmed(warmth, first_l), second_l)

    assert in_two_l == pytest.approx(cold_extra_l(warmth, first_l + second_l), abs=1e-12)


@given(warmth=warmths, warmer=warmths, warm_l=litres)
def test_a_warmer_engine_never_burns_more(warmth: float, warmer: float, warm_l: float) -> None:
    colder, hotter = sorted((warmth, warmer))

    assert cold_extra_l(colder, warm_l) >= cold_extra_l(hotter, warm_l) - 1e-12 >= -1e-12
    assert warmed(colder, warm_l) <= warmed(hotter, warm_l) <= 1
