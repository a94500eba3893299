"""All SQL of the timeline."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

from psycopg import AsyncConnection
from psycopg.rows import tuple_row

from keitora.db.sql import load
from keitora.timeline.model import Change, Level

_SPANS: Final = {"trip": Level.DRIVING, "idling": Level.IDLING, "charge": Level.CHARGING, "stop": Level.STANDING}
_READ_SPANS: Final = load("keitora.timeline", "read_spans")
_READ_CHANGES: Final = load("keitora.timeline", "read_changes").replace(
    b"{spans}",
    b"".join(
        _READ_SPANS.replace(b"{table}", table.encode()).replace(b"{level}", b"%d" % level)
        for table, level in _SPANS.items()
    ),
)
_LEVELS: Final[dict[int | None, Level | None]] = {None: None, **{int(level): level for level in Level}}


async def read_changes(
    conn: AsyncConnection,
    *,
    fleet_id: int,
    zone: str,
    from_at: datetime,
    to_at: datetime,
    now: datetime,
    step: timedelta | None,
    vehicle_ids: Sequence[int] | None,
) -> list[Change]:
    """Return the state of these (None: all) trucks at `from_at` or when first known, and every change before `to_at`.

    By time, then truck. With a `step`, even pieces of the zone's local time are told, each by the most awake thing done
    in it. A silence hides all that would last; idling hides the trip or the stop it lies in.
    """
    values = {
        "fleet_id": fleet_id,
        "zone": zone,
        "from_at": from_at,
        "to_at": to_at,
        "now": now,
        "step": step,
        "vehicle_ids": None if vehicle_ids is None else list(vehicle_ids),
    }
    async with conn.cursor(binary=True, row_factory=tuple_row) as cursor:
        await cursor.execute(_READ_CHANGES, values)
        return [Change(at, truck, name, _LEVELS[level]) for at, truck, name, level in await cursor.fetchall()]
