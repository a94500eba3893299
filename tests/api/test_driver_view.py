"""What a driver sees of trips, fill-ups and episodes: his own, and nobody's."""

from datetime import timedelta
from typing import Any

import psycopg
import pytest
from fastapi.testclient import TestClient

from keitora.trips.ids import trip_id
from keitora.trips.model import TripKey
from tests.api.builders import NOW, World, add_entry, add_episode, add_fill_up, add_trip, insert
from tests.api.people import add_person, add_session, bearer


@pytest.fixture
def driver(conn: psycopg.Connection, world: World) -> dict[str, str]:
    return bearer(add_session(conn, world, add_person(conn, world, "driver").person_id))


def driver_numbers(conn: psycopg.Connection, world: World) -> tuple[int, int]:
    fleet_id = world.fleet.fleet_id
    insert(conn, "driver", fleet_id=fleet_id, name="Somebody else")
    own, elses = conn.execute("SELECT driver_id FROM driver WHERE fleet_id = %s ORDER BY 1", [fleet_id]).fetchall()
    return own[0], elses[0]


@pytest.fixture
def trips(conn: psycopg.Connection, world: World) -> dict[str, str]:
    """Three trips: the driver's own, somebody else's, and one nobody has claimed."""
    truck, found = world.trucks[0], {}
    own, elses = driver_numbers(conn, world)
    for hours, (name, driver_id) in enumerate({"own": own, "elses": elses, "nobodys": None}.items(), 2):
        at = add_trip(conn, truck, NOW - timedelta(hours=hours))
        if driver_id is not None:
            add_entry(conn, truck, at + timedelta(minutes=5), driver_id=driver_id)
        found[name] = trip_id(TripKey(truck.vehicle_id, at))
    return found


def test_a_driver_sees_his_own_trips_and_those_nobody_has_claimed(
    client: TestClient, driver: dict[str, str], trips: dict[str, str]
) -> None:
    listed = {one["id"] for one in client.get("/v1/trips", headers=driver).json()["items"]}

    assert listed == {trips["own"], trips["nobodys"]}


def test_no_filter_shows_him_somebody_elses(
    client: TestClient, conn: psycopg.Connection, world: World, driver: dict[str, str], trips: dict[str, str]
) -> None:
    [*numbers] = conn.execute("SELECT driver_id FROM driver WHERE fleet_id = %s", [world.fleet.fleet_id])
    asked: dict[str, Any] = {"driver": [number for (number,) in numbers], "vehicle": world.trucks[0].vehicle_id}

    listed = {one["id"] for one in client.get("/v1/trips", headers=driver, params=asked).json()["items"]}

    assert listed == {trips["own"]}


@pytest.mark.parametrize("path", ["", "/track", "/overlay"])
def test_somebody_elses_trip_is_not_there_for_him(
    client: TestClient, world: World, driver: dict[str, str], trips: dict[str, str], path: str
) -> None:
    for name in ("own", "nobodys"):
        assert client.get(f"/v1/trips/{trips[name]}{path}", headers=driver).status_code == 200
    assert client.get(f"/v1/trips/{trips['elses']}{path}", headers=driver).status_code == 404
    assert client.get(f"/v1/trips/{trips['elses']}{path}", headers=world.headers()).status_code == 200


def test_he_says_something_of_his_own_trips_only(
    client: TestClient, driver: dict[str, str], trips: dict[str, str]
) -> None:
    said = {"action": "describe", "purpose": "private"}
    told = {
        name: client.post(f"/v1/trips/{trip}/overlay", headers=driver, json=said).status_code
        for name, trip in trips.items()
    }

    assert told == {"own": 201, "nobodys": 201, "elses": 404}


def test_he_sees_and_takes_back_only_the_fill_ups_he_has_typed(
    client: TestClient, conn: psycopg.Connection, world: World, driver: dict[str, str]
) -> None:
    elses = add_fill_up(conn, world, NOW - timedelta(days=1), total_price=4500)
    body = {"vehicle_id": world.trucks[0].vehicle_id, "filled_at": "2026-11-20T00:00:00Z", "volume_l": 20}
    own = client.post("/v1/fill-ups", headers=driver, json=body).json()["id"]

    listed = [one["id"] for one in client.get("/v1/fill-ups", headers=driver).json()["items"]]

    assert listed == [own]
    assert client.delete(f"/v1/fill-ups/{elses}", headers=driver).status_code == 404
    assert client.post(f"/v1/fill-ups/{elses}/confirm/volume", headers=driver).status_code == 404
    assert client.delete(f"/v1/fill-ups/{own}", headers=driver).status_code == 204


def test_he_is_told_what_is_the_matter_with_a_truck_not_how_others_drive(
    client: TestClient, conn: psycopg.Connection, world: World, driver: dict[str, str]
) -> None:
    truck = world.trucks[0]
    add_episode(conn, truck, NOW - timedelta(hours=3), kind="overheating")
    add_episode(conn, truck, NOW - timedelta(hours=2), kind="harsh_braking")
    everything = {one["kind"]: one["id"] for one in client.get("/v1/episodes", headers=world.headers()).json()["items"]}

    shown = client.get("/v1/episodes", headers=driver).json()["items"]
    asked = client.get("/v1/episodes", headers=driver, params={"kind": ["harsh_braking"]}).json()["items"]
    hidden = f"/v1/episodes/{everything['harsh_braking']}/acknowledge"

    assert set(everything) == {"overheating", "harsh_braking"}
    assert [one["kind"] for one in shown] == ["overheating"]
    assert asked == []
    assert client.post(hidden, headers=driver, json={}).status_code == 404
