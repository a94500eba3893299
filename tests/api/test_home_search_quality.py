"""The home screen in one small answer; search; devices and how well they deliver."""

from datetime import timedelta

import psycopg
import pytest
from fastapi.testclient import TestClient
from psycopg.types.json import Jsonb
from pydantic import SecretStr

from keitora.fleets.queries import create_key
from keitora.vehicles.queries import create_vehicle
from keitora_api.app import create_app
from keitora_api.settings import ServiceSettings
from tests.api.builders import (
    NOW,
    World,
    add_device,
    add_entry,
    add_episode,
    add_fill_up,
    add_latest,
    add_place,
    add_trip,
    add_upkeep,
    insert,
)

HOUR = timedelta(hours=1)


def driver_of(conn: psycopg.Connection, world: World) -> int:
    [(driver_id,)] = conn.execute("SELECT driver_id FROM driver WHERE fleet_id = %s", [world.fleet.fleet_id])
    return int(driver_id)


def test_a_drivers_home_is_his_own(client: TestClient, conn: psycopg.Connection, world: World) -> None:
    own, other = (add_trip(conn, world.trucks[number], NOW - (number + 2) * HOUR) for number in (1, 0))
    add_entry(conn, world.trucks[1], own + HOUR / 6, driver_id=driver_of(conn, world))
    for truck in world.trucks:
        add_latest(conn, truck, NOW - timedelta(seconds=5))

    his = client.get("/v1/home", headers=world.headers("driver")).json()
    all_of_them = client.get("/v1/home", headers=world.headers()).json()

    assert his["driver"]["name"] == "Driver"
    assert his["own_vehicle"]["id"] == world.trucks[1].vehicle_id
    assert (his["trip_count"], his["distance_km"]) == (1, 9.877)
    assert all_of_them["trip_count"] == 2
    assert all_of_them["trips_today"][0]["started_at"] == other.isoformat().replace("+00:00", "Z")
    assert (all_of_them["driver"], all_of_them["own_vehicle"]) == (None, None)


def test_a_home_is_smaller_than_ten_kilobytes_however_large_the_fleet(
    client: TestClient, conn: psycopg.Connection, world: World
) -> None:
    fleet_id = world.fleet.fleet_id
    trucks = [
        create_vehicle(conn, fleet_id=fleet_id, name=f"長い名前の軽トラック {world.fleet.name} {n}") for n in range(40)
    ]
    for number, truck in enumerate(trucks):
        add_latest(conn, truck, NOW - timedelta(seconds=number), speed_kmh=float(number % 2 * 30))
        add_trip(conn, truck, NOW - 2 * HOUR)
        add_entry(conn, truck, NOW - 2 * HOUR + HOUR / 6, driver_id=driver_of(conn, world), purpose="commute")
        add_episode(conn, truck, NOW - HOUR, closed_at=None, ended_by=None)
        add_upkeep(conn, truck, name="法定十二か月点検整備", due_on=NOW.date())

    answer = client.get("/v1/home", headers=world.headers("driver"))

    assert len(answer.content) < 10_000
    told = answer.json()
    assert (told["vehicle_count"], len(told["vehicles"]), told["trip_count"]) == (40, 16, 40)
    assert {one["state"] for one in told["vehicles"]} == {"moving"}
    assert {one["state"] for one in told["upkeep"]} == {"soon"}


def test_a_home_on_which_nothing_is_new_is_not_sent_again(
    api_database: str, conn: psycopg.Connection, world: World
) -> None:
    """A phone asks every minute: what only the clock changes must not cost data."""
    add_latest(conn, world.trucks[0], NOW - timedelta(minutes=20))
    add_trip(conn, world.trucks[0], NOW - 2 * HOUR)
    moments = iter(NOW + number * HOUR / 60 for number in range(9))
    app = create_app(ServiceSettings(database_url=SecretStr(api_database)), clock=lambda: next(moments))
    with TestClient(app) as client:
        first = client.get("/v1/home", headers=world.headers())
        again = client.get("/v1/home", headers={**world.headers(), "If-None-Match": first.headers["etag"]})

    assert first.json()["local_date"] == "2026-11-22"
    assert (again.status_code, again.content) == (304, b"")


def test_a_busy_drivers_home_is_one_small_answer(client: TestClient, conn: psycopg.Connection, world: World) -> None:
    """Thirty deliveries by noon, every one described, in a truck on which everything is wrong."""
    truck = world.trucks[0]
    add_latest(conn, truck, NOW, fuel_level_pct=12.0, soc_pct=None)
    for number in range(30):
        start = add_trip(conn, truck, NOW - timedelta(minutes=20 * (number + 1)), ended_at=NOW - number * HOUR / 3)
        entry = {"purpose": "work", "driver_id": driver_of(conn, world), "note": "積み下ろし待ち" * 20}
        add_entry(conn, truck, start + timedelta(minutes=5), **entry)
    for number in range(12):
        add_episode(conn, truck, NOW - (number + 1) * HOUR, closed_at=None, ended_by=None)
        add_upkeep(conn, truck, name=f"法定十二か月点検整備 {number}", due_on=NOW.date())

    answer = client.get("/v1/home", headers=world.headers("driver"))

    told = answer.json()
    assert (told["trip_count"], len(told["trips_today"]), len(told["open_episodes"])) == (30, 10, 6)
    assert told["own_vehicle"]["id"] == truck.vehicle_id
    assert len(answer.content) < 10_000
    packed = client.get("/v1/home", headers={**world.headers("driver"), "Accept-Encoding": "gzip"})
    assert int(packed.headers["content-length"]) < 2_000


