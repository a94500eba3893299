"""What entries change about a truck's days, so that days and trips go on adding up. Pure.

A merged, split or corrected trip counts on the local day it begins as people see it. A corrected distance is the day's,
too: what it differs by from the derived one goes to the day on which the trip began. Time and fuel stay as derived.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from zoneinfo import ZoneInfo

from keitora.overlays.model import SeenTrip
from keitora.trips.model import StoredTrip


@dataclass(frozen=True, slots=True)
class DayChange:
    """What has to be added to a truck's derived day."""

    vehicle_id: int
    local_date: date
    trip_count: int
    distance_m: float


def day_changes(derived: Iterable[StoredTrip], seen: Iterable[SeenTrip], zone: ZoneInfo) -> list[DayChange]:
    """Return the changes from derived trips to the same as people see them; days without any are left out."""
    counts: dict[tuple[int, date], int] = {}
    metres: dict[tuple[int, date], float] = {}
    for trip in derived:
        key = (trip.vehicle_id, trip.started_at.astimezone(zone).date())
        counts[key] = counts.get(key, 0) - 1
    for one in seen:
        key = (one.trip.vehicle_id, one.trip.started_at.astimezone(zone).date())
        counts[key] = counts.get(key, 0) + 1
        metres[key] = metres.get(key, 0.0) + (one.trip.distance_m or 0.0) - (one.derived_distance_m or 0.0)
    changes = [
        DayChange(*key, counts.get(key, 0), metres.get(key, 0.0)) for key in sorted(counts.keys() | metres.keys())
    ]
    return [change for change in changes if change.trip_count or change.distance_m]
