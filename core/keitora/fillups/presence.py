"""Was the truck there? A fill-up on paper for a truck that was elsewhere is flagged. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Literal

from keitora.geo import distance_m

Presence = Literal["there", "elsewhere", "unknown"]

AROUND: Final = timedelta(minutes=10)
NEAR_M: Final = 100.0


@dataclass(frozen=True, slots=True)
class Seen:
    """Where a truck was at a moment; it stood there until the next."""

    at: datetime
    lat: float
    lon: float


def presence(
    seen: Iterable[Seen], *, filled_at: datetime, lat: float | None, lon: float | None, near_m: float = NEAR_M
) -> Presence:
    """Tell whether the truck was within `near_m` of the pump, ten minutes before or after the entry's time.

    `seen` in order of time. Between two points it was somewhere on the way; the last point before the window counts,
    for a truck that stands says nothing new. Unknown without a place or without any point.
    """
    if lat is None or lon is None:
        return "unknown"
    last: Seen | None = None
    known = False
    for point in seen:
        if point.at > filled_at + AROUND:
            break
        if point.at < filled_at - AROUND:
            last = point
            continue
        known = True
        if distance_m(point.lat, point.lon, lat, lon) <= near_m:
            return "there"
    if last is not None and distance_m(last.lat, last.lon, lat, lon) <= near_m:
        return "there"
    return "elsewhere" if known or last is not None else "unknown"


def presence_when(
    seen: Iterable[Seen], *, filled_at: datetime, lat: float | None, lon: float | None, derived_to: datetime | None
) -> Presence:
    """Tell the same while data may still come: that it was elsewhere is only said when the ten minutes have passed."""
    told = presence(seen, filled_at=filled_at, lat=lat, lon=lon)
    is_early = derived_to is None or derived_to < filled_at + AROUND
    return "unknown" if told == "elsewhere" and is_early else told
