"""Statistics by bucket and group: one truth with days and trips, whatever it is divided by."""

from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import psycopg
import pytest
from fastapi.testclient import TestClient

from keitora.stats.parts import make_next_parts
from keitora.vehicles.model import Vehicle
from tests.api.builders import (
    World,
    add_day,
    add_entry,
    add_episode,
    add_place,
    add_trip,
    add_trip_day,
    add_visit,
    insert,
)

TOKYO = ZoneInfo("Asia/Tokyo")
HOUR = timedelta(hours=1)
FIRST = date(2026, 10, 26)
"""A Monday; what follows reaches over the end of the month and four weeks, until the day before the clock's."""


def stats(client: TestClient, world: World, **params: Any) -> list[dict[str, Any]]:
    answer = client.get("/v1/stats", headers=world.headers("viewer"), params=params)
    assert answer.status_code == 200, answer.text
    items: list[dict[str, Any]] = answer.json()["items"]
    return items


def morning(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, 8, tzinfo=TOKYO).astimezone(UTC)


def add_drive(conn: psycopg.Connection, truck: Vehicle, day: date, hour: int = 0, **sums: Any) -> datetime:
    started_at = add_trip(conn, truck, morning(day) + hour * HOUR, **sums)
    add_trip_day(conn, truck, started_at, day, **{key: value for key, value in sums.items() if key != "max_speed_kmh"})
    return started_at


def driver_of(conn: psycopg.Connection, world: World) -> int:
    [(driver_id,)] = conn.execute("SELECT driver_id FROM driver WHERE fleet_id = %s", [world.fleet.fleet_id])
    return int(driver_id)


@pytest.fixture
def month(conn: psycopg.Connection, world: World) -> World:
    """Twenty-seven days of two trucks: two trips a day of the first, one of the second, and what they add up to."""
    driver_id = driver_of(conn, world)
    for number in range(27):
        day = FIRST + timedelta(days=number)
        for which, truck in enumerate(world.trucks):
            sums = [
                {"distance_m": 1000.0 * (number + trip + 1), "fuel_l": 0.1 * (trip + 1)} for trip in range(2 - which)
            ]
            for trip, own in enumerate(sums):
                started_at = add_drive(conn, truck, day, 2 * trip, **own)
                if number % 3 == 0:
                    add_entry(conn, truck, started_at + timedelta(minutes=3), driver_id=driver_id)
                if number % 2 == 0:
                    add_entry(conn, truck, started_at + timedelta(minutes=4), purpose="farm")
            add_day(
                conn, truck, day, trip_count=len(sums),
                distance_m=sum(own["distance_m"] for own in sums), fuel_l=sum(own["fuel_l"] for own in sums) + 0.05,
            )  # fmt: skip
    return world


def total(rows: Iterable[dict[str, Any]], name: str) -> float:
    return round(sum(row[name] or 0 for row in rows), 3)


@pytest.mark.parametrize("group_by", ["none", "vehicle", "driver", "purpose"])
@pytest.mark.parametrize("bucket", ["week", "month", "year", "total"])
def test_larger_buckets_are_the_sum_of_their_days(client: TestClient, month: World, bucket: str, group_by: str) -> None:
    days = stats(client, month, bucket="day", group_by=group_by)
    large = stats(client, month, bucket=bucket, group_by=group_by)

    for row in large:
        own = [
            day
            for day in days
            if row["from_local_date"] <= day["bucket_local_date"] < row["to_local_date"]
            and all(day[name] == row[name] for name in ("vehicle", "driver", "purpose"))
        ]
        for name in ("trip_count", "distance_km", "moving_s", "idle_s", "engine_on_s", "fuel_l"):
            assert row[name] == pytest.approx(total(own, name)), (row["bucket_local_date"], name)
    for name in ("trip_count", "distance_km"):
        assert total(large, name) == total(days, name)


@pytest.mark.parametrize("group_by", ["vehicle", "driver", "purpose"])
def test_however_it_is_divided_trips_and_distance_add_up_to_the_fleet(
    client: TestClient, month: World, group_by: str
) -> None:
    whole = stats(client, month, bucket="week")
    parts = stats(client, month, bucket="week", group_by=group_by)

    for row in whole:
        own = [part for part in parts if part["bucket"] == row["bucket"]]
        assert len(own) == 2
        assert total(own, "trip_count") == row["trip_count"]
        assert total(own, "distance_km") == pytest.approx(row["distance_km"])


