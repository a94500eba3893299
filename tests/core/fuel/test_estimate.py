"""Fuel flow from engine signals, against figures worked out elsewhere."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keitora.books.truck import Truck
from keitora.fuel.air import air_from_pressure_gs, petrol_from_air_lph
from keitora.fuel.estimate import flow
from keitora.fuel.methods import FuelMethod
from keitora.fuel.reading import EngineReading

CARRY = Truck(displacement_cc=658)


def test_air_by_speed_density_at_a_cruise() -> None:
    air_gs = air_from_pressure_gs(
        engine_rpm=3000, map_kpa=60, intake_temp_c=30, displacement_l=0.658, volumetric_efficiency=0.80
    )

    assert air_gs == pytest.approx(9.08, abs=0.01)
    assert petrol_from_air_lph(air_gs, 1.0, 745) == pytest.approx(2.98, abs=0.01)


def test_air_by_speed_density_of_a_recorded_car_without_an_air_meter() -> None:
    """25 kPa, 998 rpm, 50 °C: a record of a car that has only a manifold pressure, at VE 0.80 and 658 cc."""
    air_gs = air_from_pressure_gs(
        engine_rpm=998, map_kpa=25, intake_temp_c=50, displacement_l=0.658, volumetric_efficiency=0.80
    )

    assert air_gs == pytest.approx(1.18, abs=0.01)
    assert petrol_from_air_lph(air_gs, 1.0, 745) == pytest.approx(0.39, abs=0.005)


@pytest.mark.parametrize(
    ("reading", "fuel_lph", "method"),
    [
        (EngineReading(engine_rpm=2000, fuel_rate_lph=2.5, maf_gs=9), 2.5, FuelMethod.MEASURED),
        (EngineReading(engine_rpm=2000, maf_gs=10, map_kpa=50, intake_temp_c=20), 3.287, FuelMethod.MAF),
        (EngineReading(engine_rpm=2000, maf_gs=10, lambda_ratio=0.8, lambda_answers=True), 4.109, FuelMethod.MAF),
        (EngineReading(engine_rpm=3000, map_kpa=60, intake_temp_c=30), 2.972, FuelMethod.SPEED_DENSITY),
        (EngineReading(engine_rpm=3000, maf_gs=0, map_kpa=60, intake_temp_c=30), 2.972, FuelMethod.SPEED_DENSITY),
        (EngineReading(engine_rpm=2000, maf_gs=10, lambda_ratio=1.99, lambda_answers=True), 0, FuelMethod.MAF),
        (EngineReading(engine_rpm=2000, maf_gs=10, lambda_ratio=0, lambda_answers=True), 0, FuelMethod.MAF),
        (EngineReading(engine_rpm=2000, maf_gs=10, lambda_ratio=0, lambda_answers=False), 3.287, FuelMethod.MAF),
        (EngineReading(engine_rpm=0, maf_gs=3, fuel_rate_lph=2), 0, None),
    ],
)
def test_the_best_method_the_signals_allow(reading: EngineReading, fuel_lph: float, method: FuelMethod | None) -> None:
    found = flow(reading, CARRY)

    assert found is not None
    assert found.fuel_lph == pytest.approx(fuel_lph, abs=0.002)
    assert found.method == method


@pytest.mark.parametrize(
    ("reading", "truck"),
    [
        (EngineReading(engine_rpm=None, maf_gs=10), CARRY),
        (EngineReading(engine_rpm=2000), CARRY),
        (EngineReading(engine_rpm=2000, map_kpa=50, intake_temp_c=20), Truck()),
        (EngineReading(engine_rpm=2000, map_kpa=50), CARRY),
        (EngineReading(engine_rpm=2000, maf_gs=10), Truck(energy="diesel")),
        (EngineReading(engine_rpm=2000, maf_gs=10), Truck(energy="lpg")),
        (EngineReading(engine_rpm=2000, maf_gs=10), Truck(energy="electric")),
    ],
)
def test_what_cannot_be_known_is_not_guessed(reading: EngineReading, truck: Truck) -> None:
    assert flow(reading, truck) is None


def test_a_diesels_own_measured_rate_is_believed() -> None:
    found = flow(EngineReading(engine_rpm=2000, fuel_rate_lph=4), Truck(energy="diesel"))
    assert found is not None
    assert found.fuel_lph == 4


@given(rpm=st.floats(200, 8000), pressure_kpa=st.floats(5, 250), intake_c=st.floats(-40, 150))
def test_flow_is_never_negative_and_grows_with_pressure(rpm: float, pressure_kpa: float, intake_c: float) -> None:
    less = flow(EngineReading(engine_rpm=rpm, map_kpa=pressure_kpa, intake_temp_c=intake_c), CARRY)
    more = flow(EngineReading(engine_rpm=rpm, map_kpa=pressure_kpa * 1.1, intake_temp_c=intake_c), CARRY)
    assert less is not None
    assert more is not None
    assert 0 < less.fuel_lph < more.fuel_lph
