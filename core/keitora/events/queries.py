"""All SQL of device events. The caller commits."""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any, Final

from psycopg import Connection
from psycopg.rows import class_row
from psycopg.types.json import Jsonb

from keitora.events.model import DeviceEvent, EventRow

_STORE: Final = """
INSERT INTO device_event
    (fleet_id, device_id, vehicle_id, at, kind, detail, boot, sequence, clock_quality, received_at)
VALUES (%(fleet_id)s, %(device_id)s, %(vehicle_id)s, %(at)s, %(kind)s, %(detail)s, %(boot)s, %(sequence)s,
        %(clock_quality)s, %(received_at)s)
ON CONFLICT (device_id, boot, sequence) DO NOTHING
"""
_SHIFT: Final = """
UPDATE device_event SET at = at + %(by_ms)s * interval '1 millisecond'
WHERE device_id = %(device_id)s AND boot = %(boot)s AND clock_quality = 0
"""
_MOVE: Final = """
UPDATE device_event SET vehicle_id = %(vehicle_id)s
WHERE device_id = %(device_id)s AND at >= %(from_at)s AND vehicle_id <> %(vehicle_id)s
"""
_LIST: Final = """
SELECT e.device_event_id, e.at, e.kind, e.detail, e.vehicle_id, v.name AS vehicle_name, d.source, d.device_key
FROM device_event AS e JOIN vehicle AS v USING (fleet_id, vehicle_id) JOIN device AS d USING (fleet_id, device_id)
WHERE e.fleet_id = %(fleet_id)s
  AND (%(vehicle_id)s::int IS NULL OR e.vehicle_id = %(vehicle_id)s)
  AND (%(kind)s::text IS NULL OR e.kind = %(kind)s)
ORDER BY e.at DESC, e.device_event_id DESC LIMIT %(limit)s
"""


def store_events(conn: Connection[Any], events: Sequence[EventRow]) -> int:
    """Add the events that are not there yet, and return how many they were. The same event again adds nothing."""
    if not events:
        return 0
    with conn.cursor() as cursor:
        cursor.executemany(_STORE, [asdict(one) | {"detail": Jsonb(dict(one.detail))} for one in events])
        return cursor.rowcount


def shift_undated_events(conn: Connection[Any], *, device_id: int, boot: int, by_ms: int) -> None:
    """Move a boot's events that were dated by uptime alone, now that its clock is known better (`by_ms` later)."""
    conn.execute(_SHIFT, {"device_id": device_id, "boot": boot, "by_ms": by_ms})


def move_events(conn: Connection[Any], *, device_id: int, vehicle_id: int, from_at: datetime) -> None:
    """Give the device's events from a moment on to a truck."""
    conn.execute(_MOVE, {"device_id": device_id, "vehicle_id": vehicle_id, "from_at": from_at})


def list_events(
    conn: Connection[Any], *, fleet_id: int, vehicle_id: int | None = None, kind: str | None = None, limit: int = 100
) -> list[DeviceEvent]:
    """Return a fleet's events, newest first: all, of one truck, of one kind."""
    values = {"fleet_id": fleet_id, "vehicle_id": vehicle_id, "kind": kind, "limit": limit}
    with conn.cursor(row_factory=class_row(DeviceEvent)) as cursor:
        return cursor.execute(_LIST, values).fetchall()
