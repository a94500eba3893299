"""Stops and idlings as they are read back."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Standing:
    """A truck that stood: a stop between two trips, or the engine running meanwhile. `ended_at` None: it lasts.

    `lasted_s` is how long, as far as is known; of a stop that lasts, until its truck's newest sample.
    """

    vehicle_id: int
    vehicle_name: str
    started_at: datetime
    ended_at: datetime | None
    lasted_s: float
    lat: float | None
    lon: float | None
    engine_on_s: float | None
    engine_known_s: float | None
    fuel_l: float | None
    fuel_plus_minus_l: float | None
