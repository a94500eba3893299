from datetime import datetime, timedelta
from typing import Any

import psycopg
import pytest
from fastapi.testclient import TestClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.api.builders import NOW, World, add_latest, add_samples, add_trip, drive

HOUR = timedelta(hours=1)


def trips(client: TestClient, world: World, **params: Any) -> dict[str, Any]:
    answer = client.get("/v1/trips", headers=world.headers(), params=params)
    assert answer.status_code == 200, answer.text
    body: dict[str, Any] = answer.json()
    return body


def starts(body: dict[str, Any]) -> list[datetime]:
    return [datetime.fromisoformat(item["started_at"]) for item in body["items"]]


def test_what_a_trip_tells(client: TestClient, conn: psycopg.Connection, world: World) -> None:
    truck = world.trucks[0]
    add_trip(conn, truck, NOW - HOUR)

    (item,) = trips(client, world)["items"]

    assert item == {
        "id": f"{truck.vehicle_id}-mwr6vy80",
        "vehicle": {"id": truck.vehicle_id, "name": truck.name},
        "started_at": "2026-11-22T02:00:00Z",
        "ended_at": "2026-11-22T02:20:00Z",
        "in_progress": False,
        "start": {"lat": 36.651289, "lon": 138.180956},
        "end": {"lat": 36.643191, "lon": 138.188675},
        "distance_km": 9.877,
        "distance_source": "vehicle_speed",
        "distance_second_km": 9.8,
        "duration_s": 1200.0,
        "moving_s": 1000.0,
        "idle_s": 200.0,
        "gap_s": 0.0,
        "engine_on_s": 1200.0,
        "engine_known_s": 1200.0,
        "average_speed_kmh": 29.6,
        "max_speed_kmh": 55.5,
        "climb_m": 80.0,
        "fuel_l": 0.65,
        "fuel_plus_minus_l": 0.06,
        "fuel_method": "speed_density",
        "fuel_shares": {},
        "fuel_calibrated_ratio": 0,
        "fuel_known_ratio": 0.992,
        "km_per_l": 15.19,
        "l_per_100km": 6.58,
        "idle_fuel_l": 0.0,
        "energy_kwh": None,
        "energy_plus_minus_kwh": None,
        "energy_method": None,
        "soc_from_pct": None,
        "soc_to_pct": None,
        "km_per_kwh": None,
        "cost": None,
        "cost_plus_minus": None,
        "cost_per_km": None,
        "idle_cost": None,
        "co2_kg": None,
        "start_place": None,
        "end_place": None,
        "purpose": None,
        "driver": None,
        "note": None,
        "part_count": 1,
        "derived_distance_km": 9.877,
    }
    assert client.get(f"/v1/trips/{item['id']}", headers=world.headers()).json() == item


def test_what_is_not_known_is_null(client: TestClient, conn: psycopg.Connection, world: World) -> None:
    nothing: dict[str, Any] = dict.fromkeys(
        ("start_lat", "start_lon", "end_lat", "end_lon", "distance_m", "distance_second_m", "max_speed_kmh", "climb_m")
    )
    nothing |= dict.fromkeys(("fuel_l", "fuel_plus_minus_l", "fuel_method", "energy_kwh"))
    add_trip(
        conn,
        world.trucks[0],
        NOW - HOUR,
        distance_source="unknown",
        engine_known_s=0.0,
        engine_on_s=0.0,
        fuel_known_s=0.0,
        **nothing,
    )

    (item,) = trips(client, world)["items"]

    unknown = {name for name, value in item.items() if value is None}
    assert unknown == {
        *("start", "end", "distance_km", "distance_second_km", "average_speed_kmh", "max_speed_kmh", "climb_m"),
        *("idle_s", "engine_on_s"),
        *("fuel_l", "fuel_plus_minus_l", "fuel_method", "fuel_known_ratio", "km_per_l", "l_per_100km"),
        *(
            "idle_fuel_l",
            "energy_kwh",
            "energy_plus_minus_kwh",
            "energy_method",
            "soc_from_pct",
            "soc_to_pct",
            "km_per_kwh",
        ),
        *("cost", "cost_plus_minus", "cost_per_km", "idle_cost", "co2_kg"),
        *("start_place", "end_place", "purpose", "driver", "note", "derived_distance_km"),
    }


def test_no_economy_from_half_of_the_fuel(client: TestClient, conn: psycopg.Connection, world: World) -> None:
    add_trip(conn, world.trucks[0], NOW - HOUR, fuel_known_s=1130.0)

    (item,) = trips(client, world)["items"]

    assert item["fuel_l"] == 0.65
    assert item["fuel_known_ratio"] == 0.942
    assert (item["km_per_l"], item["l_per_100km"]) == (None, None)


def test_from_is_inclusive_and_to_is_not(client: TestClient, conn: psycopg.Connection, world: World) -> None:
    made = [add_trip(conn, world.trucks[0], NOW - 5 * HOUR + number * HOUR) for number in range(4)]

    def found(**params: str) -> list[datetime]:
        return starts(trips(client, world, order="asc", **params))

    assert found() == made
    assert found(**{"from": made[1].isoformat(), "to": made[3].isoformat()}) == made[1:3]
    assert found(**{"from": str(int(made[2].timestamp() * 1000))}) == made[2:]  # Grafana's ${__from}
    assert found(**{"from": "2026-11-22T09:00:00+09:00"}) == made[2:]
    unescaped = client.get("/v1/trips?from=2026-11-22T09:00:00+09:00&order=asc", headers=world.headers())
    assert starts(unescaped.json()) == made[2:]


