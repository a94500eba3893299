"""Who may see what: every route, walked as everybody."""

import hashlib
import re
from datetime import timedelta
from typing import Any

import psycopg
import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from psycopg.types.json import Jsonb

from keitora.episodes.ids import EpisodeKey, episode_id
from keitora.trips.ids import trip_id
from keitora.trips.model import TripKey
from tests.api.builders import (
    NOW,
    World,
    add_day,
    add_device,
    add_entry,
    add_episode,
    add_fill_up,
    add_idling,
    add_latest,
    add_place,
    add_samples,
    add_stop,
    add_trip,
    add_trip_day,
    add_upkeep,
    add_visit,
    drive,
    insert,
)

OPEN = {"/healthz", "/metrics"}
BODIES: dict[str, Any] = {
    "/v1/trips/{trip_id}/overlay": {"action": "describe", "purpose": "work"},
    "/v1/upkeep/{upkeep_id}/done": {"done_on": "2026-11-20"},
    "/v1/vehicles/{vehicle_id}/odometer": {"read_at": "2026-11-20T00:00:00Z", "odometer_km": 1000},
}
ENDLESS = {"/v1/positions/stream"}
"""Never ends: walked in test_position_stream.py."""
NOT_FOR_DRIVERS = {
    "/v1/states",
    "/v1/service",
    "/v1/quality",
    "/v1/vehicles/{vehicle_id}/signals",
    "/v1/vehicles/{vehicle_id}/samples.csv",
    "/v1/stats",
    "/v1/stats/fuel",
    "/v1/stats/farm",
    "/v1/days",
    "/v1/driver-days",
}


def routes(app: FastAPI, method: str = "get") -> list[str]:
    return [path for path, offered in app.openapi()["paths"].items() if method in offered and path not in ENDLESS]


@pytest.fixture
def busy(conn: psycopg.Connection, world: World) -> World:
    """A fleet with a row in every table the API reads."""
    truck = world.trucks[0]
    start = add_trip(conn, truck, NOW - timedelta(hours=2))
    add_samples(conn, truck, drive(start, 20))
    add_latest(conn, truck, NOW - timedelta(seconds=5))
    add_day(conn, truck, start.date(), rest_battery_v=12.4)
    add_trip_day(conn, truck, start, start.date())
    add_stop(conn, truck, start + timedelta(minutes=20))
    add_idling(conn, truck, start + timedelta(minutes=5))
    add_episode(conn, truck, start)
    insert(
        conn, "rule_setting", fleet_id=world.fleet.fleet_id, kind="driverless", is_on=True,
        limits=Jsonb({"within_h": 0.5}), entered_by="test",
    )  # fmt: skip
    place_id = add_place(conn, world, name=f"place of {world.fleet.name}")
    add_visit(conn, truck, place_id, start, left_at=NOW)
    add_entry(conn, truck, start + timedelta(minutes=10), purpose="work", note=f"note of {world.fleet.name}")
    add_entry(conn, truck, start - timedelta(days=9), purpose="work")
    upkeep_id = add_upkeep(conn, truck, name=f"oil of {world.fleet.name}")
    world.upkeep_ids.append(upkeep_id)
    add_device(conn, truck, f"device-of-{world.fleet.fleet_id}")
    add_fill_up(conn, world, start, station=f"station of {world.fleet.name}")
    return world


def path_of(route: str, world: World) -> str:
    vehicle_id, at = world.trucks[0].vehicle_id, NOW - timedelta(hours=2)
    filled = route.replace("{trip_id}", trip_id(TripKey(vehicle_id, at)))
    filled = filled.replace("{episode_id}", episode_id(EpisodeKey(vehicle_id, "overheating", at)))
    filled = filled.replace("{vehicle_id}", str(vehicle_id))
    filled = filled.replace("{fill_up_id}", str(world.fill_up_ids[0] if world.fill_up_ids else 1)).replace(
        "{kind}", "volume"
    )
    filled += {"signals": "?signal=speed_kmh", "search": "?q=f"}.get(route.rsplit("/", 1)[-1], "")
    filled = filled.replace("{upkeep_id}", str(world.upkeep_ids[0] if world.upkeep_ids else 1))
    return filled.replace("{place_id}", str(world.place_ids[0] if world.place_ids else 1))


def test_every_route_of_v1_needs_a_key(app: FastAPI, client: TestClient, busy: World) -> None:
    for route in routes(app):
        answer = client.get(path_of(route, busy))

        assert answer.status_code == (200 if route in OPEN else 401), route
        if route not in OPEN:
            assert answer.json()["type"] == "/problems/unauthorized"
            assert answer.headers["www-authenticate"] == "Bearer"


def test_nothing_is_written_without_a_key_or_for_another_fleet(
    app: FastAPI, client: TestClient, busy: World, other: World
) -> None:
    assert routes(app, "post")
    for route in routes(app, "post"):
        assert client.post(path_of(route, busy)).status_code == 401, route
        if "{" in route:  # of one thing, which the other fleet does not have
            told = client.post(path_of(route, busy), headers=other.headers(), json=BODIES.get(route))
            assert told.status_code == 404, route
        assert client.post(path_of(route, busy), headers=busy.headers("viewer")).status_code == 403, route


