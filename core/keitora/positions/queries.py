"""All SQL of live positions."""

from collections.abc import Sequence
from typing import Final

from psycopg import AsyncConnection
from psycopg.rows import class_row

from keitora.db.sql import load
from keitora.positions.model import LatestValues

_READ_LATEST: Final = load("keitora.positions", "read_latest")


async def read_latest(
    conn: AsyncConnection, *, fleet_id: int, vehicle_ids: Sequence[int] | None = None
) -> list[LatestValues]:
    """Return the newest values of the fleet's trucks, oldest first; `vehicle_ids` None means all."""
    values = {"fleet_id": fleet_id, "vehicle_ids": None if vehicle_ids is None else list(vehicle_ids)}
    async with conn.cursor(binary=True, row_factory=class_row(LatestValues)) as cursor:
        await cursor.execute(_READ_LATEST, values)
        return await cursor.fetchall()
