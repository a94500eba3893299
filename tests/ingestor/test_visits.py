"""Visits in the database: the same rows whenever the course came, and whenever the place was named."""

from collections.abc import Iterator
from itertools import count
from threading import Event, Thread
from typing import Any

import psycopg
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from psycopg import Connection
from psycopg.types.json import Jsonb

from keitora.books.rows import TracePoint
from keitora.clock import instant
from keitora.fleets.queries import create_fleet
from keitora.places.model import Circle, PlaceDraft, Shape
from keitora.places.queries import list_places, update_place
from keitora.places.shapes import area_m2, centre_of, shape_to_geojson
from keitora.settings import DatabaseSettings
from keitora.vehicles.queries import create_vehicle
from keitora_ingestor import deriver
from keitora_ingestor.visits import extend_visits, place_next
from tests.core.places.courses import circle, course, point, rectangle
from tests.system.stack import wait_until

_NUMBERS = count(1)


class Farm:
    """A fleet with one truck, and the tables that its places fill."""

    def __init__(self, conn: Connection[Any]) -> None:
        self.conn = conn
        self.fleet_id = create_fleet(conn, name=f"farm {next(_NUMBERS)}").fleet_id
        self.vehicle_id = create_vehicle(conn, fleet_id=self.fleet_id, name="Carry").vehicle_id
        conn.execute(
            "INSERT INTO derive_state (vehicle_id, fleet_id) VALUES (%s, %s)", [self.vehicle_id, self.fleet_id]
        )

    def name(self, name: str, shape: Shape, **changes: Any) -> int:
        lat, lon = centre_of(shape)
        values: dict[str, Any] = {
            "fleet_id": self.fleet_id,
            "name": name,
            "kind": "field",
            "lat": lat,
            "lon": lon,
            "radius_m": shape.radius_m if isinstance(shape, Circle) else None,
            "outline": None if isinstance(shape, Circle) else Jsonb(shape_to_geojson(shape)),
            "area_m2": area_m2(shape),
            "on_farm": True,
            **changes,
        }
        row = self.conn.execute(
            f"INSERT INTO place ({', '.join(values)}) VALUES ({', '.join(f'%({key})s' for key in values)})"
            " RETURNING place_id",
            values,
        ).fetchone()
        assert row is not None
        return int(row[0])

    def drive(self, points: list[TracePoint], changed_ms: int | None = None, same_ms: int | None = None) -> int:
        """Store a part of the trace as the derive worker does, and return how many points its visits were made of.

        It takes the place of all from `changed_ms` on, to the end or to `same_ms`, from which on nothing changes.
        """
        changed_ms = points[0].at_ms if changed_ms is None else changed_ms
        same_at = None if same_ms is None else instant(same_ms)
        with self.conn.transaction():
            self.conn.execute(
                "DELETE FROM trace WHERE vehicle_id = %s AND at >= %s AND at < %s",
                [self.vehicle_id, instant(changed_ms), same_at or "infinity"],
            )
            for one in points:
                values = one._asdict() | {"vehicle_id": self.vehicle_id, "fleet_id": self.fleet_id}
                values["at"] = instant(values.pop("at_ms"))
                self.conn.execute(
                    f"INSERT INTO trace ({', '.join(values)}) VALUES ({', '.join(f'%({key})s' for key in values)})",
                    values,
                )
            self.conn.execute("SET LOCAL ROLE keitora_ingestor")  # the worker's own rights
            return extend_visits(
                self.conn,
                vehicle_id=self.vehicle_id,
                fleet_id=self.fleet_id,
                changed_from=instant(changed_ms),
                changed_to=same_at,
            )

    def place_all(self) -> None:
        self.conn.execute("SET ROLE keitora_ingestor")
        while place_next(self.conn):
            pass
        self.conn.execute("RESET ROLE")

    def rows(self) -> dict[str, list[tuple[Any, ...]]]:
        named = {row[0]: row[1] for row in self.conn.execute("SELECT place_id, name FROM place")}
        visits = self.conn.execute(
            """SELECT place_id, entered_at, left_at, is_visit, inside_s, away_s, moving_s, engine_on_s, distance_m,
                      fuel_l, gap_s, away_ms FROM visit WHERE vehicle_id = %s""",
            [self.vehicle_id],
        ).fetchall()
        return {
            "visits": sorted(((named[row[0]], *row[1:]) for row in visits), key=lambda row: row[:2]),
            "cells": self.conn.execute(
                "SELECT cell, from_at, to_at FROM trace_cell WHERE vehicle_id = %s ORDER BY 1, 2", [self.vehicle_id]
            ).fetchall(),
            "farm": self.conn.execute(
                """SELECT local_date, inside_s, distance_m, engine_on_s, fuel_l FROM farm_day
                   WHERE vehicle_id = %s ORDER BY 1""",
                [self.vehicle_id],
            ).fetchall(),
        }


@pytest.fixture(scope="module")
def conn(module_database_url: str) -> Iterator[Connection[Any]]:
    with psycopg.connect(module_database_url, autocommit=True) as conn:
        conn.execute("SET TimeZone TO 'UTC'")
        yield conn


