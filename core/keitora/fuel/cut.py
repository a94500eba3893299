"""Whether the engine burns nothing though it turns: fuel cut on the overrun. Pure."""

from typing import Final

from keitora.fuel.reading import EngineReading

FUEL_CUT_LAMBDA: Final = 1.99
"""PID 44 cannot express more than 2: a commanded ratio at its end means that no fuel is injected."""
CUT_ABOVE_RPM: Final = 1300.0
"""Below these revs engines inject again."""
_CLOSED_STEP_PCT: Final = 0.5  # one step of PID 11 is 0.39
OVERRUN_KPA: Final = 28.0
"""A warm idle needs more air than this; so at revs the throttle is closed."""
_PULLS_KPA: Final = 40.0
_OPEN_LOOP_DRIVING: Final = 4  # PID 03: power enrichment or deceleration enleanment
_CLOSED_LOOP: Final = 2


def is_fuel_cut(reading: EngineReading, engine_rpm: float) -> bool:
    """Tell whether fuel is cut, by the surest sign there is.

    Lambda decides where the truck reports one (≥ 1.99, or 0). Else the throttle must be at rest at revs; a fuel system
    that says it is in closed loop injects, one that says it leans out on the overrun (status 4) does not.
    """
    if reading.lambda_answers and reading.lambda_ratio is not None:
        return reading.lambda_ratio >= FUEL_CUT_LAMBDA or reading.lambda_ratio <= 0
    if engine_rpm < CUT_ABOVE_RPM or reading.fuel_system_code == _CLOSED_LOOP:
        return False
    if _is_throttle_closed(reading):
        return True
    return (
        reading.fuel_system_code == _OPEN_LOOP_DRIVING and reading.map_kpa is not None and reading.map_kpa < OVERRUN_KPA
    )


def _is_throttle_closed(reading: EngineReading) -> bool:
    if reading.throttle_pct is None or reading.idle_throttle_pct is None:
        return False
    if reading.map_kpa is not None and reading.map_kpa >= _PULLS_KPA:
        return False  # on a slow line one of the two is some seconds old, and the engine pulls or pulled just now
    return reading.throttle_pct <= reading.idle_throttle_pct + _CLOSED_STEP_PCT
