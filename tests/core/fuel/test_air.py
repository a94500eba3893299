"""Air from pressure and from load, against figures worked out by hand."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keitora.books.truck import Truck
from keitora.fuel.air import air_from_load_gs, volumetric_efficiency
from keitora.fuel.estimate import flow
from keitora.fuel.methods import FuelMethod
from keitora.fuel.reading import EngineReading

CARRY = Truck(displacement_cc=658)


def test_air_from_absolute_load_fills_the_cylinders_with_air_of_25_degrees() -> None:
    """658 cc at 100 % and 3,000 rpm: 25 cylinder fillings of 0.658 L a second, 1.184 g/L."""
    assert air_from_load_gs(engine_rpm=3000, absolute_load_pct=100, displacement_l=0.658) == pytest.approx(
        19.48, abs=0.01
    )


def test_absolute_load_is_used_where_there_is_no_pressure() -> None:
    found = flow(EngineReading(engine_rpm=3000, absolute_load_pct=46.6), CARRY)

    assert found is not None
    assert found.method is FuelMethod.ABSOLUTE_LOAD
    assert found.fuel_lph == pytest.approx(2.98, abs=0.01)


@pytest.mark.parametrize(
    ("rpm", "map_kpa", "efficiency"),
    [(850, 32, 0.67), (3000, 60, 0.80), (3750, 98, 0.84), (6500, 98, 0.81)],
)
def test_filling_is_worse_at_small_load_where_hot_residual_gas_stays(
    rpm: float, map_kpa: float, efficiency: float
) -> None:
    assert volumetric_efficiency(engine_rpm=rpm, map_kpa=map_kpa) == pytest.approx(efficiency, abs=0.01)


def test_a_blower_clears_the_cylinders_and_a_turbine_holds_the_exhaust_back() -> None:
    natural = volumetric_efficiency(engine_rpm=3750, map_kpa=100)
    blown = volumetric_efficiency(engine_rpm=3750, map_kpa=150, induction="supercharged")
    turbo = volumetric_efficiency(engine_rpm=3750, map_kpa=150, induction="turbo")

    assert blown > natural
    assert turbo == pytest.approx(natural, abs=0.01)


def test_thin_outside_air_leaves_less_residual_gas() -> None:
    low = volumetric_efficiency(engine_rpm=2000, map_kpa=50, baro_kpa=101)
    high = volumetric_efficiency(engine_rpm=2000, map_kpa=50, baro_kpa=80)
    assert high > low


def test_an_efficiency_set_for_the_truck_replaces_the_map() -> None:
    reading = EngineReading(engine_rpm=850, map_kpa=32, intake_temp_c=30)
    by_map, set_by_hand = flow(reading, CARRY), flow(reading, Truck(displacement_cc=658, volumetric_efficiency=0.70))

    assert by_map is not None
    assert set_by_hand is not None
    assert set_by_hand.fuel_lph == pytest.approx(0.39, abs=0.01)
    assert by_map.fuel_lph != set_by_hand.fuel_lph


@given(
    rpm=st.floats(200, 9000),
    map_kpa=st.floats(10, 250),
    induction=st.sampled_from(("natural", "supercharged", "turbo")),
)
def test_the_efficiency_is_always_that_of_an_engine(rpm: float, map_kpa: float, induction: str) -> None:
    assert 0.3 <= volumetric_efficiency(engine_rpm=rpm, map_kpa=map_kpa, induction=induction) <= 1.1  # type: ignore[arg-type]
