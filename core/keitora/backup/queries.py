"""All SQL of backups: what there is, rows out and in, and putting one database in another's place."""

import hashlib
from collections.abc import Iterable, Iterator
from typing import Any, Final

from psycopg import Connection, errors, sql

from keitora.backup.model import TableCopy

# Signs of life belong to processes, not to the data; the revision comes with the schema.
_LEFT_OUT: Final = ("alembic_version", "service_heartbeat")
_TABLES: Final = """
SELECT c.relname, array_agg(a.attname::text ORDER BY a.attnum) FILTER (WHERE a.attgenerated = '')
FROM pg_class AS c
JOIN pg_attribute AS a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p') AND c.relname <> ALL (%(left_out)s)
  AND NOT EXISTS (SELECT FROM pg_depend AS d WHERE d.objid = c.oid AND d.deptype = 'e')
GROUP BY c.relname ORDER BY c.relname
"""
_SEQUENCES: Final = """
SELECT sequencename::text, last_value FROM pg_sequences WHERE schemaname = 'public' AND last_value IS NOT NULL
"""
_BEGIN_COPY: Final = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"
# Rows come as they were: nothing is to be noted, notified or checked again while they do.
_QUIETLY: Final = "SET session_replication_role TO replica"
_IS_SUPERUSER: Final = "SELECT rolsuper FROM pg_roles WHERE rolname = current_user"
# Sequences that are there: others belonged to tables of somebody else.
_SET_SEQUENCE: Final = "SELECT setval(to_regclass(%(name)s), %(last)s) WHERE to_regclass(%(name)s) IS NOT NULL"
_HOLD: Final = "SELECT pg_advisory_lock(hashtextextended(%(name)s, 0))"
_LEFT: Final = """
SELECT datname FROM pg_database WHERE datname LIKE %(like)s AND pg_try_advisory_lock(hashtextextended(datname, 0))
"""
_ATTEMPTS: Final = 10
_OTHERS: Final = """
SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %(name)s AND pid <> pg_backend_pid()
"""


def read_revision(conn: Connection[Any]) -> str:
    """Return the newest migration. Raises UndefinedTable where there is no schema."""
    row = conn.execute("SELECT version_num FROM alembic_version").fetchone()
    return "" if row is None else str(row[0])


def begin_copy(conn: Connection[Any]) -> None:
    """See from now on the database as it is at this moment, whatever is written meanwhile."""
    conn.execute(_BEGIN_COPY)


def list_tables(conn: Connection[Any]) -> list[tuple[str, list[str]]]:
    """Return our tables by name, each with its columns that hold something of their own."""
    return [(row[0], row[1]) for row in conn.execute(_TABLES, {"left_out": list(_LEFT_OUT)}).fetchall()]


def read_sequences(conn: Connection[Any]) -> dict[str, int]:
    """Return the last number each sequence gave."""
    return {row[0]: row[1] for row in conn.execute(_SEQUENCES).fetchall()}


def copy_out(conn: Connection[Any], table: str, columns: list[str]) -> Iterator[bytes]:
    """Yield a table's rows, in PostgreSQL's text format: a line a row."""
    # A hypertable's rows lie in its chunks: only a SELECT reads them.
    statement = sql.SQL("COPY (SELECT {} FROM {}) TO STDOUT").format(_names(columns), sql.Identifier(table))
    with conn.cursor() as cursor, cursor.copy(statement) as copy:
        for block in copy:
            yield bytes(block)


def begin_load(conn: Connection[Any]) -> None:
    """Let rows in as they were. Needs a superuser."""
    conn.execute(_QUIETLY)


def is_superuser(conn: Connection[Any]) -> bool:
    """Tell whether the connection's role may do everything."""
    row = conn.execute(_IS_SUPERUSER).fetchone()
    return row is not None and bool(row[0])


def copy_in(conn: Connection[Any], table: TableCopy, blocks: Iterable[bytes]) -> str:
    """Write rows into an empty table and return the checksum of what was written."""
    conn.execute(sql.SQL("DELETE FROM {}").format(sql.Identifier(table.name)))
    statement = sql.SQL("COPY {} ({}) FROM STDIN").format(sql.Identifier(table.name), _names(table.columns))
    seen = hashlib.sha256()
    with conn.cursor() as cursor, cursor.copy(statement) as copy:
        for block in blocks:
            seen.update(block)
            copy.write(block)
    return seen.hexdigest()


def set_sequences(conn: Connection[Any], sequences: dict[str, int]) -> None:
    """Let each sequence go on after its last number."""
    for name, last in sequences.items():
        conn.execute(_SET_SEQUENCE, {"name": f'public."{name}"', "last": last})


def count_rows(conn: Connection[Any], table: str) -> int:
    """Return how many rows a table has."""
    row = conn.execute(sql.SQL("SELECT count(*) FROM {}").format(sql.Identifier(table))).fetchone()
    return 0 if row is None else int(row[0])


def has_fleet(conn: Connection[Any]) -> bool:
    """Tell whether anything is in the database; one without a schema has nothing."""
    row = conn.execute("SELECT to_regclass('public.fleet') IS NOT NULL").fetchone()
    return bool(row and row[0]) and count_rows(conn, "fleet") > 0


def hold(conn: Connection[Any], name: str) -> None:
    """Mark a database as in use by this connection for as long as it lives."""
    conn.execute(_HOLD, {"name": name})


def list_left(conn: Connection[Any], like: str) -> list[str]:
    """Return the databases of such names that nobody holds any more."""
    return [row[0] for row in conn.execute(_LEFT, {"like": like}).fetchall()]


def create_database(conn: Connection[Any], name: str) -> None:
    """Make an empty database."""
    conn.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))


def drop_database(conn: Connection[Any], name: str) -> None:
    """Remove a database, whoever is connected to it."""
    conn.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))


def replace_database(conn: Connection[Any], *, old: str, new: str, aside: str) -> None:
    """Put the database `new` in the place of `old`, which stays under the name `aside`.

    Who is connected is cut off, and finds the new one when it comes back. Both names change in one transaction, so
    whenever this is interrupted, one of the two is there and open. Raises ObjectInUse, with nothing changed, if others
    come back faster than they are cut off.
    """
    one, other, away = (sql.Identifier(name) for name in (old, new, aside))
    for attempt in range(1, _ATTEMPTS + 1):
        conn.execute(_OTHERS, {"name": old})
        try:
            with conn.transaction():
                conn.execute(sql.SQL("ALTER DATABASE {} RENAME TO {}").format(one, away))
                conn.execute(sql.SQL("ALTER DATABASE {} RENAME TO {}").format(other, one))
        except errors.ObjectInUse:
            if attempt == _ATTEMPTS:
                raise
        else:
            return


def _names(columns: Iterable[str]) -> sql.Composed:
    return sql.SQL(", ").join(map(sql.Identifier, columns))
