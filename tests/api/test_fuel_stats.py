from datetime import date, timedelta
from typing import Any

import psycopg
import pytest
from fastapi.testclient import TestClient

from tests.api.builders import World, add_day

MONDAY = date(2026, 11, 16)


def fuel(client: TestClient, world: World, **params: Any) -> list[dict[str, Any]]:
    answer = client.get("/v1/stats/fuel", headers=world.headers("viewer"), params=params)
    assert answer.status_code == 200, answer.text
    items: list[dict[str, Any]] = answer.json()["items"]
    return items


def test_what_a_bucket_tells(client: TestClient, conn: psycopg.Connection, world: World) -> None:
    truck = world.trucks[0]
    add_day(conn, truck, MONDAY, distance_m=30_123.4, fuel_l=2.0004)

    assert fuel(client, world) == [
        {
            "bucket": "2026-11-15T15:00:00Z",
            "bucket_local_date": "2026-11-16",
            "vehicle": {"id": truck.vehicle_id, "name": truck.name},
            "trip_count": 2,
            "distance_km": 30.123,
            "moving_s": 3000.0,
            "idle_s": 600.0,
            "gap_s": 0.0,
            "engine_on_s": 3600.0,
            "engine_known_s": 3600.0,
            "max_speed_kmh": 60.0,
            "fuel_l": 2.0,
            "fuel_plus_minus_l": 0.2,
            "fuel_shares": {},
            "fuel_known_ratio": 1.0,
            "km_per_l": 15.06,
            "l_per_100km": 6.64,
            "energy_kwh": None,
        }
    ]


def test_rows_rise_by_time_then_truck(client: TestClient, conn: psycopg.Connection, world: World) -> None:
    for truck in reversed(world.trucks):
        for day in (2, 0, 1):
            add_day(conn, truck, MONDAY + timedelta(days=day))

    rows = [(row["bucket"], row["vehicle"]["id"]) for row in fuel(client, world)]

    assert rows == sorted(rows)
    assert len(rows) == 6


@pytest.mark.parametrize(
    ("bucket", "expected"),
    [
        ("day", ["2025-11-15", "2025-11-16", "2025-11-30", "2025-12-01"]),
        ("1h", ["2025-11-15", "2025-11-16", "2025-11-30", "2025-12-01"]),
        ("1d", ["2025-11-15", "2025-11-16", "2025-11-30", "2025-12-01"]),
        ("week", ["2025-11-10", "2025-11-24", "2025-12-01"]),
        ("1w", ["2025-11-10", "2025-11-24", "2025-12-01"]),
        ("month", ["2025-11-01", "2025-12-01"]),
        ("1M", ["2025-11-01", "2025-12-01"]),
    ],
)
def test_buckets_are_local_days_weeks_and_months(
    client: TestClient, conn: psycopg.Connection, world: World, bucket: str, expected: list[str]
) -> None:
    for day in (date(2025, 11, 15), date(2025, 11, 16), date(2025, 11, 30), date(2025, 12, 1)):
        add_day(conn, world.trucks[0], day)

    rows = fuel(client, world, bucket=bucket)

    assert [row["bucket_local_date"] for row in rows] == expected
    assert sum(row["fuel_l"] for row in rows) == pytest.approx(8)
    assert all(row["bucket"].endswith("T15:00:00Z") for row in rows)  # midnight in Tokyo


def test_a_bucket_begins_at_local_midnight_on_both_sides_of_a_clock_change(
    client: TestClient, conn: psycopg.Connection, other: World
) -> None:
    """New York: summer time ends on 2026-11-01 and began on 2026-03-08."""
    for day in (date(2026, 3, 8), date(2026, 3, 9), date(2026, 11, 1), date(2026, 11, 2)):
        add_day(conn, other.trucks[0], day)

    assert [row["bucket"] for row in fuel(client, other)] == [
        "2026-03-08T05:00:00Z",
        "2026-03-09T04:00:00Z",
        "2026-11-01T04:00:00Z",
        "2026-11-02T05:00:00Z",
    ]
    assert [row["bucket"] for row in fuel(client, other, bucket="month")] == [
        "2026-03-01T05:00:00Z",
        "2026-11-01T04:00:00Z",
    ]


def test_a_day_counts_if_the_range_touches_it(client: TestClient, conn: psycopg.Connection, other: World) -> None:
    for day in range(1, 5):
        add_day(conn, other.trucks[0], date(2026, 11, day))

    def days(begin: str, end: str) -> list[str]:
        return [row["bucket_local_date"] for row in fuel(client, other, **{"from": begin, "to": end})]

    # 2026-11-02 in New York lasts from 05:00Z to 05:00Z
    assert days("2026-11-02T05:00:00Z", "2026-11-03T05:00:00Z") == ["2026-11-02"]
    assert days("2026-11-02T04:59:59Z", "2026-11-03T05:00:01Z") == ["2026-11-01", "2026-11-02", "2026-11-03"]
    assert days("2026-11-03T04:59:59Z", "2026-11-03T05:00:00Z") == ["2026-11-02"]


def test_the_fleet_is_the_sum_of_what_its_trucks_know(
    client: TestClient, conn: psycopg.Connection, world: World
) -> None:
    known, unknown = world.trucks
    add_day(conn, known, MONDAY, fuel_plus_minus_l=0.3)
    add_day(conn, known, MONDAY + timedelta(days=1), fuel_plus_minus_l=0.3)
    nothing = {"fuel_l": None, "fuel_plus_minus_l": None, "fuel_known_s": 0.0, "engine_on_s": 0.0}
    add_day(conn, unknown, MONDAY, max_speed_kmh=99.0, **nothing)

    (row,) = fuel(client, world, group_by="fleet", bucket="week")

    assert row["vehicle"] is None
    assert row["distance_km"] == 90.0
    assert row["fuel_l"] == 4.0
    assert row["fuel_plus_minus_l"] == 0.6  # one truck's error is the same every day
    assert row["km_per_l"] == 15.0  # the other truck's kilometres are not divided by this one's litres
    assert row["max_speed_kmh"] == 99.0
    assert row["trip_count"] == 6


def test_errors_of_different_trucks_add_up_by_squares(
    client: TestClient, conn: psycopg.Connection, world: World
) -> None:
    add_day(conn, world.trucks[0], MONDAY, fuel_plus_minus_l=0.3)
    add_day(conn, world.trucks[1], MONDAY, fuel_plus_minus_l=0.4)

    (row,) = fuel(client, world, group_by="fleet")

    assert row["fuel_plus_minus_l"] == 0.5


def test_fuel_that_nobody_knows_is_null(client: TestClient, conn: psycopg.Connection, world: World) -> None:
    nothing = {"fuel_l": None, "fuel_plus_minus_l": None, "fuel_known_s": 0.0, "engine_on_s": 0.0}
    add_day(conn, world.trucks[0], MONDAY, **nothing)

    for group_by in ("vehicle", "fleet"):
        (row,) = fuel(client, world, group_by=group_by)
        unknown = ("fuel_l", "fuel_plus_minus_l", "fuel_known_ratio", "km_per_l", "l_per_100km", "energy_kwh")
        assert [row[name] for name in unknown] == [None] * 6
