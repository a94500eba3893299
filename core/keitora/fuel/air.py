"""How much air an engine draws, from pressure or from load. Pure.

Petrol follows from air (`petrol_from_air_lph`). The volumetric efficiency used with a manifold pressure is that of an
ideal four-stroke cycle, in which hot residual gas at exhaust pressure takes the place of fresh air (Heywood, Internal
Combustion Engine Fundamentals, 1988, eq. 6.2), times one number for what real ports and valves let through.
"""

from typing import Final

from keitora.books.truck import Induction

PETROL_AFR: Final = 14.7
"""Stoichiometric air to petrol by mass, E0 (docs/explanation/fuel.md names the sources of the constants)."""
AIR_GAS_CONSTANT: Final = 28.97 / 8.314
"""Molar mass of air over the gas constant (g·K/(L·kPa)): P·V/T times this is grams of air."""
LOAD_AIR_GPL: Final = 1.184
"""Density of air at 25 °C and 101.3 kPa that SAE J1979 defines absolute load (PID 43) by (g/L)."""
_SEA_KPA: Final = 101.3
_GAMMA: Final = 1.4
_BREATHING: Final = 0.845
"""What real ports, valves and heating leave of the ideal: gives 0.80 at 3,000 rpm and 60 kPa, 0.70 at idle."""
_BEST_RPM: Final = 3750.0
_TUNING: Final = 0.06
_COMPRESSION: Final[dict[Induction, float]] = {"natural": 10.0, "supercharged": 8.5, "turbo": 8.5}


def air_from_pressure_gs(
    *, engine_rpm: float, map_kpa: float, intake_temp_c: float, displacement_l: float, volumetric_efficiency: float
) -> float:
    """Return the air a four-stroke engine draws (g/s), by speed-density.

    Half a displacement a revolution at manifold density times the volumetric efficiency: n/120 · VE · Vd · P·M/(R·T).
    """
    density_gpl = map_kpa * AIR_GAS_CONSTANT / (intake_temp_c + 273.15)
    return engine_rpm / 120 * volumetric_efficiency * displacement_l * density_gpl


def air_from_load_gs(*, engine_rpm: float, absolute_load_pct: float, displacement_l: float) -> float:
    """Return the air a four-stroke engine draws (g/s), from absolute load (PID 43).

    The ECU's own air a stroke against a cylinder full of air at 25 °C: load/100 · 1.184 g/L · Vd · n/120.
    """
    return absolute_load_pct / 100 * LOAD_AIR_GPL * displacement_l * engine_rpm / 120


def petrol_from_air_lph(air_gs: float, lambda_ratio: float, density_gpl: float) -> float:
    """Return the petrol burnt with an air flow (L/h)."""
    return air_gs * 3600 / (PETROL_AFR * lambda_ratio * density_gpl)


def volumetric_efficiency(
    *, engine_rpm: float, map_kpa: float, induction: Induction = "natural", baro_kpa: float | None = None
) -> float:
    """Return how full the cylinders get, against air of the manifold's density (a ratio, 0.3 to 1.1).

    Air against residual gas: r/(r−1) − (p_e/p_i + γ−1)/(γ(r−1)). Exhaust pressure is the outside air's; a turbine holds
    the exhaust back as much as the compressor pushes, a belt-driven blower does not. Breathing falls off on both sides
    of the engine speed of most torque.
    """
    outside_kpa = _SEA_KPA if baro_kpa is None else baro_kpa
    exhaust_kpa = max(outside_kpa, map_kpa) if induction == "turbo" else outside_kpa
    ratio = _COMPRESSION[induction]
    residual = (exhaust_kpa / map_kpa + _GAMMA - 1) / (_GAMMA * (ratio - 1))
    ideal = ratio / (ratio - 1) - residual
    tuned = 1 - _TUNING * min(1.0, ((engine_rpm - _BEST_RPM) / _BEST_RPM) ** 2)
    return min(1.1, max(0.3, _BREATHING * ideal * tuned))