def test_the_basis_is_told_and_fuel_used_standing_is_in_the_days_alone(client: TestClient, month: World) -> None:
    by_truck = client.get(
        "/v1/stats", headers=month.headers(), params={"group_by": "vehicle", "bucket": "total"}
    ).json()
    by_driver = client.get(
        "/v1/stats", headers=month.headers(), params={"group_by": "driver", "bucket": "total"}
    ).json()

    assert (by_truck["basis"], by_driver["basis"]) == ("days", "trips")
    standing_l = total(by_truck["items"], "fuel_l") - total(by_driver["items"], "fuel_l")
    assert standing_l == pytest.approx(2 * 27 * 0.05)


def test_a_month_begun_is_compared_with_as_much_of_the_last(client: TestClient, month: World) -> None:
    [november] = stats(client, month, bucket="month", compare="previous", **{"from": "2026-10-31T15:00:00Z"})

    assert november["bucket"] == "2026-10-31T15:00:00Z"
    assert (november["from_local_date"], november["to_local_date"]) == ("2026-11-01", "2026-11-23")
    before = november["previous"]
    assert (before["from_local_date"], before["to_local_date"]) == ("2026-10-01", "2026-10-23")
    assert before["distance_km"] is None

    weeks = stats(client, month, bucket="week", compare="previous")
    assert weeks[1]["previous"]["distance_km"] == weeks[0]["distance_km"]
    assert weeks[1]["previous"]["trip_count"] == weeks[0]["trip_count"] == 21


def test_errors_of_one_truck_add_up_and_those_of_several_by_squares(
    client: TestClient, conn: psycopg.Connection, world: World
) -> None:
    for truck, error_l in zip(world.trucks, (0.3, 0.4), strict=True):
        for number in range(2):
            add_day(conn, truck, FIRST + timedelta(days=number), fuel_plus_minus_l=error_l / 2)

    [both] = stats(client, world, bucket="total")
    each = stats(client, world, bucket="total", group_by="vehicle")

    assert [row["fuel_plus_minus_l"] for row in each] == [0.3, 0.4]
    assert both["fuel_plus_minus_l"] == 0.5
    assert both["fuel_plus_minus_ratio"] == pytest.approx(0.5 / both["fuel_l"], abs=0.001)


@pytest.mark.parametrize("group_by", ["vehicle", "driver"])
def test_a_learnt_factor_applies_to_the_truck_it_was_learnt_of(
    client: TestClient, conn: psycopg.Connection, world: World, group_by: str
) -> None:
    for truck in world.trucks:
        add_drive(conn, truck, FIRST, fuel_l=1.0)
        add_day(conn, truck, FIRST, fuel_l=1.0, speed_density_l=1.0)
    conn.execute("UPDATE trip_day SET speed_density_l = 1.0 WHERE fleet_id = %s", [world.fleet.fleet_id])
    insert(
        conn, "fuel_factor", vehicle_id=world.trucks[0].vehicle_id, fleet_id=world.fleet.fleet_id,
        method="speed_density", valid_from="-infinity", valid_to="infinity", factor=1.2, uncertainty_ratio=0.05,
        tank_count=5,
    )  # fmt: skip

    assert sum(row["fuel_l"] for row in stats(client, world, group_by=group_by)) == pytest.approx(2.2)


def test_episodes_are_counted_and_set_against_the_distance(
    client: TestClient, conn: psycopg.Connection, world: World
) -> None:
    truck, driver_id = world.trucks[0], driver_of(conn, world)
    started_at = add_drive(conn, truck, FIRST, distance_m=50_000.0)
    add_day(conn, truck, FIRST, trip_count=1, distance_m=50_000.0)
    add_entry(conn, truck, started_at + timedelta(minutes=1), driver_id=driver_id)
    for minute in (2, 5):
        add_episode(conn, truck, started_at + timedelta(minutes=minute), kind="harsh_braking", severity="note")
    add_episode(conn, truck, started_at + 3 * HOUR, kind="weak_battery")

    [by_truck] = stats(client, world, group_by="vehicle")
    [by_driver] = stats(client, world, group_by="driver")

    assert by_truck["episode_counts"] == {"harsh_braking": 2, "weak_battery": 1}
    assert by_truck["episodes_per_100km"] == {"harsh_braking": 4.0, "weak_battery": 2.0}
    assert by_driver["driver"] == {"id": driver_id, "name": "Driver"}
    assert by_driver["episode_counts"] == {"harsh_braking": 2}


def test_the_newest_word_on_a_trip_counts_and_a_withdrawn_one_does_not(
    client: TestClient, conn: psycopg.Connection, world: World
) -> None:
    truck = world.trucks[0]
    started_at = add_drive(conn, truck, FIRST)
    add_day(conn, truck, FIRST)
    for number, word in enumerate(("work", "farm", "private")):
        entered_at = morning(FIRST) + number * HOUR
        gone = {"withdrawn_at": entered_at, "withdrawn_by": "test"} if word == "private" else {}
        add_entry(conn, truck, started_at + timedelta(minutes=5), purpose=word, entered_at=entered_at, **gone)

    [row] = stats(client, world, group_by="purpose", bucket="day")

    assert (row["purpose"], row["trip_count"]) == ("farm", 1)


