"""How a truck went between two samples."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keitora.books.truck import Truck
from keitora.fuel.motion import Motion, halves, unseen_jkg
from keitora.fuel.road import road_load_lph

CARRY = Truck(displacement_cc=658, kerb_kg=710, has_fuel_cut=True)
speeds_ms = st.floats(0, 30)


def between(from_ms: float, to_ms: float, lasted_s: float, way_m: float | None) -> Motion:
    return Motion(from_ms=from_ms, to_ms=to_ms, climb_m=0, lasted_s=lasted_s, way_m=way_m)


def test_a_truck_that_went_less_far_than_its_speeds_say_has_braked_in_between() -> None:
    """At 10 m/s at both ends of 20 s, but 143 m: 50 m short beyond 3 m and 2 % of doubt, so 5 m/s in the middle."""
    first, second = halves(between(10, 10, 20, 143.9))

    assert first.to_ms == second.from_ms == pytest.approx(5, abs=0.05)
    assert (first.from_ms, second.to_ms) == (10, 10)
    assert first.lasted_s + second.lasted_s == 20


def test_one_that_went_far_less_has_stopped_and_one_that_went_further_was_faster() -> None:
    assert halves(between(10, 10, 20, 20))[0].to_ms == 0
    assert halves(between(10, 10, 20, 260))[0].to_ms > 14


@pytest.mark.parametrize("way_m", [96, 100, 104])
def test_a_way_as_long_as_fixes_can_tell_changes_nothing(way_m: float) -> None:
    assert halves(between(10, 10, 10, way_m))[0].to_ms == 10


def test_without_fixes_at_both_ends_it_stays_in_one_piece() -> None:
    motion = between(10, 12, 20, None)
    assert halves(motion) == (motion,)


def test_what_is_not_seen_is_expected_by_what_is() -> None:
    """From 10 m/s to a stop within 29 s: 50 J/kg are seen, and 19/95 of that more are not."""
    assert unseen_jkg((between(10, 0, 29, None),)) == pytest.approx(10)
    assert unseen_jkg((between(10, 0, 10, None),)) == 0
    assert unseen_jkg((between(10, 10, 60, None),)) == 0


def test_speeds_that_are_means_show_less_of_it() -> None:
    means = Motion(from_ms=10, to_ms=0, climb_m=0, lasted_s=30.5, of_means=True)
    assert unseen_jkg((means,)) == pytest.approx(50)


def test_a_stop_within_half_a_minute_costs_what_pulling_away_again_takes() -> None:
    """883 kg from a stand to 10 m/s: 47 kJ at the wheels, 53 at the clutch, 171 kJ of petrol: 5.4 mL.

    Rolling on to the stop has cost less than going on would have, and unseen braking is expected on top.
    """
    creeping, stopped = (road_load_lph(between(one, one, 30, 140), CARRY) for one in (140 / 30, 10))
    assert creeping is not None
    assert stopped is not None

    pulling_away_l = 1.06 * 883 * 50 / 0.88 / 0.31 / 43_000 / 745
    assert 0.5 * pulling_away_l < (stopped - creeping) * 30 / 3600 < 1.5 * pulling_away_l


@given(from_ms=speeds_ms, to_ms=speeds_ms, lasted_s=st.floats(4, 120), way_m=st.floats(0, 3000))
def test_the_middle_is_a_speed_and_the_way_is_never_further_off_than_before(
    from_ms: float, to_ms: float, lasted_s: float, way_m: float
) -> None:
    motion = between(from_ms, to_ms, lasted_s, way_m)
    first, second = halves(motion)

    def off_m(*parts: Motion) -> float:
        return abs(way_m - sum((part.from_ms + part.to_ms) / 2 * part.lasted_s for part in parts))

    assert 0 <= first.to_ms <= 40
    assert off_m(first, second) <= off_m(motion) + 1e-6


@given(from_ms=speeds_ms, to_ms=speeds_ms, lasted_s=st.floats(4, 119), longer_s=st.floats(0, 1))
def test_a_sample_a_little_later_never_moves_the_expectation_by_more_than_a_hundredth_of_what_is_seen(
    from_ms: float, to_ms: float, lasted_s: float, longer_s: float
) -> None:
    seen_jkg = abs(to_ms**2 - from_ms**2) / 2
    sooner, later = (unseen_jkg((between(from_ms, to_ms, one, None),)) for one in (lasted_s, lasted_s + longer_s))

    assert 0 <= sooner <= later <= sooner + seen_jkg * longer_s / 95 + 1e-9
    assert later <= 1.2 * seen_jkg
