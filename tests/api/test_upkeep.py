"""Upkeep over HTTP: what comes round, what was done, and a phone that says it twice."""

from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from typing import Any

import psycopg
import pytest
from fastapi.testclient import TestClient

from tests.api.builders import World, add_day

TODAY = date(2026, 11, 22)
OIL: dict[str, Any] = {"kind": "oil", "name": "オイル交換", "every_km": 5000, "counts_from": "2026-01-01"}


def enter(client: TestClient, world: World, **changes: Any) -> dict[str, Any]:
    body = {"vehicle_id": world.trucks[0].vehicle_id, **OIL, **changes}
    answer = client.post("/v1/upkeep", headers=world.headers(), json=body)
    assert answer.status_code == 201, answer.text
    told: dict[str, Any] = answer.json()
    return told


def listed(client: TestClient, world: World, **params: Any) -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = client.get("/v1/upkeep", headers=world.headers("driver"), params=params).json()[
        "items"
    ]
    return items


def test_distance_counts_from_when_it_was_done(client: TestClient, conn: psycopg.Connection, world: World) -> None:
    for number in range(100):
        add_day(conn, world.trucks[0], TODAY - timedelta(days=number), distance_m=50_000.0)
    oil = enter(client, world)

    assert (oil["since_km"], oil["left_km"], oil["state"]) == (5000.0, 0.0, "soon")

    done = client.post(
        f"/v1/upkeep/{oil['id']}/done", headers=world.headers(), json={"done_on": "2026-11-12", "total_price": "4400"}
    )
    assert (done.json()["total_price"], done.json()["currency"]) == ("4400.00", "JPY")
    [after] = listed(client, world)
    assert (after["since_km"], after["left_km"], after["state"]) == (500.0, 4500.0, "ok")
    assert after["due_on"] == str(TODAY + timedelta(days=90))
    assert after["done_on"] == "2026-11-12"

    path = f"/v1/upkeep/{oil['id']}/done/{done.json()['id']}"
    assert client.delete(path, headers=world.headers()).status_code == 204
    assert listed(client, world)[0]["since_km"] == 5000.0
    assert client.get(f"/v1/upkeep/{oil['id']}/done", headers=world.headers()).json()["items"] == []


def test_what_is_due_first_comes_first_and_states_are_chosen(client: TestClient, world: World) -> None:
    enter(client, world, kind="inspection", name="車検", every_km=None, due_on="2027-03-31")
    enter(client, world, kind="insurance", name="自賠責", every_km=None, due_on="2026-11-01")
    enter(client, world)

    assert [row["name"] for row in listed(client, world)] == ["自賠責", "車検", "オイル交換"]
    assert [row["name"] for row in listed(client, world, state="overdue")] == ["自賠責"]


def test_a_task_is_changed_and_taken_off_the_list(client: TestClient, world: World) -> None:
    path = f"/v1/upkeep/{enter(client, world)['id']}"
    body = {"vehicle_id": world.trucks[0].vehicle_id, "kind": "oil", "name": "Oil", "every_months": 6}

    changed = client.put(path, headers=world.headers(), json=body).json()
    assert (changed["every_km"], changed["every_months"], changed["counts_from"]) == (None, 6, "2026-01-01")
    elsewhere = {**body, "vehicle_id": world.trucks[1].vehicle_id}
    assert client.put(path, headers=world.headers(), json=elsewhere).status_code == 404
    assert client.delete(path, headers=world.headers()).status_code == 204
    assert client.delete(path, headers=world.headers()).status_code == 404
    assert listed(client, world) == []


@pytest.mark.parametrize(
    "changes",
    [{"every_km": None}, {"kind": "magic"}, {"name": "  "}, {"every_km": 1}, {"due_on": "9999-12-31"}, {"x": 1}],
)
def test_what_cannot_be_upkeep_is_refused(client: TestClient, world: World, changes: dict[str, Any]) -> None:
    body = {"vehicle_id": world.trucks[0].vehicle_id, **OIL, **changes}

    assert client.post("/v1/upkeep", headers=world.headers(), json=body).status_code == 422


def test_a_key_makes_a_repeated_request_count_once(client: TestClient, world: World) -> None:
    body = {"vehicle_id": world.trucks[0].vehicle_id, **OIL}
    headers = world.headers() | {"Idempotency-Key": "phone-1"}

    def post() -> Any:
        return client.post("/v1/upkeep", headers=headers, json=body)

    with ThreadPoolExecutor(8) as many:
        answers = [one.result() for one in [many.submit(post) for _ in range(8)]]

    assert {one.status_code for one in answers} == {201}
    assert len({one.text for one in answers}) == 1
    assert len(listed(client, world)) == 1
    other = client.post("/v1/upkeep", headers=headers, json={**body, "name": "Something else"})
    assert (other.status_code, other.json()["type"]) == (422, "/problems/key-reused")


def test_a_refused_request_does_not_use_up_its_key(client: TestClient, world: World) -> None:
    headers = world.headers() | {"Idempotency-Key": "phone-2"}
    refused = client.post("/v1/upkeep", headers=headers, json={**OIL, "vehicle_id": 2**31 - 1})
    made = client.post("/v1/upkeep", headers=headers, json={**OIL, "vehicle_id": world.trucks[0].vehicle_id})

    assert (refused.status_code, made.status_code) == (404, 201)