def test_merged_split_and_corrected_trips_count_as_people_see_them(
    client: TestClient, conn: psycopg.Connection, world: World
) -> None:
    truck, driver_id = world.trucks[0], driver_of(conn, world)
    starts = [add_drive(conn, truck, FIRST, hour, distance_m=10_000.0) for hour in range(4)]
    add_day(conn, truck, FIRST, trip_count=4, distance_m=40_000.0)
    ten = timedelta(minutes=10)
    add_entry(conn, truck, starts[0] + ten, action="merge", other_at=starts[1] + ten, entered_at=morning(FIRST))
    add_entry(conn, truck, starts[1] + ten, driver_id=driver_id, entered_at=morning(FIRST) + HOUR)
    add_entry(conn, truck, starts[2] + ten, action="split", entered_at=morning(FIRST))
    add_entry(conn, truck, starts[2] + ten + ten / 2, driver_id=driver_id, entered_at=morning(FIRST) + HOUR)
    add_entry(conn, truck, starts[3] + ten, action="correct", corrected_distance_m=12_000.0)

    by_driver = stats(client, world, group_by="driver", bucket="day")
    [by_truck] = stats(client, world, group_by="vehicle", bucket="day")

    assert [(row["driver"], row["trip_count"], row["distance_km"]) for row in by_driver] == [
        ({"id": driver_id, "name": "Driver"}, 2, 25.0),
        (None, 2, 17.0),
    ]
    assert (by_truck["trip_count"], by_truck["distance_km"]) == (4, 42.0)
    shown = client.get("/v1/trips", headers=world.headers(), params={"driver": driver_id}).json()["items"]
    assert total(shown, "distance_km") == 25.0


def test_trips_are_chosen_by_driver_and_purpose_in_every_group(client: TestClient, month: World) -> None:
    farm = stats(client, month, bucket="total", group_by="vehicle", purpose="farm")
    nobody = stats(client, month, bucket="total", driver=0)
    whole = stats(client, month, bucket="total", group_by="driver")

    assert [row["trip_count"] for row in farm] == [28, 14]
    assert nobody[0]["trip_count"] == whole[1]["trip_count"] == 54
    assert stats(client, month, bucket="total", purpose=["farm", "work"])[0]["trip_count"] == 42


def test_places_tell_the_time_inside_them(client: TestClient, conn: psycopg.Connection, world: World) -> None:
    field, depot = add_place(conn, world, name="Field"), add_place(conn, world, name="Depot")
    for number in range(3):
        add_visit(conn, world.trucks[0], field, morning(FIRST + timedelta(days=number)))
    add_visit(conn, world.trucks[1], depot, morning(FIRST), fuel_known_s=0.0)
    add_visit(conn, world.trucks[1], depot, morning(FIRST) + HOUR, is_visit=False)
    add_day(conn, world.trucks[0], FIRST)

    rows = stats(client, world, group_by="place", bucket="total")

    assert [(row["place"]["name"], row["visit_count"], row["inside_s"], row["fuel_l"]) for row in rows] == [
        ("Field", 3, 5400.0, 0.75),
        ("Depot", 1, 1800.0, None),
    ]
    assert [row["trip_count"] for row in rows] == [None, None]
    assert len(stats(client, world, group_by="place", bucket="total", place=depot)) == 1


def test_pages_of_buckets_go_on_where_the_last_ended(client: TestClient, month: World) -> None:
    whole = stats(client, month, bucket="day", group_by="vehicle")
    found: list[dict[str, Any]] = []
    cursor: str | None = None
    while True:
        params: dict[str, Any] = {"bucket": "day", "group_by": "vehicle", "limit": 10} | (
            {"cursor": cursor} if cursor else {}
        )
        page = client.get("/v1/stats", headers=month.headers(), params=params).json()
        found += page["items"]
        cursor = page["next_cursor"]
        if cursor is None:
            break

    assert found == whole


@pytest.mark.parametrize(
    ("params", "location"),
    [
        ({"bucket": "hour"}, "query.bucket"),
        ({"group_by": "place", "purpose": "farm"}, "query.group_by"),
        ({"group_by": "driver", "place": 1}, "query.place"),
        ({"cursor": "yesterday"}, "query.cursor"),
        ({"from": "2026-11-02T00:00:00Z", "to": "2026-11-01T00:00:00Z"}, "query.to"),
    ],
)
def test_a_question_that_makes_no_sense_says_what_to_change(
    client: TestClient, world: World, params: dict[str, Any], location: str
) -> None:
    answer = client.get("/v1/stats", headers=world.headers(), params=params)

    assert answer.status_code == 422
    assert [part["location"] for part in answer.json()["errors"]] == [location]


