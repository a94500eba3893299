"""All SQL of fuel over time."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from psycopg import AsyncConnection
from psycopg.rows import class_row

from keitora.db.sql import load
from keitora.fuel.economy import KNOWN_ENOUGH
from keitora.fuel.model import NO_CHANGES, Bucket, DayColumns, FuelBucket

_FUEL_BY_VEHICLE: Final = load("keitora.fuel", "fuel_by_vehicle")


async def fuel_by_vehicle(
    conn: AsyncConnection,
    *,
    fleet_id: int,
    bucket: Bucket,
    from_at: datetime | None = None,
    to_at: datetime | None = None,
    vehicle_ids: Sequence[int] | None = None,
    changes: DayColumns = NO_CHANGES,
) -> list[FuelBucket]:
    """Return the fleet's local days in buckets, a row for each truck, by time and then truck.

    A day counts whole if [from_at, to_at) touches it; so the first and the last bucket may hold fewer days than others.
    `changes` is added to the days it names: trips that people merged or split, distances they corrected.
    """
    values = {
        "fleet_id": fleet_id,
        "bucket": bucket,
        "from_at": from_at,
        "to_at": to_at,
        "vehicle_ids": None if vehicle_ids is None else list(vehicle_ids),
        "known_enough": KNOWN_ENOUGH,
        "change_vehicles": changes.vehicle_ids,
        "change_dates": changes.local_dates,
        "change_counts": changes.trip_counts,
        "change_m": changes.distances_m,
    }
    async with conn.cursor(binary=True, row_factory=class_row(FuelBucket)) as cursor:
        await cursor.execute(_FUEL_BY_VEHICLE, values)
        return await cursor.fetchall()
