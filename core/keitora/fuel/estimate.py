"""Fuel flow from engine signals: the best method there is at each moment. Pure."""

from typing import Final, NamedTuple

from keitora.books.truck import Truck
from keitora.fuel.air import air_from_load_gs, air_from_pressure_gs, petrol_from_air_lph, volumetric_efficiency
from keitora.fuel.cut import is_fuel_cut
from keitora.fuel.methods import ABSOLUTE_LOAD, MAF, MEASURED, SPEED_DENSITY, FuelMethod
from keitora.fuel.reading import EngineReading

RUNNING_RPM: Final = 200.0


class Flow(NamedTuple):
    """A flow of fuel (L/h) and how it was got. `method` is None where the engine stands and the flow is 0 for sure."""

    fuel_lph: float
    method: FuelMethod | None


def flow(reading: EngineReading, truck: Truck) -> Flow | None:
    """Return the flow of fuel by the best method the engine's signals allow, or None where they tell none.

    0 where the engine stands and in fuel cut. Fuel trims are not applied: they make it worse (the MAF is corrected by
    them already). Air says nothing about a diesel's fuel, and an LPG engine's constants are not petrol's.
    """
    rpm = reading.engine_rpm
    if rpm is None or truck.energy == "electric":
        return None
    if rpm < RUNNING_RPM:
        return Flow(0.0, None)
    if reading.fuel_rate_lph is not None:
        return Flow(reading.fuel_rate_lph, MEASURED)
    air = _air(reading, rpm, truck) if truck.energy in ("petrol", "hybrid") else None
    if air is None:
        return None
    air_gs, method = air
    if is_fuel_cut(reading, rpm):
        return Flow(0.0, method)
    ratio = reading.lambda_ratio if reading.lambda_answers else None
    return Flow(petrol_from_air_lph(air_gs, ratio or 1.0, truck.fuel_density_gpl), method)


def _air(reading: EngineReading, rpm: float, truck: Truck) -> tuple[float, FuelMethod] | None:
    # An engine that turns draws air: a MAF or a load of 0 is a sensor that is not there.
    if reading.maf_gs is not None and reading.maf_gs > 0:
        return reading.maf_gs, MAF
    if truck.displacement_cc is None:
        return None
    displacement_l = truck.displacement_cc / 1000
    if reading.map_kpa is not None and reading.intake_temp_c is not None:
        efficiency = truck.volumetric_efficiency or volumetric_efficiency(
            engine_rpm=rpm, map_kpa=reading.map_kpa, induction=truck.induction, baro_kpa=reading.baro_kpa
        )
        air_gs = air_from_pressure_gs(
            engine_rpm=rpm,
            map_kpa=reading.map_kpa,
            intake_temp_c=reading.intake_temp_c,
            displacement_l=displacement_l,
            volumetric_efficiency=efficiency,
        )
        return air_gs, SPEED_DENSITY
    if reading.absolute_load_pct is not None and reading.absolute_load_pct > 0:
        air_gs = air_from_load_gs(
            engine_rpm=rpm, absolute_load_pct=reading.absolute_load_pct, displacement_l=displacement_l
        )
        return air_gs, ABSOLUTE_LOAD
    return None