@pytest.mark.parametrize("headers", [{"Authorization": "Bearer kt_wrong"}, {"X-API-Key": "kt_wrong"}])
def test_an_unknown_key_opens_nothing(app: FastAPI, client: TestClient, busy: World, headers: dict[str, str]) -> None:
    for route in set(routes(app)) - OPEN:
        assert client.get(path_of(route, busy), headers=headers).status_code == 401, route


def test_both_ways_to_send_a_key_work(client: TestClient, world: World) -> None:
    by_bearer = client.get("/v1/fleet", headers={"Authorization": f"Bearer {world.keys['viewer']}"})
    by_header = client.get("/v1/fleet", headers={"X-API-Key": world.keys["viewer"]})

    assert by_bearer.json() == by_header.json()
    assert by_bearer.json()["role"] == "viewer"


@pytest.mark.parametrize("change", ["revoked_at = now()", "expires_at = now() - interval '1 second'"])
def test_a_revoked_or_expired_key_opens_nothing(
    client: TestClient, conn: psycopg.Connection, world: World, change: str
) -> None:
    digest = hashlib.sha256(world.keys["manager"].encode()).digest()
    conn.execute(f"UPDATE api_key SET {change} WHERE token_sha256 = %s".encode(), [digest])

    assert client.get("/v1/fleet", headers=world.headers()).status_code == 401
    assert client.get("/v1/fleet", headers=world.headers("viewer")).status_code == 200


@pytest.mark.parametrize("role", ["manager", "viewer"])
def test_manager_and_viewer_read_everything(app: FastAPI, client: TestClient, busy: World, role: str) -> None:
    for route in routes(app):
        assert client.get(path_of(route, busy), headers=busy.headers(role)).status_code == 200, route


def test_a_driver_reads_all_but_statistics(app: FastAPI, client: TestClient, busy: World) -> None:
    for route in routes(app):
        answer = client.get(path_of(route, busy), headers=busy.headers("driver"))

        assert answer.status_code == (403 if route in NOT_FOR_DRIVERS else 200), route


def test_another_fleet_sees_nothing_of_this_one(app: FastAPI, client: TestClient, busy: World, other: World) -> None:
    truck = busy.trucks[0]
    for route in set(routes(app)) - OPEN:
        params: dict[str, Any] = {"vehicle": truck.vehicle_id, "signal": "speed_kmh", "q": "f"}
        answer = client.get(path_of(route, busy), headers=other.headers(), params=params)

        assert busy.fleet.name not in answer.text, route
        if "{" in route:
            assert answer.status_code == 404, route
        elif route == "/v1/places/geojson":
            assert answer.json()["features"] == []
        elif route == "/v1/home":
            assert (answer.json()["vehicles"], answer.json()["trips_today"]) == ([], [])
        elif route == "/v1/search":
            assert {item["kind"] for item in answer.json()["items"]} <= {"vehicle"}
        elif route not in {"/v1/fleet", "/v1/vehicles"}:
            assert answer.json()["items"] == [], route


def test_the_database_itself_keeps_fleets_apart(
    client: TestClient, busy: World, other: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Even a query that asks for the wrong fleet gets nothing, though the pool logs in as the owner."""
    real = psycopg.AsyncCursor.execute
    asked: list[bytes] = []

    async def wrong_fleet(self: Any, query: Any, params: Any = None, **options: Any) -> Any:
        if isinstance(query, bytes) and params and "fleet_id" in params:
            asked.append(query)
            params = {**params, "fleet_id": busy.fleet.fleet_id}
        return await real(self, query, params, **options)

    monkeypatch.setattr(psycopg.AsyncCursor, "execute", wrong_fleet)
    for path in (
        "/v1/vehicles",
        "/v1/positions/latest",
        "/v1/trips",
        "/v1/stats",
        "/v1/stats/fuel",
        "/v1/episodes",
        "/v1/batteries",
        "/v1/silent-vehicles",
        "/v1/stats/farm",
        "/v1/visits",
        "/v1/stops",
        "/v1/idling",
        "/v1/days",
        "/v1/driver-days",
        "/v1/driverless-trips",
        "/v1/fill-ups",
        "/v1/upkeep",
        "/v1/devices",
        "/v1/quality",
        "/v1/search?q=f",
    ):
        assert client.get(path, headers=other.headers()).json()["items"] == [], path
    track = path_of("/v1/trips/{trip_id}/track", busy)
    assert client.get(track, headers=other.headers()).status_code == 404
    assert len(asked) >= 10


def test_samples_have_no_policy_so_their_query_joins_vehicle() -> None:
    """Every statement that reads `sample` goes through `vehicle` and names the fleet."""
    from importlib.resources import files  # noqa: PLC0415 -- only here

    statements = [
        path.read_text("utf-8")
        for feature in ("trips", "fuel", "positions", "vehicles", "episodes")
        for path in files(f"keitora.{feature}").joinpath("sql").iterdir()
    ]
    reading = [text for text in statements if re.search(r"(FROM|JOIN) sample\b", text)]

    assert reading
    for text in reading:
        assert re.search(r"(FROM|JOIN) vehicle AS v\b", text)
        assert "v.fleet_id = %(fleet_id)s" in text
