"""The 12 V battery: what drains it parked, how deep it dips at the start, what the alternator gives back. Pure.

A small lead-acid battery, as a kei truck has. Open-circuit voltage over charge as makers print it: 12.7 V full, 12.2 V
half, 11.7 V empty. A plug-in device that never sleeps draws 20 to 100 mA and empties such a battery within weeks.
"""

from typing import Final

from keitora_sim.truck.model import Condition

_AH: Final = 28.0
_TRUCK_DRAIN_MA: Final = 15.0
_CRANKING_A: Final = 130.0
_ALTERNATOR_V: Final = 14.3
_FAN_A: Final = 8.0
EMPTY_PCT: Final = 20.0
"""Below this charge the starter does not turn the engine any more."""


def resting_v(charge_pct: float) -> float:
    """Return the voltage with nothing on."""
    return 11.7 + charge_pct / 100


def parked_pct(charge_pct: float, seconds: float, condition: Condition) -> float:
    """Return the charge after standing."""
    drained_ah = (_TRUCK_DRAIN_MA + condition.parked_drain_ma) / 1000 * seconds / 3600
    return max(0.0, charge_pct - 100 * drained_ah / (_AH * condition.battery_ratio))


def cranking_v(charge_pct: float, ambient_c: float, condition: Condition) -> float:
    """Return the voltage while the starter turns; cold and age make it dip deeper."""
    ohm = (0.011 + max(0.0, 20 - ambient_c) * 0.00025) / condition.battery_ratio
    return resting_v(charge_pct) - _CRANKING_A * ohm


def can_start(charge_pct: float, condition: Condition) -> bool:
    """Tell whether the starter turns the engine."""
    return charge_pct * condition.battery_ratio >= EMPTY_PCT


def running_v(charge_pct: float, rpm: float, *, is_fan_on: bool = False) -> float:
    """Return the voltage with the engine running: the regulator's, drawn down by a battery that takes much."""
    taken_a = charging_a(charge_pct) + (_FAN_A if is_fan_on else 0.0)
    sag_v = 0.02 * max(0.0, taken_a - 6) * (1.6 if rpm < 1100 else 1.0)
    return _ALTERNATOR_V - sag_v


def charging_a(charge_pct: float) -> float:
    """Return the current the battery takes from the alternator."""
    return min(25.0, 0.45 * (100 - charge_pct))


def charged_pct(charge_pct: float, seconds: float, condition: Condition) -> float:
    """Return the charge after the engine ran."""
    return min(100.0, charge_pct + 100 * charging_a(charge_pct) * seconds / 3600 / (_AH * condition.battery_ratio))
