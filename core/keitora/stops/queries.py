"""All SQL of stops and idlings."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final, Literal

from psycopg import AsyncConnection
from psycopg.rows import class_row

from keitora.db.sql import load
from keitora.stops.model import Standing
from keitora.trips.model import TripKey

What = Literal["stop", "idling"]

_PAGE: Final = b"""
  AND (%(vehicle_ids)s::integer[] IS NULL OR s.vehicle_id = ANY (%(vehicle_ids)s))
  AND (%(to_at)s::timestamptz IS NULL OR s.started_at < %(to_at)s)
  AND (%(from_at)s::timestamptz IS NULL OR s.ended_at IS NULL OR s.ended_at > %(from_at)s)
  AND (%(after_at)s::timestamptz IS NULL OR (s.started_at, s.vehicle_id) < (%(after_at)s, %(after_vehicle_id)s))
ORDER BY s.started_at DESC, s.vehicle_id DESC LIMIT %(limit)s
"""
_STATEMENTS: Final[dict[What, bytes]] = {
    "stop": load("keitora.stops", "stop_rows") + _PAGE,
    "idling": load("keitora.stops", "idling_rows") + _PAGE,
}


async def list_standing(
    conn: AsyncConnection,
    *,
    fleet_id: int,
    what: What,
    from_at: datetime | None,
    to_at: datetime | None,
    vehicle_ids: Sequence[int] | None = None,
    after: TripKey | None = None,
    limit: int,
) -> list[Standing]:
    """Return up to `limit` stops or idlings that touch [from_at, to_at), newest first, after `after`."""
    values = {
        "fleet_id": fleet_id,
        "from_at": from_at,
        "to_at": to_at,
        "vehicle_ids": None if vehicle_ids is None else list(vehicle_ids),
        "after_at": after.started_at if after else None,
        "after_vehicle_id": after.vehicle_id if after else None,
        "limit": limit,
    }
    async with conn.cursor(binary=True, row_factory=class_row(Standing)) as cursor:
        await cursor.execute(_STATEMENTS[what], values)
        return await cursor.fetchall()
