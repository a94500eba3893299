"""`GET /v1/drivers` and `GET /v1/fuel-factors`."""

from datetime import UTC, datetime
from typing import Any

import psycopg
import pytest
from fastapi.testclient import TestClient

from keitora.drivers.queries import create_driver
from tests.api.builders import World, insert


def read(client: TestClient, world: World, path: str, **params: Any) -> list[dict[str, Any]]:
    answer = client.get(path, headers=world.headers("viewer"), params=params)
    assert answer.status_code == 200, answer.text
    items: list[dict[str, Any]] = answer.json()["items"]
    return items


@pytest.mark.parametrize("path", ["/v1/drivers", "/v1/fuel-factors"])
def test_a_drivers_key_may_not_read_it(client: TestClient, world: World, path: str) -> None:
    assert client.get(path, headers=world.headers("driver")).status_code == 403


def test_drivers_come_by_name_and_of_the_own_fleet_alone(
    client: TestClient, conn: psycopg.Connection, world: World, other: World
) -> None:
    driver_id = create_driver(conn, fleet_id=world.fleet.fleet_id, name="A. Aoki")
    create_driver(conn, fleet_id=other.fleet.fleet_id, name="A. Stranger")

    told = read(client, world, "/v1/drivers")

    assert told[0] == {"id": driver_id, "name": "A. Aoki"}
    assert [one["name"] for one in told] == sorted(one["name"] for one in told)
    assert "A. Stranger" not in {one["name"] for one in told}


def test_factors_are_told_with_the_times_they_hold(
    client: TestClient, conn: psycopg.Connection, world: World, other: World
) -> None:
    change = datetime(2026, 6, 1, tzinfo=UTC)
    for fleet in (world, other):
        truck = fleet.trucks[0]
        own = {"vehicle_id": truck.vehicle_id, "fleet_id": truck.fleet_id, "method": "maf", "uncertainty_ratio": 0.031}
        insert(conn, "fuel_factor", **own, valid_from="-infinity", valid_to=change, factor=1.0621, tank_count=7)
        insert(conn, "fuel_factor", **own, valid_from=change, valid_to="infinity", factor=0.98, tank_count=2)

    before, after = read(client, world, "/v1/fuel-factors")

    assert (before["vehicle"]["id"], before["method"]) == (world.trucks[0].vehicle_id, "maf")
    assert (before["from_at"], before["to_at"]) == (None, "2026-06-01T00:00:00Z")
    assert (before["factor_ratio"], before["plus_minus_ratio"], before["tank_count"]) == (1.0621, 0.031, 7)
    assert (after["from_at"], after["to_at"]) == ("2026-06-01T00:00:00Z", None)
    assert read(client, world, "/v1/fuel-factors", vehicle=str(world.trucks[1].vehicle_id)) == []
