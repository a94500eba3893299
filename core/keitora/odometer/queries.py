"""All SQL of the own odometer and engine hours."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Literal

from psycopg import AsyncConnection, Connection
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


_FORGET_DAYS: Final = """
DELETE FROM trace_day AS d USING fleet AS f
WHERE d.vehicle_id = %(vehicle_id)s AND f.fleet_id = d.fleet_id
  AND d.local_date >= (%(from_at)s AT TIME ZONE f.time_zone)::date
  AND (%(to_at)s::timestamptz IS NULL OR d.local_date <= (%(to_at)s AT TIME ZONE f.time_zone)::date)
"""
_SUM_DAYS: Final = """
INSERT INTO trace_day (vehicle_id, local_date, fleet_id, distance_m, engine_on_s)
SELECT t.vehicle_id, (t.at AT TIME ZONE f.time_zone)::date, t.fleet_id,
    sum(t.distance_m::double precision ORDER BY t.at), sum(t.engine_on_s::double precision ORDER BY t.at)
FROM fleet AS f JOIN trace AS t USING (fleet_id)
WHERE f.fleet_id = %(fleet_id)s AND t.vehicle_id = %(vehicle_id)s
  AND t.at >= (%(from_at)s AT TIME ZONE f.time_zone)::date::timestamp AT TIME ZONE f.time_zone
  AND (%(to_at)s::timestamptz IS NULL
       OR t.at < ((%(to_at)s AT TIME ZONE f.time_zone)::date + 1)::timestamp AT TIME ZONE f.time_zone)
GROUP BY 1, 2, 3
"""


def sum_trace_days(
    conn: Connection[Any], *, vehicle_id: int, fleet_id: int, from_at: datetime, to_at: datetime | None
) -> None:
    """Bring the sums of the days up to the trace, which has changed from a moment to another (None: to its end)."""
    values = {"vehicle_id": vehicle_id, "fleet_id": fleet_id, "from_at": from_at, "to_at": to_at}
    conn.execute(_FORGET_DAYS, values)
    conn.execute(_SUM_DAYS, values)


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
) -> bool:
    """Keep what a truck's instruments read at a moment; False if the same is there already. The caller commits."""
    values = {
        "fleet_id": fleet_id,
        "vehicle_id": vehicle_id,
        "read_at": read_at,
        "odometer_km": odometer_km,
        "engine_hours_h": engine_hours_h,
        "source": source,
        "by": by,
    }
    return (await conn.execute(_CREATE_READING, values)).rowcount > 0
