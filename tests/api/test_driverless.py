"""Trips nobody has named a driver for, as the API tells them."""

from datetime import timedelta
from typing import Any

import psycopg
import pytest
from fastapi.testclient import TestClient
from psycopg.types.json import Jsonb

from tests.api.builders import NOW, World, add_entry, add_samples, add_trip, insert

HOUR = timedelta(hours=1)
MINUTE = timedelta(minutes=1)


def switch_on(conn: psycopg.Connection, world: World, **limits: Any) -> None:
    insert(
        conn, "rule_setting", fleet_id=world.fleet.fleet_id, kind="driverless", is_on=True, limits=Jsonb(limits),
        entered_by="test",
    )  # fmt: skip


def listed(client: TestClient, world: World, role: str = "manager", **params: Any) -> list[dict[str, Any]]:
    answer = client.get("/v1/driverless-trips", headers=world.headers(role), params=params)
    assert answer.status_code == 200, answer.text
    items: list[dict[str, Any]] = answer.json()["items"]
    return items


@pytest.fixture
def driven(conn: psycopg.Connection, world: World) -> World:
    """Two trips that ended 29 h 40 min and 39 min ago."""
    add_trip(conn, world.trucks[0], NOW - 30 * HOUR)
    add_trip(conn, world.trucks[0], NOW - 59 * MINUTE)
    return world


def test_a_fleet_that_does_not_ask_for_drivers_is_told_of_none(client: TestClient, driven: World) -> None:
    assert listed(client, driven) == []


def test_a_trip_is_told_once_its_time_is_up_until_a_driver_is_named(
    client: TestClient, conn: psycopg.Connection, driven: World
) -> None:
    switch_on(conn, driven)

    [one] = listed(client, driven, role="driver")
    driver = conn.execute("SELECT driver_id FROM driver WHERE fleet_id = %s", [driven.fleet.fleet_id]).fetchone()
    assert driver
    add_entry(conn, driven.trucks[0], NOW - 29.9 * HOUR, driver_id=driver[0])

    assert (one["overdue_h"], one["is_late"]) == (5.7, False)
    assert listed(client, driven) == []


def test_half_of_a_trip_is_told_while_only_the_other_half_has_a_driver(
    client: TestClient, conn: psycopg.Connection, driven: World
) -> None:
    switch_on(conn, driven)
    driver = conn.execute("SELECT driver_id FROM driver WHERE fleet_id = %s", [driven.fleet.fleet_id]).fetchone()
    assert driver
    add_entry(conn, driven.trucks[0], NOW - 30 * HOUR + 10 * MINUTE, action="split")
    add_entry(conn, driven.trucks[0], NOW - 30 * HOUR + 15 * MINUTE, driver_id=driver[0])

    [one] = listed(client, driven)

    assert one["distance_km"] == pytest.approx(9.877 / 2, abs=0.01)


def test_a_trip_that_arrived_late_is_marked_and_gets_the_whole_time(
    client: TestClient, conn: psycopg.Connection, driven: World
) -> None:
    switch_on(conn, driven, within_h=24)
    ended_at = NOW - 30 * HOUR + 20 * MINUTE
    add_samples(conn, driven.trucks[0], [{"sampled_at": ended_at, "delay_s": 3600}])

    [one] = listed(client, driven)

    assert (one["overdue_h"], one["is_late"]) == (4.7, True)


def test_a_cursor_that_is_none_is_refused(client: TestClient, world: World) -> None:
    assert client.get("/v1/driverless-trips?cursor=x", headers=world.headers()).status_code == 422
