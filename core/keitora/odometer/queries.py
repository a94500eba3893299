"""All SQL of the own odometer and engine hours."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal

from psycopg import AsyncConnection
from psycopg.rows import class_row

from keitora.db.sql import load
from keitora.odometer.model import Anchor, Reading
from keitora.odometer.own import agreeing, own_reading

_READ_ANCHORS: Final = load("keitora.odometer", "read_anchors")
_READ_COUNTED: Final = load("keitora.odometer", "read_counted")

Instrument = Literal["odometer", "engine_hours"]


@dataclass(frozen=True, slots=True)
class _Counted:
    counted: float


async def read_own(
    conn: AsyncConnection, *, fleet_id: int, vehicle_id: int, instrument: Instrument, at: datetime
) -> tuple[Reading, Sequence[Anchor]]:
    """Return what a truck's own odometer (km) or engine hours (h) show at a moment, and the readings that count.

    Readings are those people entered and, of the odometer, the car's own as last told on each day.
    """
    values = {"fleet_id": fleet_id, "vehicle_id": vehicle_id, "instrument": instrument, "at": at}
    async with conn.cursor(binary=True, row_factory=class_row(Anchor)) as cursor:
        await cursor.execute(_READ_ANCHORS, values)
        chain = agreeing(await cursor.fetchall())
    async with conn.cursor(binary=True, row_factory=class_row(_Counted)) as counter:
        await counter.execute(_READ_COUNTED, values)
        row = await counter.fetchone()
    return own_reading(chain, at, row.counted if row else 0.0), chain


_CREATE_READING: Final = """
INSERT INTO odometer_reading (fleet_id, vehicle_id, read_at, odometer_km, engine_hours_h, source, entered_by)
SELECT
    %(fleet_id)s, %(vehicle_id)s, %(read_at)s, %(odometer_km)s::float8, %(engine_hours_h)s::float8, %(source)s, %(by)s
WHERE NOT EXISTS (
    SELECT FROM odometer_reading
    WHERE fleet_id = %(fleet_id)s AND vehicle_id = %(vehicle_id)s AND read_at = %(read_at)s AND withdrawn_at IS NULL
      AND odometer_km IS NOT DISTINCT FROM %(odometer_km)s::float8
      AND engine_hours_h IS NOT DISTINCT FROM %(engine_hours_h)s::float8
)
"""


async def create_reading(
    conn: AsyncConnection,
    *,
    fleet_id: int,
    vehicle_id: int,
    read_at: datetime,
    odometer_km: float | None,
    engine_hours_h: float | None,
    source: Literal["hand", "workshop"],
    by: str,
) -> None:
    """Keep what a truck's instruments read at a moment. The same again changes nothing. The caller commits."""
    values = {
        "fleet_id": fleet_id,
        "vehicle_id": vehicle_id,
        "read_at": read_at,
        "odometer_km": odometer_km,
        "engine_hours_h": engine_hours_h,
        "source": source,
        "by": by,
    }
    await conn.execute(_CREATE_READING, values)
