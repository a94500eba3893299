from datetime import timedelta
from typing import Any

import psycopg
import pytest
from fastapi.testclient import TestClient

from tests.api.builders import NOW, World, add_latest, insert


def latest(client: TestClient, world: World, **params: Any) -> list[dict[str, Any]]:
    answer = client.get("/v1/positions/latest", headers=world.headers("driver"), params=params)
    assert answer.status_code == 200
    items: list[dict[str, Any]] = answer.json()["items"]
    return items


@pytest.mark.parametrize(
    ("sample_age_s", "speed_age_s", "speed_kmh", "state"),
    [
        (0, 0, 3.0, "moving"),
        (0, 0, 2.9, "standing"),
        (5, 60, 40.0, "moving"),
        (5, 61, 40.0, "standing"),
        (299, 299, 0.0, "standing"),
        (300, 300, 40.0, "silent"),
        (-30, -30, 40.0, "moving"),
    ],
)
def test_the_state_follows_the_age_of_sample_and_speed(
    *,
    client: TestClient,
    conn: psycopg.Connection,
    world: World,
    sample_age_s: int,
    speed_age_s: int,
    speed_kmh: float,
    state: str,
) -> None:
    speed_at = NOW - timedelta(seconds=speed_age_s)
    add_latest(conn, world.trucks[0], NOW - timedelta(seconds=sample_age_s), speed_at=speed_at, speed_kmh=speed_kmh)

    assert [item["state"] for item in latest(client, world)] == [state]


def test_a_truck_that_never_told_its_speed_stands(client: TestClient, conn: psycopg.Connection, world: World) -> None:
    add_latest(conn, world.trucks[0], NOW, speed_at=None, speed_kmh=None)

    (item,) = latest(client, world)
    assert (item["state"], item["speed_kmh"], item["speed_at"]) == ("standing", None, None)


@pytest.mark.parametrize(
    ("engine_age_s", "engine_rpm", "speed_kmh", "state"),
    [(60, 850.0, 0.0, "idling"), (61, 850.0, 0.0, "standing"), (0, 0.0, 0.0, "standing"), (0, 2500.0, 30.0, "moving")],
)
def test_an_engine_that_runs_while_the_truck_stands_is_idling(
    *,
    client: TestClient,
    conn: psycopg.Connection,
    world: World,
    engine_age_s: int,
    engine_rpm: float,
    speed_kmh: float,
    state: str,
) -> None:
    told_at = NOW - timedelta(seconds=engine_age_s)
    engine = {"engine_at": told_at, "engine_rpm": engine_rpm, "news_at": told_at}
    add_latest(conn, world.trucks[0], NOW, speed_kmh=speed_kmh, **engine)

    assert [item["state"] for item in latest(client, world)] == [state]


@pytest.mark.parametrize(("minutes", "state"), [(None, "charging"), (30, "standing")])
def test_a_truck_charges_while_its_last_charge_lasts(
    client: TestClient, conn: psycopg.Connection, world: World, minutes: int | None, state: str
) -> None:
    truck, begun = world.trucks[0], NOW - timedelta(hours=1)
    add_latest(conn, truck, NOW, speed_kmh=0.0)
    for at, lasts in ((begun - timedelta(days=1), 60), (begun, minutes)):
        ended_at = None if lasts is None else at + timedelta(minutes=lasts)
        own = {"vehicle_id": truck.vehicle_id, "fleet_id": truck.fleet_id, "rules_version": "test"}
        insert(conn, "charge", **own, started_at=at, ended_at=ended_at, heard_at=ended_at or at)

    assert [item["state"] for item in latest(client, world)] == [state]


