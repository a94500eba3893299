"""Statistics by driver: how they drove, fairly told."""

from datetime import timedelta

import psycopg
import pytest
from fastapi.testclient import TestClient

from tests.api.builders import World, add_day, add_entry, add_episode
from tests.api.test_stats import FIRST, add_drive, driver_of, stats


def test_who_drives_the_thirsty_truck_is_not_blamed_for_it(
    client: TestClient, conn: psycopg.Connection, world: World
) -> None:
    thirsty, thrifty = world.trucks
    driver_id = driver_of(conn, world)
    # 10 km/L with everybody, 20 km/L with everybody; the driver takes the first for most of his way.
    for hour, (truck, is_his, distance_m, fuel_l) in enumerate(
        [
            (thirsty, True, 90_000.0, 9.0),
            (thirsty, False, 10_000.0, 1.0),
            (thrifty, True, 10_000.0, 0.4),
            (thrifty, False, 90_000.0, 4.6),
        ]
    ):
        started_at = add_drive(conn, truck, FIRST, hour, distance_m=distance_m, fuel_l=fuel_l)
        if is_his:
            add_entry(conn, truck, started_at + timedelta(minutes=1), driver_id=driver_id)
    add_day(conn, thirsty, FIRST)

    his, nobodys = stats(client, world, group_by="driver")

    assert (his["km_per_l"], nobodys["km_per_l"]) == (10.64, 17.86)
    assert his["relative_economy_ratio"] == pytest.approx((9.0 + 0.5) / 9.4, abs=0.0005)
    assert nobodys["relative_economy_ratio"] == pytest.approx((1.0 + 4.5) / 5.6, abs=0.0005)
    assert (his["relative_economy_km"], nobodys["relative_economy_km"]) == (100.0, 100.0)
    # Chosen alone, he is still held against everybody.
    assert stats(client, world, group_by="driver", driver=driver_id) == [his]
    assert stats(client, world, group_by="vehicle", driver=driver_id)[0]["relative_economy_ratio"] is None


def test_a_truck_of_ones_own_and_trips_without_known_fuel_are_no_comparison(
    client: TestClient, conn: psycopg.Connection, world: World
) -> None:
    own, shared = world.trucks
    driver_id = driver_of(conn, world)
    drives = [
        add_drive(conn, own, FIRST, distance_m=50_000.0, fuel_l=2.0),
        add_drive(conn, shared, FIRST, distance_m=50_000.0, fuel_l=2.0),
    ]
    add_drive(conn, shared, FIRST, 2, distance_m=50_000.0, fuel_l=1.0, fuel_known_s=600.0)
    for truck, started_at in zip((own, shared), drives, strict=True):
        add_entry(conn, truck, started_at + timedelta(minutes=1), driver_id=driver_id)
    add_day(conn, own, FIRST)

    his, nobodys = stats(client, world, group_by="driver")

    assert his["km_per_l"] == 25.0
    assert [row["relative_economy_ratio"] for row in (his, nobodys)] == [None, None]
    assert [row["relative_economy_km"] for row in (his, nobodys)] == [None, None]


def test_the_idling_share_is_of_the_time_the_engine_ran(
    client: TestClient, conn: psycopg.Connection, world: World
) -> None:
    add_drive(conn, world.trucks[0], FIRST, idle_s=300.0, engine_on_s=1200.0)
    add_drive(conn, world.trucks[1], FIRST, idle_s=0.0, engine_on_s=0.0, engine_known_s=0.0)
    add_day(conn, world.trucks[0], FIRST)

    [first] = stats(client, world, group_by="driver", vehicle=world.trucks[0].vehicle_id)
    [second] = stats(client, world, group_by="driver", vehicle=world.trucks[1].vehicle_id)

    assert (first["idle_ratio"], second["idle_ratio"]) == (0.25, None)


def test_what_happened_as_a_trip_was_split_counts_once_for_the_second_half(
    client: TestClient, conn: psycopg.Connection, world: World
) -> None:
    truck = world.trucks[0]
    split_at = add_drive(conn, truck, FIRST) + timedelta(minutes=10)
    add_day(conn, truck, FIRST)
    add_episode(conn, truck, split_at)
    add_entry(conn, truck, split_at, action="split")
    add_entry(conn, truck, split_at + timedelta(minutes=2), driver_id=driver_of(conn, world))

    his, nobodys = stats(client, world, group_by="driver")

    assert (his["episode_counts"], nobodys["episode_counts"]) == ({"overheating": 1}, {})
