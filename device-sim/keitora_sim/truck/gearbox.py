"""Which gear, and how fast the engine turns: manual, automatic with a slipping converter, or stepless. Pure."""

import math
from typing import Final

from keitora_sim.truck.model import Engine, Gearbox, Spec

COUPLED_ABOVE_MS: Final = 1.5
_SLIP: Final = 1.06  # a converter without lock-up, under way
_SLIP_PULLING_AWAY: Final = 0.5
_SLIP_FADES_MS: Final = 4.0
_CVT_CALM_RPM: Final = 1300.0


def torque_nm(engine: Engine, rpm: float, air_ratio: float = 1.0) -> float:
    """Return the greatest torque at a speed; through the maker's two figures, and thinner air gives less.

    `air_ratio` is the air's pressure against that at the sea.
    """
    x = rpm / engine.most_torque_rpm
    if x <= 1:
        share = 1 - 0.38 * (1 - x) ** 2
    else:
        at_power_nm = engine.most_power_kw * 9549.3 / engine.most_power_rpm
        x_power = engine.most_power_rpm / engine.most_torque_rpm
        lost = max(0.02, 1 - at_power_nm / engine.most_torque_nm)
        share = max(0.3, 1 - lost * ((x - 1) / max(0.08, x_power - 1)) ** 2)
    return engine.most_torque_nm * share * air_ratio


def rpm_in(engine: Engine, spec: Spec, gear: int, speed_ms: float) -> float:
    """Return engine speed in a gear (from 1) with the clutch closed; of a stepless box, 1 is its lowest ratio."""
    return wheel_rpm(spec, speed_ms) * engine.ratios[gear - 1] * engine.final_ratio


def wheel_rpm(spec: Spec, speed_ms: float) -> float:
    """Return how fast the wheels turn."""
    return speed_ms / (2 * math.pi * spec.wheel_radius_m) * 60


def most_force_n(engine: Engine, spec: Spec, gear: int) -> float:
    """Return the greatest force at the wheels in a gear."""
    ratio = engine.ratios[gear - 1] * engine.final_ratio
    return engine.most_torque_nm * ratio * spec.drive_efficiency / spec.wheel_radius_m


def choose_gear(engine: Engine, spec: Spec, speed_ms: float, force_n: float, gear: int) -> int:
    """Return the gear for a speed and a demanded force: high enough to be quiet, low enough to pull."""
    if engine.gearbox is Gearbox.CVT or speed_ms < COUPLED_ABOVE_MS:
        return 1
    gear = min(max(1, gear), len(engine.ratios))
    pulls_hard = force_n > 0.55 * most_force_n(engine, spec, gear)
    up_at_rpm, down_at_rpm = (4200.0, 2200.0) if pulls_hard else (2900.0, 1500.0)
    if engine.gearbox is Gearbox.AUTOMATIC:
        up_at_rpm, down_at_rpm = up_at_rpm + 200, down_at_rpm - 150
    while gear < len(engine.ratios) and rpm_in(engine, spec, gear, speed_ms) > up_at_rpm:
        gear += 1
    while gear > 1 and rpm_in(engine, spec, gear, speed_ms) < down_at_rpm:
        gear -= 1
    while gear > 1 and force_n > 0.9 * most_force_n(engine, spec, gear):
        if rpm_in(engine, spec, gear - 1, speed_ms) > 0.8 * engine.most_rpm:
            break
        gear -= 1
    return gear


def converter_slip(speed_ms: float) -> float:
    """Return how much faster than the gearbox a converter's engine turns; as much of its power becomes heat."""
    return _SLIP + _SLIP_PULLING_AWAY * math.exp(-speed_ms / _SLIP_FADES_MS)


def engine_rpm(engine: Engine, spec: Spec, gear: int, *, speed_ms: float, force_n: float, idle_rpm: float) -> float:
    """Return the engine's speed on the move."""
    if speed_ms < COUPLED_ABOVE_MS:
        return idle_rpm + max(0.0, speed_ms) * 250  # the clutch slips
    if engine.gearbox is Gearbox.CVT:
        low, high = (wheel_rpm(spec, speed_ms) * ratio * engine.final_ratio for ratio in reversed(engine.ratios))
        needed_kw = max(0.0, force_n) * speed_ms / spec.drive_efficiency / 1000
        wanted = _CVT_CALM_RPM + (engine.most_power_rpm - _CVT_CALM_RPM) * math.pow(
            needed_kw / engine.most_power_kw, 0.7
        )
        rpm = min(max(wanted, low), high)
    else:
        rpm = rpm_in(engine, spec, gear, speed_ms)
        if engine.gearbox is Gearbox.AUTOMATIC:
            rpm *= converter_slip(speed_ms)
    return min(max(idle_rpm, rpm), engine.most_rpm)
