"""Looking at derived rows as a whole."""

from typing import Any

from psycopg import Connection

from keitora.stats.parts import make_next_parts
from keitora_ingestor.deriver import derive_next
from keitora_ingestor.visits import place_next

TABLES = (
    *("trip", "trip_day", "stop", "idling", "vehicle_day", "trace", "trace_day", "episode"),
    *("charge", "tank_level"),
    *("visit", "farm_day", "trace_cell"),
    "stat_part",
    "stat_month",
)


def derive_all(conn: Connection[Any]) -> None:
    """Derive until nothing waits."""
    conn.execute("SET ROLE keitora_ingestor")  # the worker's own rights
    try:
        while derive_next(conn) or place_next(conn) or make_next_parts(conn):
            pass
    finally:
        conn.execute("RESET ROLE")


def derived_rows(conn: Connection[Any]) -> dict[str, list[Any]]:
    """Return every derived row, every column, in a fixed order; what statistics add up is brought up to date first."""
    while make_next_parts(conn):
        pass
    return {table: conn.execute(f"SELECT * FROM {table} AS every ORDER BY every::text").fetchall() for table in TABLES}


def forget_samples(conn: Connection[Any]) -> None:
    """Empty everything that came from loggers."""
    conn.execute(
        "TRUNCATE sample, boot_clock, dead_letter, device_seen, vehicle_latest, derive_touch, derive_state,"
        " derive_checkpoint, trip, trip_day, stop, idling, vehicle_day, trace, trace_day, episode, visit, visit_cursor,"
        " farm_day, trace_cell, place_touch, charge, tank_level, stat_part, stat_month, stat_stale"
    )
