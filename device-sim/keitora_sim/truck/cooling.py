"""Coolant: heat of the fuel in, wind and radiator out; a thermostat, a fan, and what fails of them. Pure."""

import math
from typing import Final

from keitora_sim.truck.model import Condition

_FUEL_JG: Final = 43_500.0
_THERMOSTAT_C: Final = 82.0
_FAN_ON_C: Final = 96.0
_FAN_OFF_C: Final = 91.0
_HEAT_CAPACITY_JK: Final = 28_000.0  # 4 L of coolant and the metal around it
_HALF_COLD_S: Final = 5400.0


def fan(coolant_c: float, condition: Condition, *, was_on: bool) -> bool:
    """Return whether the fan runs; it starts and stops at different temperatures, or does not start at all."""
    if condition.fan_fails:
        return False
    return coolant_c > (_FAN_OFF_C if was_on else _FAN_ON_C)


def warmed(
    coolant_c: float, fuel_gs: float, speed_ms: float, ambient_c: float, condition: Condition, *, is_fan_on: bool
) -> float:
    """Return the coolant temperature a second on."""
    heat_w = 0.30 * fuel_gs * _FUEL_JG
    leak_w = (8 + 1.2 * speed_ms) * (coolant_c - ambient_c)
    opened = 1.0 if condition.thermostat_stuck_open else max(0.0, min(1.0, (coolant_c - _THERMOSTAT_C) / 8))
    radiator_wk = (10 + 24 * speed_ms + (75 if is_fan_on else 0)) * condition.radiator_ratio
    carried_w = opened * radiator_wk * (coolant_c - ambient_c)
    return coolant_c + (heat_w - leak_w - carried_w) / _HEAT_CAPACITY_JK


def cooled(coolant_c: float, ambient_c: float, seconds: float) -> float:
    """Return the coolant temperature after standing with the engine off."""
    return ambient_c + (coolant_c - ambient_c) * math.exp(-seconds / _HALF_COLD_S)
