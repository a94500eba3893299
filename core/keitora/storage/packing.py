"""SQL of packing old samples: compression on the Community edition, dense indexes on the Apache edition.

A row that arrives late for a packed chunk is stored in it all the same; the next look packs it again.
"""

from contextlib import suppress
from typing import Any, Final

from psycopg import Connection, sql
from psycopg.errors import DuplicateObject
from psycopg.rows import class_row

from keitora.db.edition import Edition, ask_edition
from keitora.errors import SetupError
from keitora.storage.model import Compression

_HAS_SAMPLES: Final = "SELECT to_regclass('public.sample') IS NOT NULL"
_READ_COMPRESSION: Final = """
SELECT h.compression_enabled AS is_enabled,
       (SELECT count(*) FROM timescaledb_information.chunks AS c
        WHERE c.hypertable_name = 'sample' AND c.is_compressed) AS compressed_count,
       (SELECT extract(day FROM (j.config ->> 'compress_after')::interval)::integer
        FROM timescaledb_information.jobs AS j
        WHERE j.hypertable_name = 'sample' AND j.proc_name IN ('policy_compression', 'policy_columnstore'))
        AS policy_days
FROM timescaledb_information.hypertables AS h WHERE h.hypertable_name = 'sample'
"""
# A segment a truck, in the order in which the fold and every chart read: what is asked for lies together, and whether a
# late row is there already is looked up among at most a thousand.
_ENABLE: Final = """
ALTER TABLE sample SET (
    timescaledb.compress, timescaledb.compress_segmentby = 'vehicle_id',
    timescaledb.compress_orderby = 'sampled_at, device_id, row_key'
)
"""
_REMOVE_POLICY: Final = "SELECT remove_compression_policy('sample', if_exists => true)"
_ADD_POLICY: Final = """
SELECT add_compression_policy('sample', compress_after => make_interval(days => %(days)s),
                              schedule_interval => interval '1 day')
"""
_OLD_CHUNKS: Final = """
SELECT format('%%I.%%I', chunk_schema, chunk_name) FROM timescaledb_information.chunks
WHERE hypertable_name = 'sample' AND (%(days)s = 0 OR range_end < now() - make_interval(days => %(days)s))
ORDER BY range_start
"""
_COMPRESS: Final = "SELECT compress_chunk(%(chunk)s::regclass, if_not_compressed => true)"
_DECOMPRESS: Final = """
SELECT count(decompress_chunk(format('%I.%I', chunk_schema, chunk_name)::regclass))
FROM timescaledb_information.chunks WHERE hypertable_name = 'sample' AND is_compressed
"""


def read_compression(conn: Connection[Any]) -> Compression:
    """Return how far compression is switched on. Raises LookupError before the first migration."""
    with conn.cursor(row_factory=class_row(Compression)) as cursor:
        found = cursor.execute(_READ_COMPRESSION).fetchone()
    if found is None:
        raise LookupError("there is no hypertable of samples")
    return found


def require_readable(conn: Connection[Any]) -> None:
    """Raise SetupError where samples are compressed and this edition cannot read them."""
    row = conn.execute(_HAS_SAMPLES).fetchone()
    if row is None or not row[0] or ask_edition(conn).can_read_compressed:
        return
    if count := read_compression(conn).compressed_count:
        raise SetupError(
            f"{count} weeks of samples are compressed, and the Apache edition of TimescaleDB cannot read them. "
            "Start the Community edition again; to leave it for good, run there first: keitora storage unpack"
        )


def settle_packing(conn: Connection[Any], edition: Edition, *, after_days: int) -> None:
    """Switch on what the edition can do: chunks of that age are compressed, by a policy. 0: none is any more.

    Calling it again changes nothing, so it is done at every start: an installation that came to the Community edition
    compresses from then on.
    """
    if not edition.can_compress:
        return
    now = read_compression(conn)
    with conn.transaction():
        if not now.is_enabled:
            conn.execute(_ENABLE)
        if now.policy_days == (after_days or None):
            return
        conn.execute(_REMOVE_POLICY)
        if after_days:
            conn.execute(_ADD_POLICY, {"days": after_days})


