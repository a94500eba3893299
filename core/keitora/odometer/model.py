"""What the own odometer goes by."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Anchor:
    """An instrument's reading at a moment, and what the truck had driven (or run) by then since some fixed moment.

    Both in the same unit: kilometres of an odometer, hours of an engine.
    """

    at: datetime
    reading: float
    counted: float


@dataclass(frozen=True, slots=True)
class Reading:
    """What the own odometer shows at a moment. `anchored_at`: the newest reading it goes by; None: it counts from 0."""

    value: float
    anchored_at: datetime | None
