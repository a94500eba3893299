"""An electric drive: from the force at the wheels to current and state of charge. Pure."""

import math

from keitora_sim.truck.model import Electric, Motor


def run(motor: Motor, *, speed_ms: float, force_n: float, soc_pct: float, ambient_c: float = 20.0) -> Electric:
    """Return what the battery does in this second; braking gives part of the energy back, heat or cold takes some."""
    cabin_kw = motor.heater_kw_per_c * max(0.0, abs(ambient_c - 20) - 5)
    wheel_kw = force_n * speed_ms / 1000
    if wheel_kw >= 0:
        drawn_kw = min(wheel_kw, motor.most_kw) / motor.efficiency + motor.auxiliary_kw + cabin_kw
    else:
        drawn_kw = max(wheel_kw * motor.efficiency * 0.7, -motor.most_regen_kw) + motor.auxiliary_kw + cabin_kw
    return _at(motor, drawn_kw, soc_pct, is_charging=False)


def charge(motor: Motor, *, power_kw: float, soc_pct: float, seconds: float = 1.0) -> Electric:
    """Return what the battery does at a charger; it takes less and less above 80 %, and nothing when full."""
    taper = 0.0 if soc_pct >= 100 else min(1.0, max(0.15, (100 - soc_pct) / 20))
    return _at(motor, -power_kw * taper, soc_pct, is_charging=True, seconds=seconds)


def _at(motor: Motor, drawn_kw: float, soc_pct: float, *, is_charging: bool, seconds: float = 1.0) -> Electric:
    """Solve voltage and current for a power at the terminals: P = (E - R·I)·I."""
    open_v = motor.empty_v + (motor.full_v - motor.empty_v) * soc_pct / 100
    root = math.sqrt(max(0.0, open_v**2 - 4 * motor.resistance_ohm * drawn_kw * 1000))
    drawn_a = (open_v - root) / (2 * motor.resistance_ohm)
    used_kwh = open_v * drawn_a * seconds / 3_600_000
    return Electric(
        voltage_v=open_v - motor.resistance_ohm * drawn_a,
        current_a=-drawn_a,
        soc_pct=min(100.0, max(0.0, soc_pct - 100 * used_kwh / motor.battery_kwh)),
        is_charging=is_charging,
    )
