"""Fill-ups over HTTP."""

from datetime import timedelta
from typing import Any

import psycopg
from fastapi.testclient import TestClient

from tests.api.builders import NOW, World, add_fill_up

AT = "2026-11-20T17:10:00+09:00"


def entry(world: World, **changes: Any) -> dict[str, Any]:
    return {"vehicle_id": world.trucks[0].vehicle_id, "filled_at": AT, "volume_l": 28.4, "odometer_km": 48213} | changes


def test_a_driver_enters_a_fill_up_and_reads_it_back(client: TestClient, world: World) -> None:
    made = client.post("/v1/fill-ups", json=entry(world, total_price="4942"), headers=world.headers("driver"))
    read = client.get("/v1/fill-ups", headers=world.headers("viewer")).json()["items"]

    assert made.status_code == 201
    assert read == [made.json()]
    assert read[0]["filled_at"] == "2026-11-20T08:10:00Z"
    assert (read[0]["volume_l"], read[0]["currency"], read[0]["total_price"]) == (28.4, "JPY", "4942.00")
    assert read[0]["entered_by"].startswith("driver, key ")
    assert read[0]["question"] is None


def test_the_same_entry_sent_twice_by_a_phone_is_kept_once(client: TestClient, world: World, other: World) -> None:
    headers = {**world.headers("driver"), "Idempotency-Key": "phone-7-42"}
    first, again = (client.post("/v1/fill-ups", json=entry(world), headers=headers).json() for _ in range(2))
    elsewhere = client.post(
        "/v1/fill-ups", json=entry(other), headers={**other.headers("driver"), "Idempotency-Key": "phone-7-42"}
    )

    assert first == again
    assert elsewhere.json()["id"] != first["id"]
    assert len(client.get("/v1/fill-ups", headers=world.headers()).json()["items"]) == 1


def test_nobody_enters_a_fill_up_of_another_fleets_truck(client: TestClient, world: World, other: World) -> None:
    answer = client.post("/v1/fill-ups", json=entry(other), headers=world.headers())

    assert answer.status_code == 404
    assert client.get("/v1/fill-ups", headers=other.headers()).json()["items"] == []


def test_one_that_was_taken_back_is_gone_but_stays_on_record(
    client: TestClient, conn: psycopg.Connection, world: World, other: World
) -> None:
    number = add_fill_up(conn, world, NOW)

    assert client.delete(f"/v1/fill-ups/{number}", headers=other.headers()).status_code == 404
    assert client.delete(f"/v1/fill-ups/{number}", headers=world.headers("viewer")).status_code == 403
    assert client.delete(f"/v1/fill-ups/{number}", headers=world.headers()).status_code == 204
    assert client.get("/v1/fill-ups", headers=world.headers()).json()["items"] == []
    [(by,)] = conn.execute("SELECT withdrawn_by FROM fill_up WHERE fill_up_id = %s", [number])
    assert by.startswith("manager, key ")


def test_a_mistyped_volume_is_asked_about_until_it_is_confirmed(
    client: TestClient, conn: psycopg.Connection, world: World
) -> None:
    for week in range(7):
        litres = 2.9 if week == 4 else 28 + week % 3
        add_fill_up(conn, world, NOW - timedelta(weeks=9 - week), volume_l=litres, odometer_km=40_000 + 420 * week)

    asked = [one for one in client.get("/v1/fill-ups", headers=world.headers()).json()["items"] if one["question"]]
    assert [one["question"] for one in asked] == [{"kind": "volume", "unit": "L", "typed": 2.9, "proposed": 29.0}]

    told = client.post(f"/v1/fill-ups/{asked[0]['id']}/confirm/volume", headers=world.headers())
    assert told.json()["question"] is None


def test_what_cannot_be_a_fill_up_is_refused(client: TestClient, world: World) -> None:
    for wrong in ({"volume_l": 0}, {"filled_at": "2026-11-20T17:10:00"}, {"currency": "yen"}, {"unknown": 1}):
        assert client.post("/v1/fill-ups", json=entry(world, **wrong), headers=world.headers()).status_code == 422


def test_fill_ups_are_found_by_truck_and_time(client: TestClient, conn: psycopg.Connection, world: World) -> None:
    early = add_fill_up(conn, world, NOW - timedelta(days=30))
    late = add_fill_up(conn, world, NOW - timedelta(days=1), vehicle_id=world.trucks[1].vehicle_id)

    def ids(**params: Any) -> list[int]:
        items = client.get("/v1/fill-ups", headers=world.headers(), params=params).json()["items"]
        return [one["id"] for one in items]

    assert ids() == [early, late]
    assert ids(vehicle=world.trucks[1].vehicle_id) == [late]
    assert ids(to=(NOW - timedelta(days=2)).isoformat()) == [early]
