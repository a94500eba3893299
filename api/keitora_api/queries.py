"""SQL about the service itself."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from psycopg import AsyncConnection
from psycopg.rows import class_row, scalar_row

_TAKE_ROLE: Final = """
SET ROLE keitora_api; SET TimeZone TO 'UTC'; SET statement_timeout TO '15s'; SET jit TO off;
SET work_mem TO '16MB'; SET default_transaction_read_only TO on
"""
_ALLOW_WRITING: Final = "SET TRANSACTION READ WRITE"
_CAN_READ_SCHEMA: Final = "SELECT has_table_privilege('alembic_version', 'SELECT')"
_READ_SCHEMA: Final = "SELECT version_num FROM alembic_version"
_READ_HEARTBEATS: Final = "SELECT service, instance, beat_at, detail FROM service_heartbeat ORDER BY service, instance"


@dataclass(frozen=True, slots=True)
class Heartbeat:
    """The last sign of life of one process, and what it says of itself."""

    service: str
    instance: str
    beat_at: datetime
    detail: dict[str, Any]


_READ_INSTALLATION: Final = "SELECT * FROM installation_gauges()"


@dataclass(frozen=True, slots=True)
class Installation:
    """Counts over all fleets; nothing of any one."""

    vehicle_count: int
    device_count: int
    dead_letter_count: int
    derive_waiting_count: int
    newest_sample_at: datetime | None


async def take_role(conn: AsyncConnection) -> None:
    """Work in the API's role and in UTC from now on, only read, and let no statement run longer than 15 s.

    Compiling a statement to machine code would take longer than any of these statements runs. A year's days of a fleet
    are added up in memory.
    """
    await conn.execute(_TAKE_ROLE)


async def allow_writing(conn: AsyncConnection) -> None:
    """Let the transaction that begins with this write; all others of the pool only read."""
    await conn.execute("SET TRANSACTION READ WRITE")


async def read_schema_version(conn: AsyncConnection) -> str | None:
    """Return the newest migration's name; None if the API's role may not read it."""
    async with conn.cursor(row_factory=scalar_row) as cursor:
        allowed = await (await cursor.execute(_CAN_READ_SCHEMA)).fetchone()
        if not allowed:
            return None
        version: str | None = await (await cursor.execute(_READ_SCHEMA)).fetchone()
        return version


async def read_heartbeats(conn: AsyncConnection) -> list[Heartbeat]:
    """Return the last sign of life of every service's processes."""
    async with conn.cursor(row_factory=class_row(Heartbeat)) as cursor:
        await cursor.execute(_READ_HEARTBEATS)
        return await cursor.fetchall()


async def read_installation(conn: AsyncConnection) -> Installation:
    """Return how the installation fares as a whole."""
    async with conn.cursor(row_factory=class_row(Installation)) as cursor:
        await cursor.execute(_READ_INSTALLATION)
        found = await cursor.fetchone()
        if found is None:
            raise LookupError("installation_gauges() returned no row")
        return found
