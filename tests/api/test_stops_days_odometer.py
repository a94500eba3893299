"""Stops, idling, days and the own odometer, through the API."""

from datetime import timedelta
from typing import Any

import psycopg
import pytest
from fastapi.testclient import TestClient

from keitora.odometer.queries import sum_trace_days
from tests.api.builders import (
    NOW,
    World,
    add_day,
    add_entry,
    add_idling,
    add_latest,
    add_place,
    add_stop,
    add_trip,
    add_trip_day,
    add_visit,
    insert,
)

HOUR = timedelta(hours=1)


def read(client: TestClient, world: World, path: str, role: str = "manager", **params: Any) -> dict[str, Any]:
    answer = client.get(path, headers=world.headers(role), params=params)
    assert answer.status_code == 200, answer.text
    told: dict[str, Any] = answer.json()
    return told


@pytest.mark.parametrize(("path", "add"), [("/v1/stops", add_stop), ("/v1/idling", add_idling)])
def test_standing_trucks_are_told_with_the_place_page_by_page(
    client: TestClient, conn: psycopg.Connection, world: World, path: str, add: Any
) -> None:
    for number in (1, 2, 3):
        add(conn, world.trucks[0], NOW - number * HOUR)
    place_id = add_place(conn, world)
    add_visit(conn, world.trucks[0], place_id, NOW - 2 * HOUR)

    first = read(client, world, path, role="viewer", limit=2)
    second = read(client, world, path, limit=2, cursor=first["next_cursor"])

    assert [item["place"] and item["place"]["name"] for item in first["items"]] == [None, "Orchard"]
    assert [item["started_at"][11:16] for item in second["items"]] == ["00:00"]
    assert second["next_cursor"] is None
    assert read(client, world, path, vehicle=world.trucks[1].vehicle_id)["items"] == []
    touching = {"from": (NOW - 1.9 * HOUR).isoformat(), "to": (NOW - 1.5 * HOUR).isoformat()}
    assert len(read(client, world, path, **touching)["items"]) == 1


def test_idling_where_an_engine_must_run_is_told_as_excused(
    client: TestClient, conn: psycopg.Connection, world: World
) -> None:
    """A truck idles at a pump that lies on the orchard, then on the orchard, then nowhere."""
    truck = world.trucks[0]
    for number in (1, 2, 3):
        add_idling(conn, truck, NOW - number * HOUR)
    pump = add_place(conn, world, name="Pump", area_m2=90_000.0, excuses_idling=True)
    orchard = add_place(conn, world)
    for place_id, hours in ((pump, 3), (orchard, 3), (orchard, 2)):
        add_visit(conn, truck, place_id, NOW - hours * HOUR)

    told = read(client, world, "/v1/idling")["items"]

    assert [(item["place"] and item["place"]["name"], item["is_excused"]) for item in told] == [
        (None, False),
        ("Orchard", False),
        ("Orchard", True),
    ]


def test_a_stop_that_lasts_is_as_long_as_is_known(client: TestClient, conn: psycopg.Connection, world: World) -> None:
    add_stop(conn, world.trucks[0], NOW - HOUR, ended_at=None, engine_known_s=0.0)
    add_latest(conn, world.trucks[0], NOW - HOUR / 2)

    [stop] = read(client, world, "/v1/stops")["items"]

    assert (stop["ended_at"], stop["lasted_s"], stop["engine_on_s"]) == (None, 1800, None)


def test_days_of_trucks_come_newest_first_with_what_was_merged(
    client: TestClient, conn: psycopg.Connection, world: World
) -> None:
    truck = world.trucks[0]
    add_trip(conn, truck, NOW - 3 * HOUR)
    add_trip(conn, truck, NOW - 2 * HOUR)
    add_entry(conn, truck, NOW - 2.9 * HOUR, action="merge", other_at=NOW - 1.9 * HOUR)
    for back in range(3):
        add_day(conn, truck, (NOW - timedelta(days=back)).date(), rest_battery_v=12.4, energy_kwh=6.0)

    first = read(client, world, "/v1/days", limit=2)
    second = read(client, world, "/v1/days", limit=2, cursor=first["next_cursor"])

    days = first["items"] + second["items"]
    assert [day["local_date"] for day in days] == ["2026-11-22", "2026-11-21", "2026-11-20"]
    assert [day["trip_count"] for day in days] == [1, 2, 2]
    assert (days[0]["rest_battery_v"], days[0]["engine_known_s"], days[0]["km_per_kwh"]) == (12.4, 3600, 5)
    assert second["next_cursor"] is None


