"""What a truck does now, as far as its newest values tell. Pure."""

from datetime import datetime, timedelta
from typing import Final, Literal

from keitora.positions.model import LatestValues

Activity = Literal["moving", "standing", "silent"]

SILENT_AFTER: Final = timedelta(seconds=300)
SPEED_HOLDS: Final = timedelta(seconds=60)
MOVING_KMH: Final = 3.0


def activity(latest: LatestValues, now: datetime) -> Activity:
    """Return `silent` without a sample for 300 s; `moving` at 3 km/h or more, told within 60 s; else `standing`."""
    if now - latest.sampled_at >= SILENT_AFTER:
        return "silent"
    if latest.speed_kmh is None or latest.speed_at is None or now - latest.speed_at > SPEED_HOLDS:
        return "standing"
    return "moving" if latest.speed_kmh >= MOVING_KMH else "standing"
