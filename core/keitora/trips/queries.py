"""All SQL of reading trips."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from psycopg import AsyncConnection
from psycopg.rows import class_row

from keitora.db.sql import load
from keitora.trips.model import Order, StoredTrip, TrackPoint, TripKey

_ROWS: Final = load("keitora.trips", "trip_rows")
_FILTER: Final = b"""
  AND (%(vehicle_ids)s::integer[] IS NULL OR t.vehicle_id = ANY (%(vehicle_ids)s))
  AND (%(from_at)s::timestamptz IS NULL OR t.started_at >= %(from_at)s)
  AND (%(to_at)s::timestamptz IS NULL OR t.started_at < %(to_at)s)
"""
_ONWARD: Final = b"""
  AND (%(after_at)s::timestamptz IS NULL OR (t.started_at, t.vehicle_id) > (%(after_at)s, %(after_vehicle_id)s))
ORDER BY t.started_at, t.vehicle_id LIMIT %(limit)s
"""
_BACKWARD: Final = b"""
  AND (%(after_at)s::timestamptz IS NULL OR (t.started_at, t.vehicle_id) < (%(after_at)s, %(after_vehicle_id)s))
ORDER BY t.started_at DESC, t.vehicle_id DESC LIMIT %(limit)s
"""
_ONE: Final = b"""
  AND t.vehicle_id = %(vehicle_id)s AND t.started_at >= %(from_at)s AND t.started_at < %(to_at)s
ORDER BY t.started_at LIMIT 1
"""
_PAGES: Final[dict[Order, bytes]] = {"asc": _ROWS + _FILTER + _ONWARD, "desc": _ROWS + _FILTER + _BACKWARD}
_FIND_TRIP: Final = _ROWS + _ONE
_READ_TRACK: Final = load("keitora.trips", "read_track")


@dataclass(frozen=True, slots=True, kw_only=True)
class TripFilter:
    """Which trips: those that began in [from_at, to_at), of these trucks; None leaves that side open."""

    from_at: datetime | None = None
    to_at: datetime | None = None
    vehicle_ids: Sequence[int] | None = None


async def list_trips(
    conn: AsyncConnection, *, fleet_id: int, which: TripFilter, order: Order, limit: int, after: TripKey | None = None
) -> list[StoredTrip]:
    """Return up to `limit` trips by start and truck, in that order from `after` on (which is not among them)."""
    values = {
        "fleet_id": fleet_id,
        "vehicle_ids": None if which.vehicle_ids is None else list(which.vehicle_ids),
        "from_at": which.from_at,
        "to_at": which.to_at,
        "after_at": after.started_at if after else None,
        "after_vehicle_id": after.vehicle_id if after else None,
        "limit": limit,
    }
    async with conn.cursor(binary=True, row_factory=class_row(StoredTrip)) as cursor:
        await cursor.execute(_PAGES[order], values)
        return await cursor.fetchall()


async def find_trip(conn: AsyncConnection, *, fleet_id: int, key: TripKey) -> StoredTrip | None:
    """Return the fleet's trip that began within the key's millisecond."""
    values = {
        "fleet_id": fleet_id,
        "vehicle_id": key.vehicle_id,
        "from_at": key.started_at,
        "to_at": key.started_at + timedelta(milliseconds=1),
    }
    async with conn.cursor(binary=True, row_factory=class_row(StoredTrip)) as cursor:
        await cursor.execute(_FIND_TRIP, values)
        return await cursor.fetchone()


async def read_track(conn: AsyncConnection, *, fleet_id: int, trip: StoredTrip) -> list[TrackPoint]:
    """Return every stored position of a trip, in time order, believable or not."""
    values = {
        "fleet_id": fleet_id,
        "vehicle_id": trip.vehicle_id,
        "started_at": trip.started_at,
        "ended_at": trip.ended_at,
    }
    async with conn.cursor(binary=True, row_factory=class_row(TrackPoint)) as cursor:
        await cursor.execute(_READ_TRACK, values)
        return await cursor.fetchall()
