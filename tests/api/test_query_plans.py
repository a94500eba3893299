"""No list or statistic reads samples, and what reads samples reads a truck's time and no more."""

import re
from importlib.resources import files

import psycopg
import pytest

from keitora.samples import reading
from keitora.signals.registry import BY_COLUMN
from tests.api.builders import World

DERIVED = ("stats", "days", "stops", "upkeep", "quality", "search", "visits", "fuel", "drivers", "odometer")
"""Features that answer from derived rows alone."""


def test_statistics_and_lists_are_answered_from_derived_rows() -> None:
    for feature in DERIVED:
        folder = files("keitora").joinpath(feature, "sql")
        for path in folder.iterdir() if folder.is_dir() else ():
            text = re.sub(r"--[^\n]*", "", path.read_text("utf-8"))
            assert not re.search(r"\b(FROM|JOIN)\s+sample\b", text), f"{feature}/{path.name}"


@pytest.fixture
def full(conn: psycopg.Connection, world: World) -> World:
    """Ten weeks of a sample a minute of one truck, over ten chunks."""
    conn.execute(
        "INSERT INTO sample (sampled_at, vehicle_id, device_id, row_key, delay_s, clock_quality, speed_kmh)"
        " SELECT timestamptz '2026-03-01Z' + make_interval(mins => n), %s, 1, n, 1, 3, 10"
        " FROM generate_series(1, 100000) AS n",
        [world.trucks[0].vehicle_id],
    )
    conn.execute("ANALYZE sample")
    return world


def plan_of(conn: psycopg.Connection, statement: str, world: World) -> str:
    values = {
        "fleet_id": world.fleet.fleet_id,
        "vehicle_id": world.trucks[0].vehicle_id,
        "from_at": "2026-03-10Z",
        "to_at": "2026-03-11Z",
        "width": "60 s",
        "after_device_id": None,
        "after_row_key": None,
        "limit": 2000,
    }
    rows = conn.execute(f"EXPLAIN {statement}".encode(), values).fetchall()
    return "\n".join(row[0] for row in rows)


def test_signals_are_read_by_truck_and_time_from_the_chunks_they_lie_in(conn: psycopg.Connection, full: World) -> None:
    from psycopg import sql  # noqa: PLC0415 -- only here

    value = reading._VALUE.format(sql.Identifier("speed_kmh"), sql.SQL(""))
    column = sql.Identifier("s", BY_COLUMN["speed_kmh"].column)
    condense = reading._CONDENSE.format(values=value).as_string(conn)
    rows = reading._READ_ROWS.format(columns=column).as_string(conn)
    for statement in (condense, rows):
        plan = plan_of(conn, statement, full)

        assert "Index" in plan or "Bitmap" in plan, plan
        assert not re.search(r"Seq Scan on (_hyper|sample)", plan), plan
        assert len(set(re.findall(r"_hyper_\d+_\d+_chunk", plan))) <= 2, plan