def test_search_finds_by_any_part_and_takes_signs_as_they_are(
    client: TestClient, conn: psycopg.Connection, world: World
) -> None:
    truck = world.trucks[0]
    conn.execute("UPDATE vehicle SET plate = '長野 480 あ 12-34' WHERE vehicle_id = %s", [truck.vehicle_id])
    add_place(conn, world, name="上の畑 100%")
    start = add_trip(conn, truck, NOW - HOUR)
    add_entry(conn, truck, start + HOUR / 6, note="Brought SEEDLINGS to 畑")
    add_fill_up(conn, world, start, station="JA 畑中")

    def found(q: str, role: str = "manager") -> list[tuple[str, str]]:
        answer = client.get("/v1/search", headers=world.headers(role), params={"q": q})
        assert answer.status_code == 200, answer.text
        return [(item["kind"], item["title"]) for item in answer.json()["items"]]

    assert found("480 あ") == [("vehicle", truck.name)]
    assert [kind for kind, _ in found("畑")] == ["place", "trip_note", "fill_up"]
    assert found("seedl") == [("trip_note", "Brought SEEDLINGS to 畑")]
    assert found("畑", "driver") == [("place", "上の畑 100%")]
    assert found("100%") == [("place", "上の畑 100%")]
    assert found("%") == [("place", "上の畑 100%")]
    assert found("_") == found("\\") == []
    note = client.get("/v1/search", headers=world.headers(), params={"q": "seedl"}).json()["items"][0]
    assert client.get(f"/v1/trips/{note['trip_id']}", headers=world.headers()).status_code == 200


@pytest.mark.parametrize("q", ["", "x" * 101, "a\0b"])
def test_what_cannot_be_searched_for_is_refused(client: TestClient, world: World, q: str) -> None:
    assert client.get("/v1/search", headers=world.headers(), params={"q": q}).status_code == 422


def test_quality_adds_up_what_a_device_delivered(client: TestClient, conn: psycopg.Connection, world: World) -> None:
    device_id = add_device(conn, world.trucks[0], f"dongle-{world.fleet.fleet_id}")
    own = {"device_id": device_id, "fleet_id": world.fleet.fleet_id}
    for days, refused in ((0, {"coolant_temp_c": 2}), (3, {"coolant_temp_c": 1, "lat": 4}), (8, {"lat": 99})):
        insert(
            conn, "device_day", **own, local_date=NOW.date() - timedelta(days=days), message_count=10, row_count=100,
            new_count=90, late_row_count=5, uptime_row_count=1, refused_counts=Jsonb(refused),
        )  # fmt: skip
    insert(conn, "device_boot", **own, boot=1, numbers="{[1,100),[111,200)}", added_count=1, last_heard_at=NOW)
    for number in range(2):
        insert(
            conn, "dead_letter", message_sha256=bytes([device_id % 256, number] * 16), fleet_id=world.fleet.fleet_id,
            source="native", device_key=f"dongle-{world.fleet.fleet_id}", topic="t", payload=b"x",
            reason=f"reason {number}", detail="", first_received_at=NOW, received_count=2,
            last_received_at=NOW - timedelta(minutes=2 - number),
        )  # fmt: skip

    [told] = client.get("/v1/quality", headers=world.headers("viewer")).json()["items"]
    [device] = client.get("/v1/devices", headers=world.headers("viewer")).json()["items"]

    assert (told["row_count"], told["repeated_row_count"], told["late_row_count"]) == (200, 20, 10)
    assert told["refused_counts"] == {"coolant_temp_c": 3, "lat": 4}
    assert (told["missing_row_count"], told["undated_row_count"]) == (11, 2)
    assert (told["dead_letter_count"], told["newest_dead_letter_reason"]) == (4, "reason 1")
    assert told["health"] == device["health"] == "gaps"
    assert device["vehicle"]["id"] == world.trucks[0].vehicle_id


def test_devices_come_in_pages(client: TestClient, conn: psycopg.Connection, world: World) -> None:
    made = [add_device(conn, world.trucks[0], f"d{number}-{world.fleet.fleet_id}") for number in range(5)]
    found: list[int] = []
    cursor: str | None = ""
    while cursor is not None:
        page = client.get(
            "/v1/devices?limit=2" + (f"&cursor={cursor}" if cursor else ""), headers=world.headers()
        ).json()
        found += [item["id"] for item in page["items"]]
        cursor = page["next_cursor"]

    assert found == made


def test_a_key_of_a_driver_without_trips_has_no_truck_yet(
    client: TestClient, conn: psycopg.Connection, world: World
) -> None:
    token = create_key(conn, fleet_id=world.fleet.fleet_id, name="2", role="driver", driver_id=driver_of(conn, world))

    told = client.get("/v1/home", headers={"Authorization": f"Bearer {token}"}).json()

    assert (told["own_vehicle"], told["trip_count"], told["distance_km"]) == (None, 0, None)
