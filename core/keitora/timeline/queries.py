"""All SQL of the timeline."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from psycopg import AsyncConnection

from keitora.db.sql import load
from keitora.timeline.model import Level, Span

_READ_SPANS: Final = load("keitora.timeline", "read_spans")


async def read_spans(
    conn: AsyncConnection,
    *,
    fleet_id: int,
    from_at: datetime,
    to_at: datetime,
    now: datetime,
    vehicle_ids: Sequence[int] | None,
) -> list[Span]:
    """Return everything that tells what these (None: all) trucks did within [from_at, to_at), in no order."""
    values = {
        "fleet_id": fleet_id,
        "from_at": from_at,
        "to_at": to_at,
        "now": now,
        "vehicle_ids": None if vehicle_ids is None else list(vehicle_ids),
    }
    async with conn.cursor(binary=True) as cursor:
        await cursor.execute(_READ_SPANS, values)
        return [Span(row[0], row[1], Level(row[2]), row[3], row[4]) for row in await cursor.fetchall()]
