"""What statistics add up is made beforehand: it is right wherever no mark says otherwise, whatever changed."""

from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

import psycopg
import pytest

from keitora.calibration.queries import learn_next, mark_due
from keitora.db.ranges import replace_ranges
from keitora.fuel.economy import KNOWN_ENOUGH
from keitora.stats.parts import make_next_parts
from keitora.vehicles.model import Vehicle
from tests.api.builders import (
    World,
    add_day,
    add_entry,
    add_episode,
    add_fill_up,
    add_place,
    add_trip,
    add_trip_day,
    add_visit,
    add_world,
    insert,
)

FIRST = date(2026, 11, 2)
HOUR = timedelta(hours=1)
_LIVE = (
    "live_day_part(%(vehicle_id)s, d.at::date)",
    "live_trip_parts(%(vehicle_id)s, d.at::date, '{}')",
    "live_visit_parts(%(vehicle_id)s, d.at::date)",
)


@pytest.fixture
def conn(database_url: str) -> Iterator[psycopg.Connection]:
    with psycopg.connect(database_url, autocommit=True) as conn:
        yield conn


def at(day: int, hour: float = 0) -> datetime:
    """An hour of a day in Tokyo that begins at its midnight."""
    return datetime(FIRST.year, FIRST.month, FIRST.day, tzinfo=UTC) + timedelta(days=day) - 9 * HOUR + hour * HOUR


@pytest.fixture
def world(conn: psycopg.Connection) -> World:
    """Six days of two trucks: a trip and a visit each day, one trip over midnight, something harsh now and then."""
    world = add_world(conn, "Farm")
    place_id = add_place(conn, world)
    for truck in world.trucks:
        for day in range(6):
            started_at = add_trip(conn, truck, at(day, 8))
            add_trip_day(conn, truck, started_at, FIRST + timedelta(days=day), speed_density_l=0.65)
            add_day(conn, truck, FIRST + timedelta(days=day), speed_density_l=0.7, fuel_l=0.7)
            add_visit(conn, truck, place_id, at(day, 9), left_at=at(day, 10))
            add_episode(conn, truck, at(day, 8.1))
            add_episode(conn, truck, at(day, 9.5), kind="over_rev")
        over = add_trip(conn, truck, at(2, 23.9), ended_at=at(3, 0.2))
        for day in (2, 3):
            add_trip_day(conn, truck, over, FIRST + timedelta(days=day), distance_m=3000.0)
    make_all(conn)
    return world


def make_all(conn: psycopg.Connection) -> None:
    """As the worker does, with its lesser rights."""
    conn.execute("SET ROLE keitora_ingestor")
    while make_next_parts(conn) is not None:
        pass
    conn.execute("RESET ROLE")


def wrong_parts(conn: psycopg.Connection, truck: Vehicle) -> list[Any]:
    """Return a truck's parts that are not what they should be, on days that no mark is on."""
    live = " UNION ALL ".join(
        f"SELECT part.* FROM generate_series(date '2026-10-25', '2026-11-20', '1 day') AS d (at), LATERAL {one} AS part"
        for one in _LIVE
    )
    stored = "SELECT * FROM stat_part WHERE vehicle_id = %(vehicle_id)s"
    return conn.execute(
        f"""
        SELECT * FROM ((({live}) EXCEPT ALL {stored}) UNION ALL ({stored} EXCEPT ALL ({live}))) AS p
        WHERE NOT EXISTS (
            SELECT FROM stat_stale AS m
            WHERE m.vehicle_id = p.vehicle_id AND p.local_date >= m.from_date AND p.local_date < m.to_date
        )
        """.encode(),
        {"vehicle_id": truck.vehicle_id},
    ).fetchall()


