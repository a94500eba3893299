"""SQL about how much the samples take."""

from typing import Any, Final

from psycopg import Connection
from psycopg.rows import class_row

from keitora.storage.model import Stored

# An index with less than 56 bytes a row is dense: see packing.py.
_READ_STORED: Final = """
SELECT count(*) AS chunk_count,
       count(*) FILTER (WHERE c.is_compressed OR (x.reltuples > 0 AND pg_relation_size(x.oid) <= 56 * x.reltuples))
           AS packed_count,
       greatest(approximate_row_count('sample'), 0) AS sample_count,
       coalesce(hypertable_size('sample'), 0)::bigint AS size_bytes,
       min(c.range_start) AS oldest_at, max(c.range_end) AS newest_at
FROM timescaledb_information.chunks AS c
LEFT JOIN pg_index AS i ON i.indrelid = format('%I.%I', c.chunk_schema, c.chunk_name)::regclass AND i.indisprimary
LEFT JOIN pg_class AS x ON x.oid = i.indexrelid
WHERE c.hypertable_name = 'sample'
"""


def read_stored(conn: Connection[Any]) -> Stored:
    """Return how many samples there are, by the database's estimate, and what they take."""
    with conn.cursor(row_factory=class_row(Stored)) as cursor:
        found = cursor.execute(_READ_STORED).fetchone()
    if found is None:
        raise LookupError("the database did not tell what samples take")
    return found