@pytest.mark.parametrize(
    ("newest_age_s", "ended_age_s", "is_open"),
    [(5, 10, True), (299, 310, True), (300, 310, False), (5, 304, True), (5, 305, False)],
)
def test_in_progress(
    *,
    client: TestClient,
    conn: psycopg.Connection,
    world: World,
    newest_age_s: int,
    ended_age_s: int,
    is_open: bool,
) -> None:
    truck = world.trucks[0]
    add_trip(conn, truck, NOW - 3 * HOUR)
    add_trip(conn, truck, NOW - HOUR, ended_at=NOW - timedelta(seconds=ended_age_s))
    add_latest(conn, truck, NOW - timedelta(seconds=newest_age_s))

    assert [item["in_progress"] for item in trips(client, world)["items"]] == [is_open, False]


def pages(client: TestClient, world: World, **params: Any) -> list[str]:
    found: list[str] = []
    cursor: dict[str, str] = {}
    while True:
        body = trips(client, world, **params, **cursor)
        found += [item["id"] for item in body["items"]]
        if body["next_cursor"] is None:
            return found
        assert len(body["items"]) == params["limit"]
        cursor = {"cursor": body["next_cursor"]}


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    offsets=st.lists(st.tuples(st.integers(0, 1), st.integers(0, 10)), unique=True, max_size=12),
    limit=st.integers(1, 5),
    order=st.sampled_from(["asc", "desc"]),
)
def test_pages_join_to_the_whole_list(
    *,
    client: TestClient,
    conn: psycopg.Connection,
    world: World,
    offsets: list[tuple[int, int]],
    limit: int,
    order: str,
) -> None:
    conn.execute("DELETE FROM trip WHERE fleet_id = %s", [world.fleet.fleet_id])
    for truck, minute in offsets:  # often two trucks at the same instant, and instants a microsecond apart
        add_trip(conn, world.trucks[truck], NOW - HOUR + timedelta(minutes=minute // 2, microseconds=minute % 2 * 1000))

    whole = [item["id"] for item in trips(client, world, limit=1000, order=order)["items"]]

    assert len(whole) == len(offsets)
    assert pages(client, world, limit=limit, order=order) == whole


def test_pages_stand_still_while_trips_come_and_go(client: TestClient, conn: psycopg.Connection, world: World) -> None:
    truck = world.trucks[0]
    made = [add_trip(conn, truck, NOW - number * HOUR) for number in range(2, 7)]
    first = trips(client, world, limit=2)

    add_trip(conn, truck, NOW - HOUR)
    conn.execute("DELETE FROM trip WHERE vehicle_id = %s AND started_at = %s", [truck.vehicle_id, made[1]])
    second = trips(client, world, limit=2, cursor=first["next_cursor"])

    assert starts(first) == made[:2]
    assert starts(second) == made[2:4]


def test_a_track_is_what_the_fold_believes(client: TestClient, conn: psycopg.Connection, world: World) -> None:
    truck = world.trucks[0]
    start = add_trip(conn, truck, NOW - HOUR, ended_at=NOW - HOUR + timedelta(seconds=59))
    rows = drive(start, 90)
    rows[20] |= {"lat": 35.0, "lon": 139.0}  # 180 km off
    rows[30] |= {"accuracy_m": 900.0}
    rows[40] |= {"lat": None, "lon": None}
    rows[50] |= {"speed_kmh": None, "gnss_speed_kmh": 35.94}
    add_samples(conn, truck, rows)
    add_samples(conn, truck, drive(start, 90, lon=138.1802), device_id=2)  # a phone in the same truck
    add_samples(conn, world.trucks[1], drive(start, 90, lat=36.9))
    (item,) = trips(client, world)["items"]

    body = client.get(f"/v1/trips/{item['id']}/track", headers=world.headers()).json()

    points = body["points"]
    assert (body["trip_id"], body["time_zone"]) == (item["id"], "Asia/Tokyo")
    assert [point["ts"] for point in points] == sorted({point["ts"] for point in points})
    assert len(points) == 57
    assert {point["lon"] for point in points} == {138.18}
    assert points[0] == {
        "ts": "2026-11-22T02:00:00Z",
        "lat": 36.65,
        "lon": 138.18,
        "speed_kmh": 36.0,
        "altitude_m": 370.4,
    }
    assert points[-1]["ts"] == "2026-11-22T02:00:59Z"
    assert [point["speed_kmh"] for point in points if point["ts"] == "2026-11-22T02:00:50Z"] == [35.9]

    thinned = client.get(f"/v1/trips/{item['id']}/track?max_points=10", headers=world.headers()).json()["points"]
    assert len(thinned) <= 10
    assert (thinned[0], thinned[-1]) == (points[0], points[-1])


def test_a_trip_without_positions_has_an_empty_track(
    client: TestClient, conn: psycopg.Connection, world: World
) -> None:
    add_trip(conn, world.trucks[0], NOW - HOUR)
    (item,) = trips(client, world)["items"]

    assert client.get(f"/v1/trips/{item['id']}/track", headers=world.headers()).json()["points"] == []


def test_a_truck_out_of_service_keeps_its_trips(client: TestClient, conn: psycopg.Connection, world: World) -> None:
    add_trip(conn, world.trucks[0], NOW - HOUR)
    conn.execute("UPDATE vehicle SET archived_at = now() WHERE vehicle_id = %s", [world.trucks[0].vehicle_id])

    assert len(trips(client, world)["items"]) == 1