def wrong_months(conn: psycopg.Connection, truck: Vehicle) -> list[Any]:
    """Return a truck's months that are not what their days say, if no mark is on any of those."""
    made = """
        SELECT part.* FROM (VALUES (date '2026-10-01'), ('2026-11-01'), ('2026-12-01')) AS m (at),
            LATERAL month_parts(%(vehicle_id)s, m.at) AS part
    """
    stored = "SELECT * FROM stat_month WHERE vehicle_id = %(vehicle_id)s"
    return conn.execute(
        f"""
        SELECT * FROM ((({made}) EXCEPT ALL {stored}) UNION ALL ({stored} EXCEPT ALL ({made}))) AS p
        WHERE NOT EXISTS (
            SELECT FROM stat_stale AS m
            WHERE m.vehicle_id = p.vehicle_id AND m.from_date < p.month + interval '1 month' AND m.to_date > p.month
        )
        """.encode(),
        {"vehicle_id": truck.vehicle_id},
    ).fetchall()


def marked_count(conn: psycopg.Connection) -> int:
    [(count,)] = conn.execute("SELECT count(*) FROM stat_stale").fetchall()
    return int(count)


def one_driver(conn: psycopg.Connection, world: World) -> int:
    [(driver_id,)] = conn.execute("SELECT driver_id FROM driver WHERE fleet_id = %s", [world.fleet.fleet_id])
    return int(driver_id)


Change = Callable[[psycopg.Connection, World], object]


def rate(world: World, truck: Vehicle, **changes: Any) -> dict[str, Any]:
    row: dict[str, Any] = {
        "vehicle_id": truck.vehicle_id, "fleet_id": world.fleet.fleet_id, "valid_from": date(2026, 11, 4),
        "valid_to": "infinity", "currency": "JPY", "price_per_l": 170.0, "price_per_kwh": None,
        "co2_kg_per_l": 2.32, "co2_kg_per_kwh": None, "source": "prices",
    }  # fmt: skip
    return row | changes


def factor(world: World, truck: Vehicle, **changes: Any) -> dict[str, Any]:
    row: dict[str, Any] = {
        "vehicle_id": truck.vehicle_id, "fleet_id": world.fleet.fleet_id, "method": "speed_density",
        "valid_from": at(1, 12), "valid_to": at(4, 12), "factor": 1.1, "uncertainty_ratio": 0.05, "tank_count": 4,
    }  # fmt: skip
    return row | changes


def run(statement: str) -> Change:
    return lambda conn, world: conn.execute(statement.encode(), {"v": world.trucks[0].vehicle_id})


def made(conn: psycopg.Connection, _world: World) -> None:
    make_all(conn)


def then(*steps: Change) -> Change:
    def every(conn: psycopg.Connection, world: World) -> None:
        for step in steps:
            step(conn, world)

    return every


def learnt(**changes: Any) -> Change:
    """Store a factor as learning does, in place of what was known."""

    def step(conn: psycopg.Connection, world: World) -> None:
        truck = world.trucks[0]
        rows = [factor(world, truck, **changes)]
        replace_ranges(conn, "fuel_factor", vehicle_id=truck.vehicle_id, key=["method", "valid_from"], rows=rows)

    return step


def priced(**changes: Any) -> Change:
    return lambda conn, world: insert(conn, "running_rate", **rate(world, world.trucks[0], **changes))


