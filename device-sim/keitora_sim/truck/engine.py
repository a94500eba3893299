"""A small petrol engine: from the force at the wheels to gear, speed, manifold pressure, air and fuel. Pure.

Fuel follows from power (an indicated efficiency that is worse at small load, and friction that grows with speed), air
from fuel and lambda, and manifold pressure from air by speed-density (`air`), so that a reader of MAP, rpm, intake
temperature and displacement finds the same fuel again, within the 2 % by which a real engine's filling varies.
"""

import math
from dataclasses import dataclass
from typing import Final

from keitora_sim.truck import air as airs
from keitora_sim.truck import cooling
from keitora_sim.truck.gearbox import COUPLED_ABOVE_MS, choose_gear, converter_slip, engine_rpm, torque_nm
from keitora_sim.truck.model import STOICHIOMETRIC, Combustion, Engine, Gearbox, Spec

_FUEL_JG: Final = 43_500.0
_AUXILIARY_W: Final = 380.0  # alternator, water pump, lamps
_CONVERTER_W: Final = 450.0  # a converter held against the brake
_OVERRUN_KPA: Final = 24.0
_LEAST_KPA: Final = 20.0
_FUEL_CUT_LAMBDA: Final = 1.99
_CUT_ABOVE_RPM: Final = 1400.0
_CUT_ABOVE_C: Final = 40.0
_AT_SMALL_LOAD: Final = 0.85
"""Slow, leaky burning. Five petrol cars and vans recorded at warm idle hold 28 to 54 kPa in the manifold, in the median
33, and burn petrol for a mean pressure of 545 to 960 kPa; at 0.85 this engine holds 39 and burns for 1,050."""


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
    map_kpa: float = 40.0
    is_fan_on: bool = False


def run(
    engine: Engine, spec: Spec, before: Before, air: Surroundings, *, speed_ms: float, force_n: float
) -> Combustion:
    """Return what the engine does in this second for a force at the wheels (negative: it is dragged along)."""
    gear = choose_gear(engine, spec, speed_ms, force_n, before.gear)
    idle_rpm = engine.idle_rpm + max(0.0, 60 - before.coolant_c) * 7
    is_coupled = speed_ms >= COUPLED_ABOVE_MS
    rpm = engine_rpm(engine, spec, gear, speed_ms=speed_ms, force_n=force_n, idle_rpm=idle_rpm)
    intake_c = air.ambient_c + 6 + 14 * min(1.0, before.run_s / 900) * math.exp(-speed_ms / 12)
    is_cut = (
        engine.has_fuel_cut
        and force_n < -40
        and is_coupled
        and rpm > _CUT_ABOVE_RPM
        and before.coolant_c > _CUT_ABOVE_C
    )
    most_kpa = air.baro_kpa - 1.5 + engine.boost_kpa * min(1.0, rpm / 3000)
    if is_cut:
        map_kpa, lambda_ratio, fuel_gs = _OVERRUN_KPA, _FUEL_CUT_LAMBDA, 0.0
        air_gs = airs.air_flow_gs(engine, map_kpa, rpm, intake_c) * airs.tuned(engine, rpm)
    else:
        lambda_ratio = _mixture(engine, spec, before, rpm=rpm, speed_ms=speed_ms, force_n=force_n)
        wanted_gs = _fuel_gs(engine, spec, rpm, speed_ms, force_n)
        map_kpa = airs.map_of(engine, wanted_gs * STOICHIOMETRIC * lambda_ratio, rpm, intake_c)
        if map_kpa - before.map_kpa > 18:
            lambda_ratio = min(lambda_ratio, 0.94)  # a wet intake wall takes its share when the pedal goes down
        map_kpa = min(max(map_kpa, _LEAST_KPA), most_kpa)
        air_gs = airs.air_flow_gs(engine, map_kpa, rpm, intake_c) * airs.tuned(engine, rpm)
        fuel_gs = air_gs / STOICHIOMETRIC / lambda_ratio
    is_fan_on = cooling.fan(before.coolant_c, spec.condition, was_on=before.is_fan_on)
    return Combustion(
        rpm=rpm,
        gear=gear if is_coupled else 0,
        map_kpa=map_kpa,
        intake_c=intake_c,
        air_gs=air_gs,
        lambda_ratio=lambda_ratio,
        fuel_gs=fuel_gs,
        coolant_c=cooling.warmed(
            before.coolant_c, fuel_gs, speed_ms, air.ambient_c, spec.condition, is_fan_on=is_fan_on
        ),
        run_s=before.run_s + 1,
        tank_l=before.tank_l,
        throttle_pct=(
            airs.throttle_pct(engine, air_gs, map_kpa, air.baro_kpa) if force_n > 0 else airs.THROTTLE_AT_REST_PCT
        ),
        load_pct=min(100.0, 100 * map_kpa / most_kpa),
        is_fan_on=is_fan_on,
    )


def _mixture(engine: Engine, spec: Spec, before: Before, *, rpm: float, speed_ms: float, force_n: float) -> float:
    """Return lambda: rich when cold, in the first half minute, and near full load."""
    cold = max(0.0, min(1.0, (55 - before.coolant_c) / 45))
    just_started = 0.05 * math.exp(-before.run_s / 12)
    needed_w = max(0.0, force_n) * speed_ms / spec.drive_efficiency
    is_full = needed_w > 0.92 * torque_nm(engine, rpm) * rpm * math.pi / 30
    return min(0.88 if is_full else 1.0, 1 - 0.14 * cold - just_started)


def _fuel_gs(engine: Engine, spec: Spec, rpm: float, speed_ms: float, force_n: float) -> float:
    """Return what is burnt for a force; wheels that push take friction off, but a closed throttle lets idle's air in.

    That air is choked, so it is the same at any speed.
    """
    is_coupled = speed_ms >= COUPLED_ABOVE_MS
    if is_coupled and force_n < 0:
        idle_gs = _burnt_gs(engine, engine.idle_rpm, _AUXILIARY_W)
        return max(idle_gs, _burnt_gs(engine, rpm, _AUXILIARY_W + force_n * speed_ms * spec.drive_efficiency))
    brake_w = max(0.0, force_n) * speed_ms / spec.drive_efficiency
    if engine.gearbox is Gearbox.AUTOMATIC and is_coupled:
        brake_w *= converter_slip(speed_ms)
    elif engine.gearbox is not Gearbox.MANUAL and not is_coupled:
        brake_w += _CONVERTER_W
    return _burnt_gs(engine, rpm, brake_w + _AUXILIARY_W)


def _burnt_gs(engine: Engine, rpm: float, brake_w: float) -> float:
    swept_m3s = engine.displacement_cc * 1e-6 * rpm / 120
    friction_pa = (engine.friction_bar + engine.friction_bar_per_krpm * rpm / 1000) * 1e5
    indicated_w = max(0.0, brake_w + friction_pa * swept_m3s)
    mean_bar = indicated_w / swept_m3s / 1e5
    worse = _AT_SMALL_LOAD + (1 - _AT_SMALL_LOAD) * min(1.0, max(0.0, (mean_bar - 2) / 4))
    return indicated_w / (engine.indicated_efficiency * worse * _FUEL_JG)