@pytest.fixture
def farm(conn: Connection[Any]) -> Farm:
    return Farm(conn)


DAY_OUT = [(0, -900, 0), (90, 0, 0), (4000, 0, 0), (4100, 900, 0), (9000, 900, 0), (9100, 0, 0), (9200, -900, 0)]


def test_a_place_named_later_finds_its_visits(farm: Farm) -> None:
    farm.drive(course(DAY_OUT))
    assert farm.rows()["visits"] == []

    farm.name("Orchard", circle(100))
    farm.place_all()

    first, second = farm.rows()["visits"]
    assert (first[0], first[3], round(first[4])) == ("Orchard", True, 3934)
    assert (second[3], round(second[4])) == (False, 26)  # 230 m at 9 m/s
    [(_, inside_s, distance_m, *_)] = farm.rows()["farm"]
    assert inside_s == pytest.approx(first[4], abs=0.001)
    assert distance_m == pytest.approx(first[8], abs=0.001)


def test_a_place_that_is_taken_away_takes_its_visits_along(farm: Farm) -> None:
    farm.name("Orchard", circle(100))
    farm.place_all()
    farm.drive(course(DAY_OUT))
    assert farm.rows()["farm"] != []

    farm.conn.execute("UPDATE place SET archived_at = now() WHERE fleet_id = %s", [farm.fleet_id])
    farm.place_all()

    assert (farm.rows()["visits"], farm.rows()["farm"]) == ([], [])


def test_a_place_that_is_no_longer_the_farms_leaves_the_visits_and_takes_the_farm_days(farm: Farm) -> None:
    farm.name("Orchard", circle(100))
    farm.place_all()
    farm.drive(course(DAY_OUT))

    farm.conn.execute("UPDATE place SET on_farm = false WHERE fleet_id = %s", [farm.fleet_id])
    farm.place_all()

    assert len(farm.rows()["visits"]) == 2
    assert farm.rows()["farm"] == []


def test_a_new_name_alone_asks_for_nothing(farm: Farm) -> None:
    farm.name("Orchard", circle(100))
    farm.place_all()

    farm.conn.execute("UPDATE place SET name = 'Old orchard', kind = 'other' WHERE fleet_id = %s", [farm.fleet_id])

    assert not place_next(farm.conn)


def test_a_place_that_is_written_again_as_it_was_asks_for_nothing(farm: Farm) -> None:
    farm.name("Orchard", circle(100))
    farm.place_all()
    [place] = list_places(farm.conn, fleet_id=farm.fleet_id)
    draft = PlaceDraft(name=place.name, shape=place.shape, on_farm=place.on_farm)

    update_place(farm.conn, fleet_id=farm.fleet_id, place_id=place.place_id, draft=draft, by="test")
    farm.place_all()
    update_place(farm.conn, fleet_id=farm.fleet_id, place_id=place.place_id, draft=draft, by="test")

    assert not place_next(farm.conn)


def test_a_barn_on_the_farm_counts_once_and_midnight_divides(farm: Farm) -> None:
    farm.name("Farm", circle(100))
    farm.name("Barn", rectangle(-20, -20, 20, 20))
    farm.place_all()
    late = 12 * 3600  # START_MS is 22:13:20 UTC... an hour of the morning in Tokyo; half a day later, evening
    farm.drive(course([(late, 0, 0), (late + 36_000, 0, 0), (late + 36_100, 5000, 0)]))

    days = farm.rows()["farm"]

    whole = next(row for row in farm.rows()["visits"] if row[0] == "Farm")
    assert len(days) == 2
    assert sum(row[1] for row in days) == pytest.approx(whole[4], abs=0.002)


def test_a_change_of_long_ago_reads_no_more_of_the_course_than_it_touches(farm: Farm) -> None:
    """A year of days out; on the second of them, ten minutes were not known until now."""
    day = len(DAY_OUT)
    points = course([(at_s + 86_400 * number, x, y) for number in range(365) for at_s, x, y in DAY_OUT])
    farm.name("Orchard", circle(100))
    farm.place_all()
    farm.drive(points)
    before = farm.rows()

    changed = [one._replace(lat=36.0) for one in points[day : day + 2]]
    back_ms, same_ms = points[day].at_ms, points[day + 2].at_ms
    read_count = farm.drive(changed, changed_ms=back_ms, same_ms=same_ms)

    assert farm.rows() != before
    assert read_count < len(points) / 4
    farm.drive(points[day : day + 2], changed_ms=back_ms, same_ms=same_ms)
    assert farm.rows() == before


def test_two_workers_share_the_trucks(farm: Farm, module_database_url: str) -> None:
    other = create_vehicle(farm.conn, fleet_id=farm.fleet_id, name="Hijet").vehicle_id
    farm.conn.execute("INSERT INTO derive_state (vehicle_id, fleet_id) VALUES (%s, %s)", [other, farm.fleet_id])
    farm.drive(course(DAY_OUT))
    farm.name("Orchard", circle(100))

    with psycopg.connect(module_database_url, autocommit=True) as second, farm.conn.transaction():
        farm.conn.execute("SELECT FROM derive_state WHERE vehicle_id = %s FOR UPDATE", [farm.vehicle_id])
        assert place_next(second)
        assert not place_next(second)
    assert farm.rows()["visits"] == []

    farm.place_all()
    assert len(farm.rows()["visits"]) == 2