CHANGES: dict[str, Change] = {
    "a day grows": run("UPDATE vehicle_day SET distance_m = distance_m + 1 WHERE vehicle_id = %(v)s"),
    "a day goes": run("DELETE FROM vehicle_day WHERE vehicle_id = %(v)s AND local_date = '2026-11-04'"),
    "a day comes": lambda conn, world: add_day(conn, world.trucks[0], FIRST + timedelta(days=8)),
    "a day moves": run(
        "UPDATE vehicle_day SET local_date = '2026-11-12' WHERE vehicle_id = %(v)s AND local_date = '2026-11-04'"
    ),
    "a trip's day grows": run("UPDATE trip_day SET distance_m = 1 WHERE vehicle_id = %(v)s"),
    "a trip goes": run(
        "WITH gone AS (DELETE FROM trip_day WHERE vehicle_id = %(v)s AND started_at = '2026-11-04T14:54:00Z')"
        " DELETE FROM trip WHERE vehicle_id = %(v)s AND started_at = '2026-11-04T14:54:00Z'"
    ),
    "a trip reaches further, over an episode": run(
        "UPDATE trip SET ended_at = started_at + interval '2 hours' WHERE vehicle_id = %(v)s"
    ),
    "a trip was faster": run("UPDATE trip SET max_speed_kmh = 99 WHERE vehicle_id = %(v)s"),
    "a visit goes": run("DELETE FROM visit WHERE vehicle_id = %(v)s AND entered_at < '2026-11-04Z'"),
    "a visit lasts longer": run("UPDATE visit SET inside_s = inside_s + 60 WHERE vehicle_id = %(v)s"),
    "a stay is no visit any more": run("UPDATE visit SET is_visit = false WHERE vehicle_id = %(v)s"),
    "an episode on a trip": lambda conn, world: add_episode(conn, world.trucks[0], at(2, 23.95), kind="over_rev"),
    "an episode on a trip after midnight": lambda conn, world: add_episode(conn, world.trucks[0], at(3, 0.1)),
    "an episode goes": run("DELETE FROM episode WHERE vehicle_id = %(v)s AND kind = 'over_rev'"),
    "a visit that goes on, and an episode days later": then(
        lambda conn, world: add_visit(
            conn, world.trucks[0], add_place(conn, world, name="Barn"), at(5, 12), left_at=None
        ),
        made,
        lambda conn, world: add_episode(conn, world.trucks[0], at(9, 3), kind="over_rev"),
    ),
    "somebody says who drove": lambda conn, world: add_entry(
        conn, world.trucks[0], at(3, 0.1), driver_id=one_driver(conn, world)
    ),
    "and takes it back": then(
        lambda conn, world: add_entry(conn, world.trucks[0], at(1, 8.1), purpose="farm"),
        made,
        run("UPDATE trip_overlay SET withdrawn_at = now(), withdrawn_by = 'test' WHERE vehicle_id = %(v)s"),
    ),
    "a factor is learnt": learnt(),
    "a factor is learnt anew": then(learnt(), made, learnt(factor=1.2)),
    "a factor holds on": then(learnt(), made, learnt(valid_to=None)),
    "a factor holds from earlier on": then(learnt(), made, learnt(valid_from=None)),
    "a price is known": priced(),
    "a price ends later": then(
        priced(valid_to=date(2026, 11, 6)),
        priced(valid_from=date(2026, 11, 6), price_per_l=180),
        made,
        run("UPDATE running_rate SET valid_to = '2026-11-07' WHERE price_per_l = 170"),
        run("UPDATE running_rate SET valid_from = '2026-11-07' WHERE price_per_l = 180"),
    ),
    "the battery is learnt": run(
        "INSERT INTO pack (vehicle_id, fleet_id, valid_from, valid_to, kwh_a_pct_at_half, slope_ratio_a_pct,"
        " uncertainty_ratio, swing_count) SELECT vehicle_id, fleet_id, '-infinity', 'infinity', 0.2, 0, 0.1, 3"
        " FROM vehicle WHERE vehicle_id = %(v)s"
    ),
    "the fleet moves": run("UPDATE fleet SET time_zone = 'America/New_York'"),
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES.keys())
def test_a_change_marks_every_day_that_it_makes_wrong(conn: psycopg.Connection, world: World, change: Change) -> None:
    assert marked_count(conn) == 0

    change(conn, world)

    assert marked_count(conn) > 0
    assert [wrong for truck in world.trucks for wrong in wrong_parts(conn, truck)] == []
    make_all(conn)
    assert marked_count(conn) == 0
    assert [wrong for truck in world.trucks for wrong in wrong_parts(conn, truck)] == []
    assert [wrong for truck in world.trucks for wrong in wrong_months(conn, truck)] == []


def test_the_test_above_sees_a_part_that_is_wrong(conn: psycopg.Connection, world: World) -> None:
    conn.execute("UPDATE stat_part SET distance_m = distance_m + 1 WHERE local_date = %s", [FIRST])

    assert len(wrong_parts(conn, world.trucks[0])) == 6  # as it is, and as it should be: the day, its trips, its visits
    assert len(wrong_months(conn, world.trucks[0])) == 6