def test_days_of_drivers_go_by_who_is_named(client: TestClient, conn: psycopg.Connection, world: World) -> None:
    row = conn.execute("SELECT driver_id FROM driver WHERE fleet_id = %s", [world.fleet.fleet_id]).fetchone()
    assert row
    for back in (2, 3):
        started_at = add_trip(conn, world.trucks[0], NOW - back * HOUR)
        add_trip_day(conn, world.trucks[0], started_at, started_at.date())
    add_entry(conn, world.trucks[0], NOW - 1.9 * HOUR, driver_id=row[0])

    named, nobodys = read(client, world, "/v1/driver-days", role="viewer")["items"]

    assert (named["driver"]["id"], named["trip_count"], named["distance_km"]) == (row[0], 1, 9.877)
    assert (nobodys["driver"], nobodys["trip_count"]) == (None, 1)


@pytest.mark.parametrize(
    ("path", "params"),
    [
        ("/v1/stops", {"cursor": "x"}),
        ("/v1/days", {"cursor": "2026-13-01_1"}),
        ("/v1/driver-days", {"from": "2020-01-01T00:00:00Z"}),
        ("/v1/driver-days", {"from": "2027-01-01T00:00:00Z"}),
    ],
)
def test_what_cannot_be_asked_is_refused(client: TestClient, world: World, path: str, params: dict[str, str]) -> None:
    assert client.get(path, headers=world.headers(), params=params).status_code == 422


def enter(client: TestClient, world: World, role: str = "manager", **body: Any) -> Any:
    path = f"/v1/vehicles/{world.trucks[0].vehicle_id}/odometer"
    return client.post(path, headers=world.headers(role), json={"read_at": (NOW - HOUR).isoformat(), **body})


def test_a_reading_anchors_the_odometer_and_what_was_driven_since_is_added(
    client: TestClient, conn: psycopg.Connection, world: World
) -> None:
    truck = world.trucks[0]
    zeros = dict.fromkeys(("engine_known_s", "fuel_l", "fuel_known_s", "energy_kwh", "energy_known_s", "gap_s"), 0.0)
    insert(
        conn, "trace", vehicle_id=truck.vehicle_id, fleet_id=truck.fleet_id, at=NOW - HOUR / 2, kind="drive",
        lasted_s=600, distance_m=5000, moving_s=600, engine_on_s=1800, **zeros,
    )  # fmt: skip
    sum_trace_days(
        conn, vehicle_id=truck.vehicle_id, fleet_id=truck.fleet_id, from_at=NOW - timedelta(days=1), to_at=None
    )

    told = enter(client, world, odometer_km=84_211, engine_hours_h=2000)
    again = enter(client, world, odometer_km=84_211, engine_hours_h=2000)

    assert (told.status_code, told.json()["odometer_km"], told.json()) == (201, 84_211, again.json())
    assert conn.execute(
        "SELECT count(*) FROM odometer_reading WHERE vehicle_id = %s", [truck.vehicle_id]
    ).fetchone() == (1,)
    now = read(client, world, f"/v1/vehicles/{truck.vehicle_id}/odometer", role="driver")
    assert (now["odometer_km"], now["engine_hours_h"]) == (84_216, 2000.5)
    before = read(client, world, f"/v1/vehicles/{truck.vehicle_id}/odometer", at=(NOW - 2 * HOUR).isoformat())
    assert (before["odometer_km"], before["odometer_anchored_at"]) == (84_211, None)


@pytest.mark.parametrize(
    ("role", "body", "status"),
    [
        ("driver", {"odometer_km": 1}, 403),
        ("manager", {}, 422),
        ("manager", {"odometer_km": -1}, 422),
        ("manager", {"odometer_km": 1, "read_at": (NOW + HOUR).isoformat()}, 422),
    ],
)
def test_a_reading_that_cannot_be_is_refused(
    client: TestClient, world: World, role: str, body: dict[str, Any], status: int
) -> None:
    assert enter(client, world, role, **body).status_code == status
