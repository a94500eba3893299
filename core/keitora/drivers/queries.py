"""All SQL of drivers. The caller commits."""

from typing import Final

from psycopg import AsyncConnection, Connection
from psycopg.rows import scalar_row, tuple_row

from keitora.errors import KeitoraError

_FIND_DRIVER: Final = "SELECT driver_id FROM driver WHERE fleet_id = %(fleet_id)s AND name = %(name)s"
_CREATE_DRIVER: Final = """
INSERT INTO driver (fleet_id, name) VALUES (%(fleet_id)s, %(name)s)
ON CONFLICT (fleet_id, name) DO NOTHING
RETURNING driver_id
"""


def find_driver(conn: Connection, *, fleet_id: int, name: str) -> int | None:
    """Return the number of the fleet's driver of that name."""
    with conn.cursor(row_factory=scalar_row) as cursor:
        found: int | None = cursor.execute(_FIND_DRIVER, {"fleet_id": fleet_id, "name": name}).fetchone()
    return found


def create_driver(conn: Connection, *, fleet_id: int, name: str) -> int:
    """Make a driver and return the number. Raises KeitoraError if the fleet has a driver of that name."""
    with conn.cursor(row_factory=scalar_row) as cursor:
        made: int | None = cursor.execute(_CREATE_DRIVER, {"fleet_id": fleet_id, "name": name}).fetchone()
    if made is None:
        raise KeitoraError(f"there is already a driver named '{name}'")
    return made


_READ_DRIVER_NAME: Final = "SELECT name FROM driver WHERE fleet_id = %(fleet_id)s AND driver_id = %(driver_id)s"


async def read_driver_name(conn: AsyncConnection, *, fleet_id: int, driver_id: int) -> str | None:
    """Return the name of the fleet's driver of that number."""
    async with conn.cursor(row_factory=scalar_row) as cursor:
        await cursor.execute(_READ_DRIVER_NAME, {"fleet_id": fleet_id, "driver_id": driver_id})
        name: str | None = await cursor.fetchone()
        return name


async def ensure_driver(conn: AsyncConnection, *, fleet_id: int, name: str) -> int:
    """Return the number of the fleet's driver of that name, made if there is none."""
    values = {"fleet_id": fleet_id, "name": name}
    made = await (await conn.execute(_CREATE_DRIVER, values)).fetchone()
    found = made or await (await conn.execute(_FIND_DRIVER, values)).fetchone()
    if found is None:
        raise LookupError(name)
    return int(found[0])


_LIST_DRIVERS: Final = "SELECT driver_id, name FROM driver WHERE fleet_id = %(fleet_id)s ORDER BY name, driver_id"


async def list_drivers(conn: AsyncConnection, *, fleet_id: int) -> list[tuple[int, str]]:
    """Return the numbers and names of the fleet's drivers, by name."""
    async with conn.cursor(row_factory=tuple_row) as cursor:
        await cursor.execute(_LIST_DRIVERS, {"fleet_id": fleet_id})
        return await cursor.fetchall()