def test_a_worker_that_dies_leaves_the_work_to_be_done(farm: Farm) -> None:
    farm.drive(course(DAY_OUT))
    farm.name("Orchard", circle(100))
    with farm.conn.transaction(force_rollback=True):
        assert place_next(farm.conn)
    assert farm.rows()["visits"] == []

    farm.place_all()

    assert len(farm.rows()["visits"]) == 2


def test_a_place_that_cannot_be_read_does_not_hold_up_the_other_trucks(
    conn: Connection[Any], module_database_url: str
) -> None:
    sick, sound = Farm(conn), Farm(conn)
    for one in (sick, sound):
        one.drive(course(DAY_OUT))
        one.name("Barn", rectangle(-100, -100, 100, 100))
    conn.execute("UPDATE place SET outline = '{}' WHERE fleet_id = %s", [sick.fleet_id])

    stop = Event()
    worker = Thread(target=deriver.run, args=(DatabaseSettings(database_url=module_database_url), stop))
    worker.start()
    try:
        wait_until(lambda: sound.rows()["visits"], "the sound truck has its visits")
    finally:
        stop.set()
        worker.join()

    still_waits = "DELETE FROM place_touch WHERE vehicle_id = %s RETURNING place_id"
    assert len(conn.execute(still_waits, [sick.vehicle_id]).fetchall()) > 0


SHAPES: list[tuple[str, Shape, dict[str, Any]]] = [
    ("Orchard", circle(100), {"dwell_s": 60, "away_s": 90}),
    ("Barn", rectangle(-150, -60, 90, 120), {"exit_margin_m": 0, "dwell_s": 60, "away_s": 0}),
    ("Valley", circle(2500), {"away_s": 600}),
]

steps = st.lists(
    st.tuples(st.sampled_from([20, 61, 400, 30_000]), st.integers(-30, 30), st.integers(-30, 30), st.booleans()),
    min_size=3,
    max_size=14,
)


def wandering(moves: list[tuple[int, int, int, bool]]) -> list[TracePoint]:
    """Points some hundred metres apart, sometimes kilometres; some legs are silences."""
    stops: list[tuple[float, float, float]] = []
    at_s = 0
    for lasted_s, x, y, _ in moves:
        at_s += lasted_s
        scale = 200 if lasted_s == 30_000 else 10
        stops.append((at_s, x * scale, y * scale))
    points = course(stops)
    for number, (lasted_s, x, y, silent) in enumerate(moves):
        if silent and number:
            at_s = (points[number].at_ms - points[0].at_ms) // 1000 + moves[0][0]
            scale = 200 if lasted_s == 30_000 else 10
            points[number] = point(at_s, x * scale, y * scale, lasted_s, gap_s=lasted_s, distance_m=100 * (x % 10))
    return points


events = st.lists(
    st.tuples(st.sampled_from(["on", "late", "between", "name", "place"]), st.floats(0, 1)), min_size=1, max_size=10
)


@settings(max_examples=60)
@given(moves=steps, events=events)
def test_same_rows_whatever_came_late_and_whenever_a_place_was_named(
    conn: Connection[Any], moves: list[tuple[int, int, int, bool]], events: list[tuple[str, float]]
) -> None:
    points = wandering(moves)
    plain = Farm(conn)
    for name, shape, changes in SHAPES:
        plain.name(name, shape, **changes)
    plain.place_all()
    plain.drive(points)

    busy = Farm(conn)
    done = 0
    to_name = list(SHAPES)
    for what, how_far in [*events, ("name", 0.0), ("name", 0.0), ("name", 0.0), ("on", 1.0)]:
        if what == "on" and done < len(points):
            more = 1 + int(how_far * (len(points) - done - 1))
            busy.drive(points[done : done + more])
            done += more
        elif what == "late" and done > 1:
            # The course from some point on was wrong until now.
            back = int(how_far * (done - 1))
            wrong = points[back]._replace(lat=36.6504)
            busy.drive([wrong], changed_ms=points[back].at_ms)
            busy.drive(points[back:done], changed_ms=points[back].at_ms)
        elif what == "between" and done > 2:
            # So was a part of it, up to a point.
            back = int(how_far * (done - 2))
            same = back + 1 + int(how_far * 1000) % (done - back - 1)
            elsewhere = [one._replace(lat=36.6504) for one in points[back:same]]
            busy.drive(elsewhere, changed_ms=points[back].at_ms, same_ms=points[same].at_ms)
            busy.drive(points[back:same], changed_ms=points[back].at_ms, same_ms=points[same].at_ms)
        elif what == "name" and to_name:
            name, shape, changes = to_name.pop()
            busy.name(name, shape, **changes)
        elif what == "place":
            busy.place_all()
    busy.place_all()

    assert busy.rows() == plain.rows()
