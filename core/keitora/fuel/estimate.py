"""Fuel flow from engine signals: the best method there is at each moment. Pure."""

from enum import StrEnum
from typing import Final, NamedTuple

from keitora.books.truck import Truck

PETROL_AFR: Final = 14.7
"""Stoichiometric air to petrol by mass, E0 (docs/explanation/fuel.md names the sources of the constants)."""
DEFAULT_VOLUMETRIC_EFFICIENCY: Final = 0.80
AIR_GAS_CONSTANT: Final = 28.97 / 8.314
"""Molar mass of air over the gas constant (g·K/(L·kPa)): P·V/T times this is grams of air."""
RUNNING_RPM: Final = 200.0
FUEL_CUT_LAMBDA: Final = 1.99
"""PID 44 cannot express more than 2: a commanded ratio at its end means that no fuel is injected."""


class FuelMethod(StrEnum):
    """How a flow of fuel was got, best first."""

    MEASURED = "measured"
    MAF = "maf"
    SPEED_DENSITY = "speed_density"


MEASURED, MAF, SPEED_DENSITY = FuelMethod
"""The same by short names, which cost nothing to look up once a sample."""

UNCERTAINTY: Final = {MEASURED: 0.05, MAF: 0.13, SPEED_DENSITY: 0.20}
"""Relative error that nine of ten uncalibrated trucks stay within: MAF as measured on laps with noted litres."""


class Flow(NamedTuple):
    """A flow of fuel (L/h) and how it was got. `method` is None where the engine stands and the flow is 0 for sure."""

    fuel_lph: float
    method: FuelMethod | None


class EngineReading(NamedTuple):
    """The engine's signals of one moment; None is unknown. `lambda_answers`: the truck has ever reported a lambda."""

    engine_rpm: float | None
    fuel_rate_lph: float | None = None
    maf_gs: float | None = None
    map_kpa: float | None = None
    intake_temp_c: float | None = None
    lambda_ratio: float | None = None
    lambda_answers: bool = False


def air_from_pressure_gs(
    *, engine_rpm: float, map_kpa: float, intake_temp_c: float, displacement_l: float, volumetric_efficiency: float
) -> float:
    """Return the air a four-stroke engine draws (g/s), by speed-density.

    Half a displacement a revolution at manifold density times the volumetric efficiency: n/120 · VE · Vd · P·M/(R·T).
    """
    density_gpl = map_kpa * AIR_GAS_CONSTANT / (intake_temp_c + 273.15)
    return engine_rpm / 120 * volumetric_efficiency * displacement_l * density_gpl


def petrol_from_air_lph(air_gs: float, lambda_ratio: float, density_gpl: float) -> float:
    """Return the petrol burnt with an air flow (L/h)."""
    return air_gs * 3600 / (PETROL_AFR * lambda_ratio * density_gpl)


def flow(reading: EngineReading, truck: Truck) -> Flow | None:
    """Return the flow of fuel by the best method the signals allow, or None where it cannot be known.

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
    return None if air is None else _burnt(*air, reading, truck)


def _burnt(air_gs: float, method: FuelMethod, reading: EngineReading, truck: Truck) -> Flow:
    ratio = reading.lambda_ratio
    if ratio is None or not reading.lambda_answers:
        ratio = 1.0
    if ratio >= FUEL_CUT_LAMBDA or ratio <= 0:
        return Flow(0.0, method)
    return Flow(petrol_from_air_lph(air_gs, ratio, truck.fuel_density_gpl), method)


def _air(reading: EngineReading, rpm: float, truck: Truck) -> tuple[float, FuelMethod] | None:
    # An engine that turns draws air: a MAF of 0 is a sensor that is not there.
    if reading.maf_gs is not None and reading.maf_gs > 0:
        return reading.maf_gs, MAF
    if reading.map_kpa is None or reading.intake_temp_c is None or truck.displacement_cc is None:
        return None
    air_gs = air_from_pressure_gs(
        engine_rpm=rpm,
        map_kpa=reading.map_kpa,
        intake_temp_c=reading.intake_temp_c,
        displacement_l=truck.displacement_cc / 1000,
        volumetric_efficiency=truck.volumetric_efficiency or DEFAULT_VOLUMETRIC_EFFICIENCY,
    )
    return air_gs, SPEED_DENSITY
