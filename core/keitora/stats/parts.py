"""Making anew what statistics add up, once something of it changed. Synchronous: a worker does it in the background.

Nobody waits for it: until a day's parts are made anew, `sum_parts` works them out when it is asked.
"""

from typing import Any, Final, LiteralString

from psycopg import Connection

_TAKE: Final = """
DELETE FROM stat_stale WHERE stat_stale_id IN (
    SELECT stat_stale_id FROM stat_stale
    WHERE vehicle_id = (SELECT vehicle_id FROM stat_stale ORDER BY stat_stale_id LIMIT 1 FOR UPDATE SKIP LOCKED)
    FOR UPDATE SKIP LOCKED
)
RETURNING vehicle_id, from_date::text, to_date::text  -- as text: a date without end is none in Python
"""
_ALONE: Final = "SELECT pg_advisory_xact_lock(hashtext('stat_part'), %(vehicle_id)s)"
_DATES: Final = """
WITH mark AS (
    SELECT * FROM unnest(%(from_dates)s::date[], %(to_dates)s::date[]) AS m (from_date, to_date)
),
reach AS MATERIALIZED (SELECT min(from_date) AS from_date, max(to_date) AS to_date FROM mark)
SELECT d.local_date
FROM (
    SELECT d.local_date FROM reach, vehicle_day AS d
    WHERE d.vehicle_id = %(vehicle_id)s AND d.local_date >= reach.from_date AND d.local_date < reach.to_date
    UNION
    SELECT d.local_date FROM reach, trip_day AS d
    WHERE d.vehicle_id = %(vehicle_id)s AND d.local_date >= reach.from_date AND d.local_date < reach.to_date
    UNION
    SELECT p.local_date FROM reach, stat_part AS p
    WHERE p.vehicle_id = %(vehicle_id)s AND p.local_date >= reach.from_date AND p.local_date < reach.to_date
    UNION
    SELECT fleet_date(v.fleet_id, v.entered_at) FROM reach, visit AS v
    WHERE v.vehicle_id = %(vehicle_id)s AND v.is_visit
      AND v.entered_at >= (reach.from_date - 1)::timestamptz AND v.entered_at < (reach.to_date + 1)::timestamptz
) AS d
WHERE EXISTS (SELECT FROM mark AS m WHERE d.local_date >= m.from_date AND d.local_date < m.to_date)
"""
_MAKE: Final[tuple[LiteralString, ...]] = (
    "DELETE FROM stat_part WHERE vehicle_id = %(vehicle_id)s AND local_date = ANY (%(dates)s)",
    """
    INSERT INTO stat_part SELECT part.*
    FROM unnest(%(dates)s::date[]) AS d (at) CROSS JOIN LATERAL live_day_part(%(vehicle_id)s, d.at) AS part
    """,
    """
    INSERT INTO stat_part SELECT part.*
    FROM unnest(%(dates)s::date[]) AS d (at) CROSS JOIN LATERAL live_trip_parts(%(vehicle_id)s, d.at, '{}') AS part
    """,
    """
    INSERT INTO stat_part SELECT part.*
    FROM unnest(%(dates)s::date[]) AS d (at) CROSS JOIN LATERAL live_visit_parts(%(vehicle_id)s, d.at) AS part
    """,
    "DELETE FROM stat_month WHERE vehicle_id = %(vehicle_id)s AND month = ANY (%(months)s)",
    """
    INSERT INTO stat_month SELECT part.*
    FROM unnest(%(months)s::date[]) AS m (at) CROSS JOIN LATERAL month_parts(%(vehicle_id)s, m.at) AS part
    """,
)


def make_next_parts(conn: Connection[Any]) -> int | None:
    """Make the parts of one truck's changed days, and of their months, anew; return which truck's. None: none waits.

    In one transaction: days and months always say the same.

    Marks are taken first: whatever a mark stands for was committed with it, so the statements after it see it. What
    commits later leaves a mark of its own.
    """
    with conn.transaction():
        marks = conn.execute(_TAKE).fetchall()
        if not marks:
            return None
        vehicle_id: int = marks[0][0]
        values: dict[str, Any] = {
            "vehicle_id": vehicle_id,
            "from_dates": [mark[1] for mark in marks],
            "to_dates": [mark[2] for mark in marks],
        }
        conn.execute(_ALONE, values)
        values["dates"] = [row[0] for row in conn.execute(_DATES, values)]
        values["months"] = sorted({day.replace(day=1) for day in values["dates"]})
        for make in _MAKE:
            conn.execute(make, values)
        return vehicle_id
