"""What a truck does now, as far as its newest values tell. Pure."""

from datetime import datetime, timedelta
from typing import Final, Literal

from keitora.fuel.road_meter import CHARGING_V
from keitora.positions.model import LatestValues

Activity = Literal["moving", "idling", "charging", "standing", "silent"]

SILENT_AFTER: Final = timedelta(seconds=300)
SPEED_HOLDS: Final = timedelta(seconds=60)
ENGINE_HOLDS: Final = timedelta(seconds=60)
MOVING_KMH: Final = 3.0
ASKED_IN_TURN: Final = timedelta(seconds=10)
"""Values this close are of one moment: a dongle asks for them one after the other."""


def activity(latest: LatestValues, now: datetime) -> Activity:
    """Return `silent` without a sample for 300 s; `moving` at 3 km/h or more, told within 60 s; else why it stands.

    It is `idling` with an engine that ran within the last 60 s, unless its battery was found at rest since; `charging`
    while a charge lasts, and else `standing`.
    """
    if now - latest.sampled_at >= SILENT_AFTER:
        return "silent"
    if _holds(latest.speed_at, now, SPEED_HOLDS) and (latest.speed_kmh or 0.0) >= MOVING_KMH:
        return "moving"
    if _holds(latest.engine_at, now, ENGINE_HOLDS) and (latest.engine_rpm or 0.0) > 0 and not _rests(latest):
        return "idling"
    return "charging" if latest.is_charging else "standing"


def _rests(latest: LatestValues) -> bool:
    """Tell whether the battery is no longer charged: the engine has been switched off since it was last heard."""
    if latest.battery_v is None or latest.battery_at is None or latest.engine_at is None:
        return False
    return latest.battery_v < CHARGING_V and latest.battery_at - latest.engine_at > ASKED_IN_TURN


def _holds(at: datetime | None, now: datetime, how_long: timedelta) -> bool:
    return at is not None and now - at <= how_long