def test_rows_rise_in_time_and_carry_no_float_noise(client: TestClient, conn: psycopg.Connection, world: World) -> None:
    add_latest(conn, world.trucks[0], NOW - timedelta(seconds=1), battery_v=12.345, heading_deg=359.96)
    add_latest(conn, world.trucks[1], NOW - timedelta(seconds=9), lat=36.123456789)

    older, newer = latest(client, world)

    assert older["vehicle"] == {"id": world.trucks[1].vehicle_id, "name": world.trucks[1].name}
    assert older["sampled_at"] == "2026-11-22T02:59:51Z"
    assert older["lat"] == 36.123457
    assert newer["battery_v"] in {12.34, 12.35}
    assert newer["speed_kmh"] == 38.4
    assert newer["coolant_temp_c"] is None


def test_only_the_trucks_asked_for(client: TestClient, conn: psycopg.Connection, world: World) -> None:
    first, second = world.trucks
    add_latest(conn, first, NOW)
    add_latest(conn, second, NOW)

    def ids(vehicle: object) -> list[int]:
        return [item["vehicle"]["id"] for item in latest(client, world, vehicle=vehicle)]

    assert ids(second.vehicle_id) == [second.vehicle_id]
    assert ids(f"{second.vehicle_id}, {first.vehicle_id}") == [first.vehicle_id, second.vehicle_id]
    assert ids([first.vehicle_id, second.vehicle_id]) == [first.vehicle_id, second.vehicle_id]
    assert ids("all") == ids("") == [first.vehicle_id, second.vehicle_id]
    assert ids(2**31 - 1) == []


def test_a_truck_out_of_service_is_not_shown(client: TestClient, conn: psycopg.Connection, world: World) -> None:
    add_latest(conn, world.trucks[0], NOW)
    conn.execute("UPDATE vehicle SET archived_at = now() WHERE vehicle_id = %s", [world.trucks[0].vehicle_id])

    assert latest(client, world) == []
    names = [item["name"] for item in client.get("/v1/vehicles", headers=world.headers()).json()["items"]]
    assert names == [world.trucks[1].name]


def test_the_satellites_tell_the_speed_while_the_wheels_are_not_heard(
    client: TestClient, conn: psycopg.Connection, world: World
) -> None:
    first, second = world.trucks
    both = {"gnss_speed_kmh": 30.0, "speed_kmh": 33.0}
    add_latest(conn, first, NOW, speed_at=NOW - timedelta(seconds=11), **both)
    add_latest(conn, second, NOW, speed_at=NOW - timedelta(seconds=10), **both)

    by_satellite, by_wheels = latest(client, world)

    assert (by_satellite["speed_kmh"], by_satellite["speed_at"]) == (30.0, "2026-11-22T03:00:00Z")
    assert (by_wheels["speed_kmh"], by_wheels["speed_at"]) == (33.0, "2026-11-22T02:59:50Z")


def test_what_a_dongle_only_repeats_is_not_known(client: TestClient, conn: psycopg.Connection, world: World) -> None:
    first, second = world.trucks
    said = {"speed_kmh": 42.0, "engine_at": NOW, "engine_rpm": 2100.0, "lat": None, "lon": None, "position_at": None}
    add_latest(conn, first, NOW - timedelta(seconds=2), speed_at=NOW, news_at=NOW - timedelta(seconds=61), **said)
    add_latest(conn, second, NOW - timedelta(seconds=1), speed_at=NOW, news_at=NOW - timedelta(seconds=60), **said)

    repeated, new = latest(client, world)

    assert (repeated["state"], repeated["speed_kmh"], repeated["engine_rpm"]) == ("standing", None, None)
    assert (new["state"], new["speed_kmh"], new["engine_rpm"]) == ("moving", 42.0, 2100.0)


def test_where_the_dongle_repeats_itself_the_satellites_tell_the_speed(
    client: TestClient, conn: psycopg.Connection, world: World
) -> None:
    add_latest(conn, world.trucks[0], NOW, news_at=NOW - timedelta(minutes=9), gnss_speed_kmh=0.4, speed_kmh=42.0)

    (item,) = latest(client, world)

    assert (item["state"], item["speed_kmh"]) == ("standing", 0.4)
