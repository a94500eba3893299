"""All SQL of days."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Final

from psycopg import AsyncConnection
from psycopg.rows import class_row

from keitora.days.model import VehicleDay
from keitora.db.sql import load
from keitora.fuel.model import NO_CHANGES, DayColumns

_READ_VEHICLE_DAYS: Final = load("keitora.days", "read_vehicle_days")


async def read_vehicle_days(
    conn: AsyncConnection,
    *,
    fleet_id: int,
    from_at: datetime | None,
    to_at: datetime | None,
    vehicle_ids: Sequence[int] | None = None,
    changes: DayColumns = NO_CHANGES,
    after: tuple[date, int] | None = None,
    limit: int,
) -> list[VehicleDay]:
    """Return up to `limit` days of trucks that [from_at, to_at) touches, newest first, from the day `after` on.

    `after` is a day and its truck; it is not among them. `changes` is added to the days it names.
    """
    values = {
        "fleet_id": fleet_id,
        "from_at": from_at,
        "to_at": to_at,
        "vehicle_ids": None if vehicle_ids is None else list(vehicle_ids),
        "change_vehicles": changes.vehicle_ids,
        "change_dates": changes.local_dates,
        "change_counts": changes.trip_counts,
        "change_m": changes.distances_m,
        "after_date": after[0] if after else None,
        "after_vehicle_id": after[1] if after else None,
        "limit": limit,
    }
    async with conn.cursor(binary=True, row_factory=class_row(VehicleDay)) as cursor:
        await cursor.execute(_READ_VEHICLE_DAYS, values)
        return await cursor.fetchall()
