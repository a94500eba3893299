"""Naming places, and the visits and farm days read back."""

from datetime import timedelta
from typing import Any

import psycopg
import pytest
from fastapi.testclient import TestClient

from tests.api.builders import NOW, World, add_day, add_entry, add_place, add_trip, add_visit, insert

POINT = {"type": "Point", "coordinates": [138.18, 36.65]}
SQUARE = {
    "type": "Polygon",
    "coordinates": [[[138.18, 36.65], [138.182, 36.65], [138.182, 36.652], [138.18, 36.652], [138.18, 36.65]]],
}


def polygon(*corners: tuple[float, float]) -> dict[str, Any]:
    return {"type": "Polygon", "coordinates": [[list(corner) for corner in (*corners, corners[0])]]}


def body(**changes: Any) -> dict[str, Any]:
    return {"name": "Orchard", "kind": "field", "geometry": POINT, "radius_m": 80.0, **changes}


def made(client: TestClient, world: World, **changes: Any) -> dict[str, Any]:
    answer = client.post("/v1/places", headers=world.headers(), json=body(**changes))
    assert answer.status_code == 201, answer.text
    told: dict[str, Any] = answer.json()
    return told


def test_a_named_place_is_told_and_its_past_is_asked_for(
    client: TestClient, conn: psycopg.Connection, world: World
) -> None:
    one = made(client, world)

    assert (one["name"], one["on_farm"], one["radius_m"], one["dwell_s"]) == ("Orchard", True, 80, 180)
    assert one["is_being_asked"]
    assert client.get(f"/v1/places/{one['id']}", headers=world.headers()).json() == one
    assert client.get("/v1/places", headers=world.headers("driver")).json()["items"] == [one]
    [(count, by)] = conn.execute(
        "SELECT count(*), max(entered_by) FROM place_touch JOIN place USING (place_id) WHERE place_id = %s", [one["id"]]
    ).fetchall()
    assert count == len(world.trucks)
    assert by.startswith("manager, key ")


def test_a_polygon_is_kept_as_drawn(client: TestClient, world: World) -> None:
    one = made(client, world, geometry=SQUARE, radius_m=None, kind="base", on_farm=True)

    assert one["geometry"] == SQUARE
    assert one["radius_m"] is None
    assert one["area_m2"] == pytest.approx(178.5 * 222.4, rel=0.01)


def test_a_place_is_changed_and_removed(client: TestClient, conn: psycopg.Connection, world: World) -> None:
    one = made(client, world)
    path = f"/v1/places/{one['id']}"

    changed = client.put(path, headers=world.headers(), json=body(name="Pears", radius_m=120.0))
    removed = client.delete(path, headers=world.headers())

    assert (changed.json()["name"], changed.json()["radius_m"]) == ("Pears", 120)
    assert removed.status_code == 204
    assert client.get(path, headers=world.headers()).status_code == 404
    assert client.delete(path, headers=world.headers()).status_code == 404
    assert made(client, world, name="Pears")["id"] != one["id"]  # the name is free again


@pytest.mark.parametrize(
    ("geometry", "radius_m", "why"),
    [
        (POINT, None, "radius_m"),
        (POINT, 5.0, "radius"),
        ({"type": "LineString", "coordinates": [[138, 36], [139, 36]]}, None, "LineString"),
        (polygon((138, 36), (138.01, 36.01), (138.01, 36), (138, 36.01)), None, "crosses itself"),
        (polygon((179.9, 0), (-179.9, 0), (-179.9, 1)), None, "180th meridian"),
        ({"type": "Point", "coordinates": [36.65, 138.18]}, 80.0, "wrong way round"),
    ],
)
def test_what_cannot_be_a_place_is_refused_in_words(
    client: TestClient, world: World, geometry: dict[str, Any], radius_m: float | None, why: str
) -> None:
    answer = client.post("/v1/places", headers=world.headers(), json=body(geometry=geometry, radius_m=radius_m))

    assert answer.status_code == 422
    assert why in answer.json()["detail"]


def test_two_places_cannot_have_one_name(client: TestClient, world: World) -> None:
    made(client, world)

    answer = client.post("/v1/places", headers=world.headers(), json=body())

    assert answer.status_code == 409
    assert "already a place named" in answer.json()["detail"]
    assert len(client.get("/v1/places", headers=world.headers()).json()["items"]) == 1


@pytest.mark.parametrize("role", ["driver", "viewer"])
def test_only_managers_name_change_and_remove(client: TestClient, world: World, role: str) -> None:
    one = made(client, world)
    headers = world.headers(role)

    assert client.post("/v1/places", headers=headers, json=body(name="Mine")).status_code == 403
    assert client.post("/v1/places/geojson", headers=headers, json={"type": "x", "features": []}).status_code == 403
    assert client.put(f"/v1/places/{one['id']}", headers=headers, json=body(name="Mine")).status_code == 403
    assert client.delete(f"/v1/places/{one['id']}", headers=headers).status_code == 403
    assert client.get("/v1/places", headers=world.headers()).json()["items"] == [one]


def test_another_fleets_place_cannot_be_changed_or_removed(client: TestClient, world: World, other: World) -> None:
    one = made(client, world)

    assert client.put(f"/v1/places/{one['id']}", headers=other.headers(), json=body()).status_code == 404
    assert client.delete(f"/v1/places/{one['id']}", headers=other.headers()).status_code == 404
    assert client.get(f"/v1/places/{one['id']}", headers=world.headers()).json() == one


