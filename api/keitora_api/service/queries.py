"""SQL about the database's size."""

from dataclasses import dataclass
from typing import Final

from psycopg import AsyncConnection
from psycopg.rows import class_row

# Samples are what grows: the chunks of about the last month say how much room one takes. Where old ones are compressed,
# those say it alone: what is not compressed yet does not grow. How many come a day, the days say that they were taken
# on: a chunk's first week is mostly not over, nor has the installation been there for all of it.
_READ_SIZE: Final = """
WITH chunk AS MATERIALIZED (
    SELECT c.range_start, c.range_end, c.is_compressed, s.total_bytes AS size_bytes
    FROM timescaledb_information.chunks AS c
    JOIN chunks_detailed_size('sample') AS s USING (chunk_schema, chunk_name)
    WHERE c.hypertable_name = 'sample' AND c.range_start < now() AND c.range_end > now() - interval '35 days'
),
telling AS (
    SELECT sum(size_bytes) AS size_bytes, range_agg(tstzrange(range_start, range_end)) AS ranges
    FROM chunk WHERE is_compressed OR NOT EXISTS (SELECT FROM chunk WHERE is_compressed)
)
SELECT pg_database_size(current_database())::bigint AS database_bytes,
       coalesce(hypertable_size('sample'), 0)::bigint AS sample_bytes,
       (SELECT count(*) FROM timescaledb_information.chunks WHERE hypertable_name = 'sample' AND is_compressed)
           AS compressed_week_count,
       (telling.size_bytes / nullif(pace.in_ranges, 0) * pace.samples_per_day)::float8 AS growth_bytes_per_day
FROM telling CROSS JOIN LATERAL sample_pace(telling.ranges) AS pace
"""


@dataclass(frozen=True, slots=True)
class Size:
    """How large the database and its samples are, and how fast they grow.

    None where the last weeks have no samples, or where what follows from them is not known yet.
    """

    database_bytes: int
    sample_bytes: int
    compressed_week_count: int
    growth_bytes_per_day: float | None


async def read_size(conn: AsyncConnection) -> Size:
    """Return the size of the whole database, of all fleets."""
    async with conn.cursor(row_factory=class_row(Size)) as cursor:
        await cursor.execute(_READ_SIZE)
        found = await cursor.fetchone()
        if found is None:
            raise LookupError("the database did not tell its size")
        return found
