"""All SQL of days."""

from datetime import date
from typing import Final

from psycopg import AsyncConnection
from psycopg.rows import class_row

from keitora.days.model import DriverDay
from keitora.db.sql import load

_DRIVER_DAYS: Final = load("keitora.days", "driver_days")


async def driver_days(conn: AsyncConnection, *, fleet_id: int, from_date: date, to_date: date) -> list[DriverDay]:
    """Return what each driver of a fleet drove on each local day of [from_date, to_date), by day and driver."""
    async with conn.cursor(binary=True, row_factory=class_row(DriverDay)) as cursor:
        await cursor.execute(_DRIVER_DAYS, {"fleet_id": fleet_id, "from_date": from_date, "to_date": to_date})
        return await cursor.fetchall()