def test_a_month_is_the_sum_of_its_days(conn: psycopg.Connection, world: World) -> None:
    truck = world.trucks[0]
    months = conn.execute(
        "SELECT basis, trip_count, visit_count, used_day_count, distance_m, economy_l, episode_counts FROM stat_month"
        " WHERE vehicle_id = %s AND month = '2026-11-01' ORDER BY basis",
        [truck.vehicle_id],
    ).fetchall()
    days, trips, visits = months
    [(count, distance_m)] = conn.execute(
        "SELECT sum(trip_count), sum(distance_m) FROM vehicle_day WHERE vehicle_id = %s", [truck.vehicle_id]
    )

    assert days == ("days", count, None, 6, pytest.approx(distance_m), pytest.approx(6 * 0.7), None)
    assert trips[:4] == ("trips", 6 + 1, None, None)
    assert trips[6] == {"overheating": 6}
    assert visits[:4] == ("visits", None, 6, None)
    assert visits[6] == {"over_rev": 6}


def test_a_row_that_is_as_it_was_marks_nothing(conn: psycopg.Connection, world: World) -> None:
    conn.execute("UPDATE vehicle_day SET distance_m = distance_m")
    conn.execute("UPDATE trip SET ended_at = ended_at")
    conn.execute("UPDATE visit SET inside_s = inside_s")

    assert marked_count(conn) == 0


def test_learning_the_same_again_marks_nothing(conn: psycopg.Connection, world: World) -> None:
    for day in range(4):
        add_fill_up(conn, world, at(day, 12), vehicle_id=world.trucks[0].vehicle_id, volume_l=0.75)
    while learn_next(conn) is not None:
        pass
    make_all(conn)
    [(rates,)] = conn.execute("SELECT count(*) FROM running_rate").fetchall()

    for truck in world.trucks:
        mark_due(conn, vehicle_id=truck.vehicle_id, since=at(0), teaches=True)
    conn.execute("UPDATE fuel_learning SET due = true")
    while learn_next(conn) is not None:
        pass

    assert rates > 0
    assert marked_count(conn) == 0


def test_what_changes_while_parts_are_made_is_marked_and_waits_for_nobody(
    conn: psycopg.Connection, database_url: str, world: World
) -> None:
    truck = world.trucks[0]
    add_entry(conn, truck, at(1, 8.1), purpose="farm")
    with psycopg.connect(database_url) as maker:
        maker.execute("SELECT 1")
        assert make_next_parts(maker) == truck.vehicle_id  # within a transaction that is still open
        conn.execute("SET lock_timeout = '1s'")
        add_entry(conn, truck, at(1, 8.2), purpose="work")
        maker.commit()

    assert marked_count(conn) == 1
    assert wrong_parts(conn, truck) == []


def test_two_makers_of_one_truck_take_turns(conn: psycopg.Connection, database_url: str, world: World) -> None:
    truck = world.trucks[0]
    add_entry(conn, truck, at(1, 8.1), purpose="farm")
    with psycopg.connect(database_url) as first, psycopg.connect(database_url, autocommit=True) as second:
        first.execute("SELECT 1")
        make_next_parts(first)  # within a transaction that is still open
        add_entry(conn, truck, at(1, 8.2), purpose="work")
        second.execute("SET lock_timeout = '200ms'")
        with pytest.raises(psycopg.errors.LockNotAvailable):
            make_next_parts(second)
        first.commit()
        assert make_next_parts(second) == truck.vehicle_id

    assert marked_count(conn) == 0
    assert wrong_parts(conn, truck) == []


def test_fuel_is_known_well_enough_by_the_same_measure_everywhere(conn: psycopg.Connection) -> None:
    [(below, at_it)] = conn.execute(
        "SELECT is_fuel_known(1, %(known)s::float8 - 0.001, 1), is_fuel_known(1, %(known)s, 1)", {"known": KNOWN_ENOUGH}
    ).fetchall()

    assert (below, at_it) == (False, True)
