"""A small petrol engine: from the force at the wheels to gear, speed, manifold pressure, air and fuel. Pure.

Fuel follows from power (an indicated efficiency and friction), air from fuel and lambda, and manifold pressure from air
by speed-density, so that a reader of MAP, rpm, intake temperature and displacement finds the same fuel again.
"""

import math
from dataclasses import dataclass
from typing import Final

from keitora_sim.truck.model import STOICHIOMETRIC, Combustion, Engine, Spec

_GAS_CONSTANT: Final = 287.05  # J/(kg K)
_FUEL_JG: Final = 43_500.0
_AUXILIARY_W: Final = 300.0
_OVERRUN_KPA: Final = 24.0
_FUEL_CUT_LAMBDA: Final = 1.99
_CUT_ABOVE_RPM: Final = 1400.0
_CUT_ABOVE_C: Final = 40.0
_THERMOSTAT_C: Final = 84.0


@dataclass(frozen=True, slots=True)
class Surroundings:
    """Air around the truck."""

    ambient_c: float
    baro_kpa: float


@dataclass(frozen=True, slots=True)
class Before:
    """What the engine was a second ago."""

    gear: int = 0
    coolant_c: float = 20.0
    run_s: float = 0.0
    tank_l: float = 25.0


def baro_kpa(altitude_m: float) -> float:
    """Return the pressure of the air at an altitude."""
    return 101.3 * math.exp(-altitude_m / 8400)


def rpm_in(engine: Engine, spec: Spec, gear: int, speed_ms: float) -> float:
    """Return engine speed in a gear (from 1) with the clutch closed."""
    wheel_rpm = speed_ms / (2 * math.pi * spec.wheel_radius_m) * 60
    return wheel_rpm * engine.ratios[gear - 1] * engine.final_ratio


def most_force_n(engine: Engine, spec: Spec, gear: int) -> float:
    """Return the greatest force at the wheels in a gear."""
    ratio = engine.ratios[gear - 1] * engine.final_ratio
    return engine.most_torque_nm * ratio * spec.drive_efficiency / spec.wheel_radius_m


def choose_gear(engine: Engine, spec: Spec, speed_ms: float, force_n: float, gear: int) -> int:
    """Return the gear for a speed and a demanded force: high enough to be quiet, low enough to pull."""
    if speed_ms < 1.5:
        return 1
    gear = max(1, gear)
    pulls_hard = force_n > 0.55 * most_force_n(engine, spec, gear)
    up_at_rpm, down_at_rpm = (3600.0, 2000.0) if pulls_hard else (2600.0, 1350.0)
    while gear < len(engine.ratios) and rpm_in(engine, spec, gear, speed_ms) > up_at_rpm:
        gear += 1
    while gear > 1 and rpm_in(engine, spec, gear, speed_ms) < down_at_rpm:
        gear -= 1
    while gear > 1 and force_n > 0.9 * most_force_n(engine, spec, gear):
        if rpm_in(engine, spec, gear - 1, speed_ms) > 0.8 * engine.most_rpm:
            break
        gear -= 1
    return gear


def run(
    engine: Engine, spec: Spec, before: Before, air: Surroundings, *, speed_ms: float, force_n: float
) -> Combustion:
    """Return what the engine does in this second for a force at the wheels (negative: it is dragged along)."""
    gear = choose_gear(engine, spec, speed_ms, force_n, before.gear)
    idle_rpm = engine.idle_rpm + max(0.0, 60 - before.coolant_c) * 7
    is_coupled = speed_ms >= 1.5
    rpm = max(idle_rpm, rpm_in(engine, spec, gear, speed_ms)) if is_coupled else idle_rpm + max(0.0, speed_ms) * 250
    rpm = min(rpm, engine.most_rpm)
    intake_c = air.ambient_c + 6 + 14 * min(1.0, before.run_s / 900) * math.exp(-speed_ms / 12)
    cut = force_n < -40 and is_coupled and rpm > _CUT_ABOVE_RPM and before.coolant_c > _CUT_ABOVE_C
    if cut:
        map_kpa, lambda_ratio = _OVERRUN_KPA, _FUEL_CUT_LAMBDA
        air_gs, fuel_gs = air_flow_gs(engine, map_kpa, rpm, intake_c), 0.0
    else:
        lambda_ratio = _mixture(before.coolant_c, force_n, engine, spec, gear)
        fuel_gs = _fuel_gs(engine, spec, rpm, speed_ms, force_n)
        map_kpa = _map_kpa(engine, fuel_gs * STOICHIOMETRIC * lambda_ratio, rpm, intake_c)
        map_kpa = min(max(map_kpa, 20.0), air.baro_kpa - 1.5)
        air_gs = air_flow_gs(engine, map_kpa, rpm, intake_c)
        fuel_gs = air_gs / STOICHIOMETRIC / lambda_ratio
    return Combustion(
        rpm=rpm,
        gear=gear if is_coupled else 0,
        map_kpa=map_kpa,
        intake_c=intake_c,
        air_gs=air_gs,
        lambda_ratio=lambda_ratio,
        fuel_gs=fuel_gs,
        coolant_c=_warmed(before.coolant_c, fuel_gs, speed_ms, air.ambient_c),
        run_s=before.run_s + 1,
        tank_l=before.tank_l,
    )


def air_flow_gs(engine: Engine, map_kpa: float, rpm: float, intake_c: float) -> float:
    """Return air flow (g/s) by speed-density."""
    per_s = rpm / 120
    density_kgm3 = map_kpa * 1000 / (_GAS_CONSTANT * (intake_c + 273.15))
    return density_kgm3 * engine.displacement_cc * 1e-6 * engine.volumetric_efficiency * per_s * 1000


def _map_kpa(engine: Engine, air_gs: float, rpm: float, intake_c: float) -> float:
    return air_gs / air_flow_gs(engine, 1.0, rpm, intake_c)


def _mixture(coolant_c: float, force_n: float, engine: Engine, spec: Spec, gear: int) -> float:
    """Return lambda: rich when cold, and near full load."""
    cold = max(0.0, min(1.0, (55 - coolant_c) / 45))
    full_load = 0.88 if force_n > 0.92 * most_force_n(engine, spec, gear) else 1.0
    return min(full_load, 1 - 0.14 * cold)


def _fuel_gs(engine: Engine, spec: Spec, rpm: float, speed_ms: float, force_n: float) -> float:
    brake_w = max(0.0, force_n) * speed_ms / spec.drive_efficiency + _AUXILIARY_W
    friction_pa = (engine.friction_bar + engine.friction_bar_per_krpm * rpm / 1000) * 1e5
    friction_w = friction_pa * engine.displacement_cc * 1e-6 * rpm / 120
    return (brake_w + friction_w) / (engine.indicated_efficiency * _FUEL_JG)


def _warmed(coolant_c: float, fuel_gs: float, speed_ms: float, ambient_c: float) -> float:
    """Return the coolant temperature a second on: heat of the fuel in, wind out, a thermostat at 84 °C."""
    heat_w = 0.30 * fuel_gs * _FUEL_JG
    leak_w = (8 + 1.2 * speed_ms) * (coolant_c - ambient_c)
    opened = max(0.0, min(1.0, (coolant_c - _THERMOSTAT_C + 2) / 6))
    return coolant_c + (heat_w - leak_w - opened * 900 * (coolant_c - _THERMOSTAT_C + 2)) / 26_000


def cooled(coolant_c: float, ambient_c: float, seconds: float) -> float:
    """Return the coolant temperature after standing with the engine off."""
    return ambient_c + (coolant_c - ambient_c) * math.exp(-seconds / 5400)
