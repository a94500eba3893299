"""All SQL of devices and their assignments to trucks. The caller commits."""

from datetime import datetime
from typing import Final

from psycopg import Connection
from psycopg.errors import ForeignKeyViolation
from psycopg.rows import class_row
from psycopg.types.range import TimestamptzRange

from keitora.db.sql import load
from keitora.devices.keys import check_device_key
from keitora.devices.model import Device, Source
from keitora.errors import KeitoraError, NotFoundError

_FIND_DEVICE: Final = """
SELECT device_id, fleet_id, source, device_key FROM device WHERE source = %(source)s AND device_key = %(device_key)s
"""
REGISTER_DEVICE: Final = """
INSERT INTO device (fleet_id, source, device_key) VALUES (%(fleet_id)s, %(source)s, %(device_key)s)
ON CONFLICT (source, device_key) DO NOTHING
RETURNING device_id, fleet_id, source, device_key
"""
ASSIGN_DEVICE: Final = """
INSERT INTO device_assignment (fleet_id, device_id, vehicle_id, during)
VALUES (%(fleet_id)s, %(device_id)s, %(vehicle_id)s, %(during)s)
ON CONFLICT DO NOTHING
"""
_FIND_OVERLAP: Final = load("keitora.devices", "find_overlap")


def find_device(conn: Connection, *, source: Source, device_key: str) -> Device | None:
    """Return the device its topic names so."""
    with conn.cursor(row_factory=class_row(Device)) as cursor:
        return cursor.execute(_FIND_DEVICE, {"source": source, "device_key": device_key}).fetchone()


def register_device(conn: Connection, *, fleet_id: int, source: Source, device_key: str) -> Device:
    """Make a device of the fleet. Raises KeitoraError if the key is malformed or taken (by any fleet)."""
    check_device_key(source, device_key)
    values = {"fleet_id": fleet_id, "source": source, "device_key": device_key}
    with conn.cursor(row_factory=class_row(Device)) as cursor:
        device = cursor.execute(REGISTER_DEVICE, values).fetchone()
    if device is None:
        raise KeitoraError(f"the {source} device '{device_key}' is already registered")
    return device


def assign_device(
    conn: Connection,
    *,
    fleet_id: int,
    device_id: int,
    vehicle_id: int,
    from_at: datetime | None = None,
    to_at: datetime | None = None,
) -> None:
    """Say that the device is on the truck from `from_at` until before `to_at`; None means without end on that side.

    Raises KeitoraError if the device is on a truck at some of that time, NotFoundError if it or the truck is not the
    fleet's.
    """
    if from_at is not None and to_at is not None and from_at >= to_at:
        raise KeitoraError("a device must be put on a truck before it is taken off")
    values = {
        "fleet_id": fleet_id,
        "device_id": device_id,
        "vehicle_id": vehicle_id,
        "during": TimestamptzRange(from_at, to_at, "[)"),
    }
    try:
        done = conn.execute(ASSIGN_DEVICE, values)
    except ForeignKeyViolation as error:
        raise NotFoundError("the fleet has no such device or truck") from error
    if done.rowcount == 0:
        raise KeitoraError(_overlap(conn, device_id, values["during"]))


def _overlap(conn: Connection, device_id: int, during: object) -> str:
    found = conn.execute(_FIND_OVERLAP, {"device_id": device_id, "during": during}).fetchone()
    device_key, vehicle_name, first, last = found or ("?", "?", None, None)
    span = f"from {first or 'the beginning'} to {last or 'further notice'}"
    return f"device '{device_key}' is on '{vehicle_name}' {span}; take it off first, or choose another time"