def compress_all(conn: Connection[Any], *, before_days: int = 0) -> int:
    """Compress every chunk older than that, now, and return how many chunks of that age there are. Community only.

    The connection must be in autocommit mode: each chunk is a transaction of its own. One that the policy takes
    meanwhile is left to it.
    """
    chunks = conn.execute(_OLD_CHUNKS, {"days": before_days}).fetchall()
    for (chunk,) in chunks:
        with suppress(DuplicateObject):
            conn.execute(_COMPRESS, {"chunk": chunk})
    return len(chunks)


def unpack(conn: Connection[Any]) -> int:
    """Take compression back, so that the Apache edition can read everything; return how many chunks were compressed."""
    with conn.transaction():
        conn.execute(_REMOVE_POLICY)
        row = conn.execute(_DECOMPRESS).fetchone()
        conn.execute("ALTER TABLE sample SET (timescaledb.compress = false)")
    return int(row[0]) if row else 0


# --- the Apache edition ----------------------------------------------------------------------------------------------

# Rows of many trucks come side by side, so the index's pages split in the middle and stay half empty. Once a week is
# over, making its index anew takes 44 bytes a row in place of 86. The estimate of rows is exact after that.
_LOOSE: Final = """
SELECT c.chunk_schema, x.relname
FROM timescaledb_information.chunks AS c
JOIN pg_index AS i ON i.indrelid = format('%%I.%%I', c.chunk_schema, c.chunk_name)::regclass AND i.indisprimary
JOIN pg_class AS x ON x.oid = i.indexrelid
WHERE c.hypertable_name = 'sample' AND NOT c.is_compressed
  AND c.range_end < now() - make_interval(days => %(days)s)
  AND x.reltuples >= 10000 AND pg_relation_size(x.oid) > 56 * x.reltuples
ORDER BY c.range_start LIMIT 1
"""
# What a worker leaves that was killed in the middle: an index nobody reads, and every late row is written to.
_UNFINISHED: Final = r"""
SELECT c.chunk_schema, x.relname
FROM timescaledb_information.chunks AS c
JOIN pg_index AS i ON i.indrelid = format('%I.%I', c.chunk_schema, c.chunk_name)::regclass AND NOT i.indisvalid
JOIN pg_class AS x ON x.oid = i.indexrelid AND x.relname LIKE '%\_cc%'
WHERE c.hypertable_name = 'sample'
"""
_MAY_REINDEX: Final = """
SELECT CASE WHEN current_setting('server_version_num')::integer >= 170000
            THEN has_table_privilege('sample', 'MAINTAIN')
            ELSE pg_has_role((SELECT relowner FROM pg_class WHERE oid = 'sample'::regclass), 'MEMBER') END
"""


def drop_unfinished(conn: Connection[Any]) -> int:
    """Remove indexes that were not made to their end, and return how many. Needs the owner's rights."""
    found = conn.execute(_UNFINISHED).fetchall()
    with conn.transaction():
        conn.execute("SET LOCAL lock_timeout = '5s'")
        for schema, name in found:
            conn.execute(sql.SQL("DROP INDEX IF EXISTS {}").format(sql.Identifier(schema, name)))
    return len(found)


def tighten_next(conn: Connection[Any], *, after_days: int) -> str | None:
    """Make the index of one chunk of that age dense, and return its name; None where none is loose, or it may not.

    Nobody waits for it: rows are read and stored meanwhile. The connection must be in autocommit mode.
    """
    allowed = conn.execute(_MAY_REINDEX).fetchone()
    if not after_days or allowed is None or not allowed[0]:
        return None
    row = conn.execute(_LOOSE, {"days": after_days}).fetchone()
    if row is None:
        return None
    conn.execute(sql.SQL("REINDEX INDEX CONCURRENTLY {}").format(sql.Identifier(*row)))
    return str(row[1])
