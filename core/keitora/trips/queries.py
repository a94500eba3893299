"""All SQL of reading trips."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from psycopg import AsyncConnection
from psycopg.rows import class_row

from keitora.db.sql import load
from keitora.trips.model import StoredTrip, TrackPoint
from keitora.trips.track import believable

_ROWS: Final = load("keitora.trips", "trip_rows")
_TOUCHING: Final = (
    _ROWS
    + b"""
  AND t.ended_at >= %(from_at)s
  -- A truck's trips do not overlap: of those begun before, only the last may reach so far.
  AND (t.vehicle_id, t.started_at) IN (
      SELECT s.vehicle_id, s.started_at FROM trip AS s
      WHERE s.fleet_id = %(fleet_id)s AND s.started_at >= %(from_at)s AND s.started_at <= %(to_at)s
        AND (%(vehicle_ids)s::integer[] IS NULL OR s.vehicle_id = ANY (%(vehicle_ids)s))
      UNION ALL
      SELECT v.vehicle_id, before.started_at
      FROM vehicle AS v
      CROSS JOIN LATERAL (
          SELECT b.started_at FROM trip AS b WHERE b.vehicle_id = v.vehicle_id AND b.started_at < %(from_at)s
          ORDER BY b.started_at DESC LIMIT 1
      ) AS before
      WHERE v.fleet_id = %(fleet_id)s
        AND (%(vehicle_ids)s::integer[] IS NULL OR v.vehicle_id = ANY (%(vehicle_ids)s))
  )
ORDER BY t.vehicle_id, t.started_at
"""
)
_READ_TRACK: Final = load("keitora.trips", "read_track")
_READ_DELAYS: Final = load("keitora.trips", "read_delays")
_READ_LINE: Final = load("keitora.trips", "read_line")
_READ_LINES: Final = load("keitora.trips", "read_lines")


async def trips_touching(
    conn: AsyncConnection, *, fleet_id: int, vehicle_ids: Sequence[int] | None, from_at: datetime, to_at: datetime
) -> list[StoredTrip]:
    """Return these (None: all) trucks' trips that lasted at any moment of [from_at, to_at], by truck and start."""
    values = {
        "fleet_id": fleet_id,
        "vehicle_ids": None if vehicle_ids is None else list(vehicle_ids),
        "from_at": from_at,
        "to_at": to_at,
    }
    async with conn.cursor(binary=True, row_factory=class_row(StoredTrip)) as cursor:
        await cursor.execute(_TOUCHING, values)
        return await cursor.fetchall()


async def read_track(conn: AsyncConnection, *, fleet_id: int, trip: StoredTrip) -> list[TrackPoint]:
    """Return the line of a trip, in time order: the trace, and behind its end the believable fixes.

    A trip under way has its newest quarter of an hour at most not yet in the trace.
    """
    values = {
        "fleet_id": fleet_id,
        "vehicle_id": trip.vehicle_id,
        "started_at": trip.started_at,
        "ended_at": trip.ended_at,
    }
    async with conn.cursor(binary=True, row_factory=class_row(TrackPoint)) as cursor:
        await cursor.execute(_READ_LINE, values)
        line = await cursor.fetchall()
    return await _to_its_end(conn, fleet_id, trip, line)


async def read_tracks(conn: AsyncConnection, *, fleet_id: int, trips: Sequence[StoredTrip]) -> list[list[TrackPoint]]:
    """Return the lines of trips, in the order of the trips, each as `read_track` does."""
    values = {
        "fleet_id": fleet_id,
        "vehicle_ids": [trip.vehicle_id for trip in trips],
        "started_ats": [trip.started_at for trip in trips],
        "ended_ats": [trip.ended_at for trip in trips],
    }
    lines: list[list[TrackPoint]] = [[] for _ in trips]
    async with conn.cursor(binary=True) as cursor:
        await cursor.execute(_READ_LINES, values)
        for place, sampled_at, lat, lon, speed_kmh, altitude_m in await cursor.fetchall():
            lines[place - 1].append(TrackPoint(0, sampled_at, lat, lon, None, speed_kmh, altitude_m))
    return [await _to_its_end(conn, fleet_id, trip, line) for trip, line in zip(trips, lines, strict=True)]


async def _to_its_end(
    conn: AsyncConnection, fleet_id: int, trip: StoredTrip, line: list[TrackPoint]
) -> list[TrackPoint]:
    reached_at = line[-1].sampled_at if line else trip.started_at
    if line and reached_at >= trip.ended_at:
        return line
    values = {
        "fleet_id": fleet_id,
        "vehicle_id": trip.vehicle_id,
        "started_at": reached_at,
        "ended_at": trip.ended_at,
    }
    async with conn.cursor(binary=True, row_factory=class_row(TrackPoint)) as cursor:
        await cursor.execute(_READ_TRACK, values)
        rest = believable(await cursor.fetchall())
    return line + [point for point in rest if not line or point.sampled_at > reached_at]


async def read_delays(
    conn: AsyncConnection, *, fleet_id: int, ends: Sequence[tuple[int, datetime]]
) -> dict[tuple[int, datetime], float]:
    """Return how late (s) the samples came that ended trips, by truck and end; where there is none it is left out."""
    values = {
        "fleet_id": fleet_id,
        "vehicle_ids": [vehicle_id for vehicle_id, _ in ends],
        "ended_ats": [ended_at for _, ended_at in ends],
    }
    async with conn.cursor(binary=True) as cursor:
        await cursor.execute(_READ_DELAYS, values)
        return {(row[0], row[1]): row[2] for row in await cursor.fetchall() if row[2] is not None}
