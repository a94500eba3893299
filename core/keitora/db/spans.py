"""Rows that last from one moment to another, one after the other on each truck, and how to begin in their midst."""

from datetime import UTC, datetime
from typing import Final, Literal

from psycopg import AsyncConnection, sql

BEGINNING: Final = datetime.min.replace(tzinfo=UTC)
END: Final = datetime.max.replace(tzinfo=UTC)
"""Stand for a bound that is open: statements without "or it is null" use their index whichever plan is taken."""
_FIRST: Final = sql.SQL("""
SELECT min(last.begins_at)
FROM vehicle AS v
CROSS JOIN LATERAL (
    SELECT one.{begins} AS begins_at, one.{ends} AS ends_at FROM {table} AS one
    WHERE one.vehicle_id = v.vehicle_id AND one.{begins} < %(at)s ORDER BY one.{begins} DESC LIMIT 1
) AS last
WHERE v.fleet_id = %(fleet_id)s AND last.ends_at > %(at)s
""")


async def first_touching(
    conn: AsyncConnection,
    table: Literal["charge", "tank_event"],
    edges: tuple[str, str],
    *,
    fleet_id: int,
    at: datetime,
) -> datetime:
    """Return when the first of the fleet's rows began that lasts at a moment; the moment itself if none does.

    On each truck only the newest row that began before can last: they do not overlap. `edges` are the columns of a
    row's begin and end.
    """
    begins, ends = map(sql.Identifier, edges)
    statement = _FIRST.format(table=sql.Identifier(table), begins=begins, ends=ends)
    async with conn.cursor(binary=True) as cursor:
        row = await (await cursor.execute(statement, {"fleet_id": fleet_id, "at": at})).fetchone()
    return row[0] if row and row[0] is not None else at
