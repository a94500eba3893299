"""No list or statistic reads samples, and what reads samples reads a truck's time and no more."""

import re
from datetime import UTC, datetime
from importlib.resources import files
from typing import Final

import psycopg
import pytest
from psycopg import sql

from keitora.db.spans import BEGINNING, END
from keitora.energy.queries import CHARGE_PAGE
from keitora.fillups.queries import EVENT_PAGE, PAGE
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
    value = reading._VALUE.format(sql.Identifier("speed_kmh"), sql.SQL(""))
    column = sql.Identifier("s", BY_COLUMN["speed_kmh"].column)
    condense = reading._CONDENSE.format(values=value).as_string(conn)
    rows = reading._READ_ROWS.format(columns=column).as_string(conn)
    for statement in (condense, rows):
        plan = plan_of(conn, statement, full)

        assert "Index" in plan or "Bitmap" in plan, plan
        assert not re.search(r"Seq Scan on (_hyper|sample)", plan), plan
        assert len(set(re.findall(r"_hyper_\d+_\d+_chunk", plan))) <= 2, plan


PAGES: Final = {
    "fill_up_fleet_filled": PAGE,
    "charge_fleet_started": CHARGE_PAGE,
    "tank_event_fleet": sql.SQL(EVENT_PAGE),
}
"""Lists told in pages, by the index that finds a page."""


def test_a_page_late_in_a_list_is_found_by_its_index_behind_row_level_security(
    conn: psycopg.Connection, world: World, other: World
) -> None:
    for fleet in (world, other):
        add_years(conn, fleet)
    for index, statement in PAGES.items():
        for mode in ("force_custom_plan", "force_generic_plan"):
            plan = page_plan(conn, statement, world, mode)

            assert f"Index Scan using {index} " in plan, (mode, plan)
            read = [int(rows) for rows in re.findall(rf"{index} .*\(actual rows=(\d+)", plan)]
            left = [int(rows) for rows in re.findall(r"Rows Removed by Filter: (\d+)", plan)]
            assert max(read) + max(left, default=0) < 200, (mode, plan)


def page_plan(conn: psycopg.Connection, statement: sql.Composable, world: World, mode: str) -> str:
    """Return how a page in the fifth of six years is read, by a plan for these values or for whichever."""
    late = datetime(2024, 9, 1, tzinfo=UTC)
    values = {
        "fleet_id": world.fleet.fleet_id,
        "vehicle_ids": None,
        "entered_by": None,
        "limit": 101,
        "from_at": BEGINNING,
        "to_at": END,
        "after_at": late,
        "after_id": 1,
        "after_vehicle_id": 1,
    }
    text = statement.as_string(conn)
    names = list(dict.fromkeys(re.findall(r"%\((\w+)\)s", text)))
    numbered = re.sub(r"%\((\w+)\)s", lambda found: f"${names.index(found[1]) + 1}", text)
    with conn.transaction(force_rollback=True):
        conn.execute("SET LOCAL ROLE keitora_api")
        conn.execute("SELECT set_config('keitora.fleet_id', %s, true)", [str(world.fleet.fleet_id)])
        conn.execute(f"SET LOCAL plan_cache_mode = {mode}".encode())
        conn.execute(f"PREPARE page AS {numbered}".encode())
        given = sql.SQL(", ").join(sql.Literal(values[name]) for name in names)
        explain = sql.SQL("EXPLAIN (ANALYZE, COSTS OFF, TIMING OFF, SUMMARY OFF) EXECUTE page ({})").format(given)
        plan = "\n".join(row[0] for row in conn.execute(explain))
        conn.execute("DEALLOCATE page")
    return plan


def add_years(conn: psycopg.Connection, world: World) -> None:
    """A fill-up, a charge and a refuel a day of each truck, for some years."""
    times = "SELECT timestamptz '2020-01-01Z' + make_interval(days => n) AS at FROM generate_series(1, 2000) AS n"
    for table, columns, row in (
        ("fill_up", "filled_at, volume_l, currency, entered_by", "at, 20, 'JPY', 'test'"),
        ("charge", "started_at, heard_at, rules_version", "at, at + interval '1 hour', 'test'"),
        (
            "tank_event",
            "from_at, to_at, kind, volume_l, plus_minus_l, from_pct, to_pct",
            "at, at + interval '1 hour', 'refuel', 20, 1, 10, 80",
        ),
    ):
        conn.execute(
            f"INSERT INTO {table} (fleet_id, vehicle_id, {columns}) SELECT fleet_id, vehicle_id, {row}"
            f" FROM vehicle, ({times}) AS days WHERE fleet_id = %s".encode(),
            [world.fleet.fleet_id],
        )
        conn.execute(f"ANALYZE {table}".encode())