def test_a_fleet_that_has_not_driven_has_no_statistics(client: TestClient, world: World) -> None:
    for group_by in ("none", "vehicle", "driver", "purpose", "place"):
        assert stats(client, world, group_by=group_by, compare="previous") == []


_GROUPS = ["none", "vehicle", "driver", "purpose", "place"]


@pytest.mark.parametrize("group_by", _GROUPS)
def test_rows_made_beforehand_tell_the_same_as_working_it_out(
    client: TestClient, conn: psycopg.Connection, month: World, group_by: str
) -> None:
    place_id = add_place(conn, month)
    # October is told as a whole month, its first days and those before as days.
    for earlier, hour in ((25, 0), (26, 1)):
        add_drive(conn, month.trucks[0], FIRST - timedelta(days=earlier), hour)
        add_day(conn, month.trucks[0], FIRST - timedelta(days=earlier), speed_density_l=0.4)
        add_visit(conn, month.trucks[0], place_id, morning(FIRST - timedelta(days=earlier)))
    add_visit(conn, month.trucks[0], place_id, morning(FIRST))
    add_episode(conn, month.trucks[0], morning(FIRST) + timedelta(minutes=5))
    asked: list[dict[str, Any]] = [
        {"bucket": "day"},
        {"bucket": "month", "compare": "previous"},
        {"bucket": "year"},
        {"bucket": "week", "vehicle": month.trucks[0].vehicle_id},
    ]
    if group_by != "place":
        asked += [{"bucket": "month", "purpose": "farm"}, {"bucket": "total", "driver": 0}]
    worked_out = [stats(client, month, group_by=group_by, **params) for params in asked]

    while make_next_parts(conn) is not None:
        pass
    made = [stats(client, month, group_by=group_by, **params) for params in asked]
    # A trip that people split is told apart from rows made beforehand: so is its other half here.
    add_entry(conn, month.trucks[0], morning(FIRST) + timedelta(minutes=10), action="split")
    split = [stats(client, month, group_by=group_by, **params) for params in asked]
    conn.execute("DELETE FROM stat_part")
    conn.execute("DELETE FROM stat_month")
    conn.execute(
        "INSERT INTO stat_stale (vehicle_id, fleet_id, from_date, to_date)"
        " SELECT vehicle_id, fleet_id, '-infinity', 'infinity' FROM vehicle"
    )

    assert made == worked_out
    assert all(worked_out[:4])
    assert split == [stats(client, month, group_by=group_by, **params) for params in asked]
    if group_by in {"none", "driver"}:
        assert total(split[0], "trip_count") == total(made[0], "trip_count") + 1


def test_utilisation_is_the_share_of_days_with_a_trip_since_a_truck_is_known(
    client: TestClient, conn: psycopg.Connection, world: World
) -> None:
    for which, days in enumerate(((0, 1, 3), (8,))):
        for day in days:
            add_day(conn, world.trucks[which], FIRST + timedelta(days=day))
    add_day(conn, world.trucks[0], FIRST + timedelta(days=5), trip_count=0)  # stood, and was heard
    week = {"from": "2026-10-25T15:00:00Z", "to": "2026-11-04T15:00:00Z"}

    by_truck = stats(client, world, bucket="total", group_by="vehicle", **week)
    [fleet] = stats(client, world, bucket="total", **week)

    assert [(row["used_day_count"], row["utilisation_ratio"]) for row in by_truck] == [(3, 0.3), (1, 0.5)]
    assert (fleet["used_day_count"], fleet["utilisation_ratio"]) == (4, 0.333)
    assert stats(client, world, bucket="total", group_by="purpose", **week) == []


def test_a_truck_put_away_in_the_morning_could_have_been_used_that_day(
    client: TestClient, conn: psycopg.Connection, world: World
) -> None:
    truck = world.trucks[0]
    for number in range(4):
        add_day(conn, truck, FIRST + timedelta(days=number))
    last = FIRST + timedelta(days=3)
    # Eight in the morning in Japan is the day before in UTC.
    conn.execute("UPDATE vehicle SET archived_at = %s WHERE vehicle_id = %s", [morning(last), truck.vehicle_id])

    [row] = stats(client, world, bucket="total", group_by="vehicle")

    assert (row["used_day_count"], row["utilisation_ratio"]) == (4, 1.0)
