"""What fill-ups have taught, as it is read back."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from psycopg import AsyncConnection
from psycopg.rows import class_row

# Beyond every time there is, which Python has no word for.
_READ_FACTORS: Final = """
SELECT v.vehicle_id, v.name AS vehicle_name, f.method, nullif(f.valid_from, '-infinity') AS from_at,
       nullif(f.valid_to, 'infinity') AS to_at, f.factor, f.uncertainty_ratio, f.tank_count
FROM fuel_factor AS f JOIN vehicle AS v USING (fleet_id, vehicle_id)
WHERE f.fleet_id = %(fleet_id)s AND v.archived_at IS NULL
  AND (%(vehicle_ids)s::integer[] IS NULL OR f.vehicle_id = ANY (%(vehicle_ids)s))
ORDER BY f.vehicle_id, f.method, f.valid_from
"""


@dataclass(frozen=True, slots=True)
class TruckFactor:
    """What a truck's litres by one method are multiplied by; None leaves that side of the time open."""

    vehicle_id: int
    vehicle_name: str
    method: str
    from_at: datetime | None
    to_at: datetime | None
    factor: float
    uncertainty_ratio: float
    tank_count: int


async def read_factors(
    conn: AsyncConnection, *, fleet_id: int, vehicle_ids: Sequence[int] | None = None
) -> list[TruckFactor]:
    """Return the factors of the fleet's trucks in service (`vehicle_ids` None: all), by truck, method and time."""
    values = {"fleet_id": fleet_id, "vehicle_ids": None if vehicle_ids is None else list(vehicle_ids)}
    async with conn.cursor(row_factory=class_row(TruckFactor)) as cursor:
        await cursor.execute(_READ_FACTORS, values)
        return await cursor.fetchall()