def test_places_go_out_and_come_in_as_geojson(client: TestClient, world: World, other: World) -> None:
    made(client, world)
    made(client, world, name="Barn", geometry=SQUARE, radius_m=None, dwell_s=60)

    collection = client.get("/v1/places/geojson", headers=world.headers()).json()
    answer = client.post("/v1/places/geojson", headers=other.headers(), json=collection)

    assert answer.status_code == 201, answer.text
    again = client.get("/v1/places/geojson", headers=other.headers()).json()
    for feature in [*collection["features"], *again["features"]]:
        del feature["properties"]["place_id"]
    assert again == collection


def test_a_wrong_feature_is_named_and_none_is_taken_in(client: TestClient, world: World) -> None:
    features = [
        {"type": "Feature", "properties": {"name": "Good", "radius_m": 50}, "geometry": POINT},
        {"type": "Feature", "properties": {"name": "Bad"}, "geometry": POINT},
    ]

    answer = client.post(
        "/v1/places/geojson", headers=world.headers(), json={"type": "FeatureCollection", "features": features}
    )

    assert answer.status_code == 422
    assert "feature 2" in answer.json()["detail"]
    assert client.get("/v1/places", headers=world.headers()).json()["items"] == []


def test_where_trucks_stood_often_is_suggested_until_it_has_a_name(
    client: TestClient, conn: psycopg.Connection, world: World
) -> None:
    for number in range(4):
        at = NOW - timedelta(days=number + 1)
        values = {"engine_on_s": 0.0, "fuel_known_s": 0.0, "rules_version": "t", "ended_at": at + timedelta(hours=1)}
        where = {"lat": 36.7 + number * 1e-4, "lon": 138.2}
        truck = world.trucks[number % 2]
        insert(conn, "stop", vehicle_id=truck.vehicle_id, fleet_id=truck.fleet_id, started_at=at, **where, **values)

    [one] = client.get("/v1/places/suggestions", headers=world.headers()).json()["items"]
    assert (one["stop_count"], one["vehicle_count"], one["stood_s"]) == (4, 2, 14_400)
    assert one["centre"]["lat"] == pytest.approx(36.70015)

    centre = [one["centre"]["lon"], one["centre"]["lat"]]
    made(client, world, geometry={"type": "Point", "coordinates": centre}, radius_m=one["radius_m"])
    assert client.get("/v1/places/suggestions", headers=world.headers()).json()["items"] == []


def test_visits_come_in_pages_newest_first_without_passing_by(
    client: TestClient, conn: psycopg.Connection, world: World
) -> None:
    place_id = add_place(conn, world)
    for number in range(5):
        add_visit(conn, world.trucks[number % 2], place_id, NOW - timedelta(hours=number), left_at=None)
    add_visit(conn, world.trucks[0], place_id, NOW - timedelta(minutes=30), is_visit=False)
    found: list[str] = []
    cursor: dict[str, str] = {}

    while True:
        page = client.get("/v1/visits", headers=world.headers(), params={"limit": 2, **cursor}).json()
        found += [item["entered_at"] for item in page["items"]]
        if page["next_cursor"] is None:
            break
        cursor = {"cursor": page["next_cursor"]}

    assert found == [(NOW - timedelta(hours=number)).isoformat().replace("+00:00", "Z") for number in range(5)]
    assert page["items"][0]["place"] == {"id": place_id, "name": "Orchard"}
    assert client.get("/v1/visits", headers=world.headers(), params={"cursor": "x"}).status_code == 422


def test_a_trip_is_labelled_by_the_smallest_place_it_began_and_ended_at(
    client: TestClient, conn: psycopg.Connection, world: World
) -> None:
    truck = world.trucks[0]
    started_at = add_trip(conn, truck, NOW - timedelta(hours=5))
    ended_at = started_at + timedelta(minutes=20)
    farm, barn = add_place(conn, world, name="Farm", area_m2=90_000), add_place(conn, world, name="Barn", area_m2=900)
    for place_id in (farm, barn):
        add_visit(conn, truck, place_id, started_at - timedelta(hours=1), left_at=started_at + timedelta(seconds=20))
    add_visit(conn, truck, farm, ended_at - timedelta(seconds=5), left_at=None, is_visit=False)

    [item] = client.get("/v1/trips", headers=world.headers()).json()["items"]

    assert (item["start_place"]["name"], item["end_place"]["name"]) == ("Barn", "Farm")


def test_on_the_farm_and_on_the_road_add_up_to_the_day(
    client: TestClient, conn: psycopg.Connection, world: World
) -> None:
    truck, today = world.trucks[0], NOW.date()  # in Tokyo, too
    add_day(conn, truck, today)
    zeros = {"energy_kwh": 0, "energy_known_s": 0, "gap_s": 0}
    sums = {"inside_s": 7200, "moving_s": 900, "engine_on_s": 3000, "engine_known_s": 7200, "distance_m": 4000}
    names = {"vehicle_id": truck.vehicle_id, "fleet_id": truck.fleet_id, "local_date": today}
    insert(conn, "farm_day", **names, **sums, **zeros, fuel_l=0.5, fuel_known_s=3000)
    started_at = add_trip(conn, truck, NOW - timedelta(hours=8), distance_m=10_000)
    add_entry(conn, truck, started_at + timedelta(minutes=10), action="correct", corrected_distance_m=12_000)

    [farm] = client.get("/v1/stats/farm?bucket=day", headers=world.headers()).json()["items"]
    [fuel] = client.get("/v1/stats/fuel?bucket=day", headers=world.headers()).json()["items"]

    assert (farm["on_farm_km"], farm["road_km"], farm["on_farm_s"]) == (4, 28, 7200)
    assert fuel["distance_km"] == 32
