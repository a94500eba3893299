"""SQL of dropping samples that are older than a fleet keeps them.

What was derived from them stays: trips, days, fuel, the trace. So a truck's books are closed first, at a state from
which every later fold begins; only then its samples go. That is why no retention policy of the database does it: it
knows nothing of books. Works on both editions.
"""

from datetime import datetime
from typing import Any, Final

from psycopg import Connection
from psycopg.rows import class_row

from keitora.db.edition import lift_decompression_bound
from keitora.db.sql import load
from keitora.storage.model import Dropped, Kept

_TRY_LOCK: Final = "SELECT pg_try_advisory_xact_lock(%(key)s)"
LOCK: Final = 0x6B657074
"""Any fixed number: one process at a time looks for old samples."""
_WANTED: Final = "SELECT %(keep_days)s::integer > 0 OR EXISTS (SELECT FROM fleet WHERE keep_samples_days > 0)"
# Batches under way end first, and none begins until the books are closed: what they touched is seen.
_HOLD_BATCHES: Final = "UPDATE device_registry SET version = version"
# A statement of its own: what a worker has just committed is seen by the next one, and where samples are compressed the
# database refuses to lock rows beside them.
_HOLD_STATES: Final = """
SELECT d.vehicle_id FROM derive_state AS d JOIN fleet AS f USING (fleet_id)
WHERE coalesce(f.keep_samples_days, %(keep_days)s::integer) > 0
ORDER BY d.vehicle_id FOR UPDATE OF d SKIP LOCKED
"""
_CLOSE_BOOKS: Final = load("keitora.storage", "close_books")
# A chunk goes whole once the books of every truck in it are closed behind it.
_FIND_BOUND: Final = """
SELECT count(*) FILTER (WHERE NOT c.is_needed), max(c.range_end) FILTER (WHERE NOT c.is_needed)
FROM (
    SELECT range_start, range_end, bool_or(is_needed) OVER (ORDER BY range_start) AS is_needed
    FROM timescaledb_information.chunks AS k
    CROSS JOIN LATERAL (
        SELECT EXISTS (
            SELECT FROM vehicle AS v LEFT JOIN closed_books AS b USING (vehicle_id)
            WHERE (b.vehicle_id IS NULL OR b.dropped_before < k.range_end)
              AND EXISTS (SELECT FROM sample AS s WHERE s.vehicle_id = v.vehicle_id
                          AND s.sampled_at >= k.range_start AND s.sampled_at < k.range_end)
        )
    ) AS look (is_needed)
    WHERE hypertable_name = 'sample' AND range_end <= (SELECT max(dropped_before) FROM closed_books)
) AS c
"""
_DROP: Final = "SELECT drop_samples_before(%(before)s)"
_LIST_REST: Final = """
SELECT b.vehicle_id, b.dropped_before FROM closed_books AS b
WHERE EXISTS (SELECT FROM sample AS s WHERE s.vehicle_id = b.vehicle_id AND s.sampled_at < b.dropped_before)
ORDER BY b.vehicle_id
"""
_DELETE_REST: Final = "DELETE FROM sample WHERE vehicle_id = %(vehicle_id)s AND sampled_at < %(before)s"
_FIND_CLOSED: Final = "SELECT closed_at FROM closed_books WHERE vehicle_id = %(vehicle_id)s"
_LIST_KEPT: Final = """
SELECT f.name AS fleet_name, nullif(coalesce(f.keep_samples_days, %(keep_days)s::integer, 0), 0) AS keep_samples_days,
       f.keep_samples_days IS NOT NULL AS is_own_setting,
       (SELECT max(b.closed_at) FROM closed_books AS b WHERE b.fleet_id = f.fleet_id) AS closed_until
FROM fleet AS f ORDER BY f.name
"""
_SET_KEPT: Final = "UPDATE fleet SET keep_samples_days = %(days)s WHERE fleet_id = %(fleet_id)s"


def drop_old(conn: Connection[Any], *, keep_days: int | None, now: datetime) -> Dropped:
    """Close books and drop samples older than each fleet keeps them, and return what was done.

    `keep_days` holds for fleets that set nothing of their own; None or 0 is for ever. A sample is kept at least so long
    and about a week more, as samples go by whole weeks. Works on an autocommit connection, in several transactions;
    killed in between, the next look goes on. Does nothing where another process is at it.
    """
    row = conn.execute(_WANTED, {"keep_days": keep_days or 0}).fetchone()
    if row is None or not row[0]:
        return Dropped()
    with conn.transaction():
        if not _is_alone(conn):
            return Dropped()
        conn.execute(_HOLD_BATCHES)
        held = [row[0] for row in conn.execute(_HOLD_STATES, {"keep_days": keep_days})]
        closed = conn.execute(_CLOSE_BOOKS, {"keep_days": keep_days, "now": now, "held": held}).fetchone()
    closed_count: int = closed[0] if closed else 0
    with conn.transaction():
        if not _is_alone(conn):
            return Dropped(closed_count)
        chunk_count = _drop_chunks(conn)
    with conn.transaction():
        row_count = _delete_rest(conn) if _is_alone(conn) else 0
    return Dropped(closed_count, chunk_count, row_count)


def _is_alone(conn: Connection[Any]) -> bool:
    row = conn.execute(_TRY_LOCK, {"key": LOCK}).fetchone()
    return row is not None and bool(row[0])


def _drop_chunks(conn: Connection[Any]) -> int:
    if not _find_bound(conn)[0]:
        return 0
    # Looked for again while no batch is under way: a fleet that keeps its samples may be storing late ones there.
    conn.execute(_HOLD_BATCHES)
    count, before = _find_bound(conn)
    if count:
        # Ingestors wait for this. Where a backup reads these weeks, the next look drops them.
        conn.execute("SET LOCAL lock_timeout = '3s'")
        conn.execute(_DROP, {"before": before})
    return count


def _find_bound(conn: Connection[Any]) -> tuple[int, datetime | None]:
    """Return how many chunks nobody needs any more, and the end of the last of them."""
    row = conn.execute(_FIND_BOUND).fetchone()
    return (0, None) if row is None else (int(row[0]), row[1])


def _delete_rest(conn: Connection[Any]) -> int:
    """Delete what lies in chunks that other fleets' samples keep."""
    lift_decompression_bound(conn)
    rest = conn.execute(_LIST_REST).fetchall()
    return sum(
        conn.execute(_DELETE_REST, {"vehicle_id": vehicle_id, "before": before}).rowcount for vehicle_id, before in rest
    )


def find_closed(conn: Connection[Any], vehicle_id: int) -> datetime | None:
    """Return until when, that moment included, a truck's books are closed; None if they are open from the first."""
    row = conn.execute(_FIND_CLOSED, {"vehicle_id": vehicle_id}).fetchone()
    return None if row is None else row[0]


def list_kept(conn: Connection[Any], *, keep_days: int | None) -> list[Kept]:
    """Return how long each fleet's samples are kept; `keep_days` holds for those that set nothing of their own."""
    with conn.cursor(row_factory=class_row(Kept)) as cursor:
        return cursor.execute(_LIST_KEPT, {"keep_days": keep_days}).fetchall()


def set_kept(conn: Connection[Any], *, fleet_id: int, days: int | None) -> None:
    """Set how long a fleet's samples are kept; 0: for ever, None: as the installation says."""
    conn.execute(_SET_KEPT, {"fleet_id": fleet_id, "days": days})
