"""Fuel from how a truck moves, against figures worked out by hand."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keitora.books.truck import Truck
from keitora.fuel.motion import Motion
from keitora.fuel.road import idle_lph, likely_rpm, road_load_lph, wheel_power_w

CARRY = Truck(displacement_cc=658, kerb_kg=710)


def steady(speed_kmh: float, slope: float = 0.0) -> Motion:
    speed_ms = speed_kmh / 3.6
    return Motion(from_ms=speed_ms, to_ms=speed_ms, climb_m=speed_ms * slope, lasted_s=1)


def test_power_at_60_on_the_level_is_rolling_and_air() -> None:
    """850 kg: 850 · 9.81 · 0.013 = 108 N rolling, 0.6 · 16.67² = 167 N of air: 275 N · 16.67 m/s."""
    assert wheel_power_w(steady(60), 850) == pytest.approx(4583, abs=5)


def test_a_climb_of_five_percent_takes_its_height() -> None:
    """850 kg · 9.81 m/s² · 0.833 m a second."""
    assert wheel_power_w(steady(60, 0.05), 850) - wheel_power_w(steady(60), 850) == pytest.approx(6947, abs=5)


@pytest.mark.parametrize(("speed_kmh", "low", "high"), [(40, 18, 26), (60, 14, 21), (80, 11, 16)])
def test_a_steady_drive_has_the_economy_of_a_kei_truck(speed_kmh: float, low: float, high: float) -> None:
    litres = road_load_lph(steady(speed_kmh), CARRY)

    assert litres is not None
    assert low < speed_kmh / litres < high


def test_an_idle_burns_what_small_cars_are_measured_to_burn() -> None:
    """7 to 10 cc a minute are told of small cars: ebsearch.com/car-repaire/010/post_6.html."""
    assert 0.42 < idle_lph(CARRY) < 0.60


def test_nothing_is_burnt_rolling_downhill_unless_a_carburettor_goes_on_feeding() -> None:
    downhill = steady(40, -0.08)

    assert road_load_lph(downhill, replace(CARRY, has_fuel_cut=True)) == 0
    fed = road_load_lph(downhill, replace(CARRY, has_fuel_cut=False))
    assert fed is not None
    assert 0.3 < fed < 1.2


def test_a_truck_of_which_it_is_not_known_may_have_a_carburettor_unless_it_tells_its_engine_speed() -> None:
    downhill = steady(40, -0.08)
    fed = road_load_lph(downhill, replace(CARRY, has_fuel_cut=False))
    assert fed is not None

    assert road_load_lph(downhill, CARRY) == pytest.approx(fed / 2)
    assert road_load_lph(downhill, CARRY, 2400.0) == 0


def test_a_tachometer_tells_the_gear() -> None:
    low_gear, top_gear = road_load_lph(steady(40), CARRY, 5000), road_load_lph(steady(40), CARRY, 2200)
    assert low_gear is not None
    assert top_gear is not None
    assert low_gear > top_gear * 1.3


@pytest.mark.parametrize("energy", ["diesel", "lpg", "hybrid", "electric"])
def test_what_does_not_run_on_petrol_alone_is_not_guessed(energy: str) -> None:
    assert road_load_lph(steady(40), Truck(energy=energy)) is None  # type: ignore[arg-type]


@given(
    from_ms=st.floats(0, 40),
    to_ms=st.floats(0, 40),
    climb_m=st.floats(-5, 5),
    lasted_s=st.floats(0.05, 60),
    heavier_kg=st.floats(0, 400),
)
def test_it_is_never_negative_and_a_heavier_truck_never_climbs_on_less(
    from_ms: float, to_ms: float, climb_m: float, lasted_s: float, heavier_kg: float
) -> None:
    motion = Motion(from_ms=from_ms, to_ms=max(from_ms, to_ms), climb_m=abs(climb_m), lasted_s=lasted_s)
    light = road_load_lph(motion, Truck(kerb_kg=700))
    heavy = road_load_lph(motion, Truck(kerb_kg=700 + heavier_kg))
    down = road_load_lph(Motion(from_ms=to_ms, to_ms=from_ms, climb_m=-abs(climb_m), lasted_s=lasted_s), CARRY)
    assert light is not None
    assert heavy is not None
    assert down is not None
    assert 0 < light <= heavy
    assert down >= 0


def test_likely_engine_speed_rises_with_the_road_speed() -> None:
    speeds = [likely_rpm(kmh / 3.6) for kmh in range(120)]
    assert speeds == sorted(speeds)
    assert likely_rpm(60 / 3.6) == pytest.approx(3600)
