"""SQL about the database's size."""

from dataclasses import dataclass
from typing import Final

from psycopg import AsyncConnection
from psycopg.rows import class_row

# Samples are what grows: the chunks of about the last month say how fast. A size needs no right to read the rows.
_READ_SIZE: Final = """
WITH chunk AS (
    SELECT range_start, least(range_end, now()) AS range_end,
           pg_total_relation_size(format('%I.%I', chunk_schema, chunk_name)::regclass) AS size_bytes
    FROM timescaledb_information.chunks
    WHERE hypertable_name = 'sample' AND range_start < now() AND range_end > now() - interval '35 days'
)
SELECT pg_database_size(current_database())::bigint AS database_bytes,
       (SELECT (sum(size_bytes) * 86400 / nullif(sum(extract(epoch FROM range_end - range_start)), 0))::float8
        FROM chunk) AS growth_bytes_per_day
"""


@dataclass(frozen=True, slots=True)
class Size:
    """How large the database is and how fast it grows; None where there are no samples of the last weeks."""

    database_bytes: int
    growth_bytes_per_day: float | None


async def read_size(conn: AsyncConnection) -> Size:
    """Return the size of the whole database, of all fleets."""
    async with conn.cursor(row_factory=class_row(Size)) as cursor:
        await cursor.execute(_READ_SIZE)
        found = await cursor.fetchone()
        if found is None:
            raise LookupError("the database did not tell its size")
        return found
