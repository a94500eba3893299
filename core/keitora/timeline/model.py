"""What a truck does, and the moments at which that changed."""

from dataclasses import dataclass
from datetime import datetime
from enum import IntEnum


class Level(IntEnum):
    """What a truck does, the more awake the higher."""

    SILENT = 0
    STANDING = 1
    CHARGING = 2
    IDLING = 3
    DRIVING = 4


@dataclass(frozen=True, slots=True)
class Change:
    """From `at` on the truck is in that state; None: nothing is known of it."""

    at: datetime
    vehicle_id: int
    vehicle_name: str
    level: Level | None
