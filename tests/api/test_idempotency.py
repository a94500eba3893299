"""A write with an `Idempotency-Key` counts once, on every route, also when twins come at once."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier
from typing import Any

import psycopg
import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from pydantic import SecretStr

from keitora_api.app import create_app
from keitora_api.idempotency.once import REPLAYED, TELLING_SECRETS, is_repeatable
from keitora_api.idempotency.seal import opened, sealed
from keitora_api.settings import ServiceSettings
from tests.api.bodies import BODIES
from tests.api.builders import NOW, World, add_trip
from tests.api.walk import headers_of, ids_of, operations, rows_of, with_ids

FILLED = {"filled_at": "2026-11-20T00:00:00Z", "volume_l": 20}


def filled(world: World, **more: Any) -> dict[str, Any]:
    return {"vehicle_id": world.trucks[0].vehicle_id, **FILLED, **more}


def keyed(world: World, key: str, role: Any = "manager") -> dict[str, str]:
    return world.headers(role) | {"Idempotency-Key": key}


def count(conn: psycopg.Connection, world: World, table: str) -> int:
    query = f"SELECT count(*) FROM {table} WHERE fleet_id = %s"
    [(found,)] = conn.execute(query.encode(), [world.fleet.fleet_id])
    return int(found)


def test_the_same_request_is_given_the_first_answer_again(
    client: TestClient, conn: psycopg.Connection, world: World
) -> None:
    first = client.post("/v1/fill-ups", headers=keyed(world, "a"), json=filled(world, note="満タン"))
    again = client.post(
        "/v1/fill-ups", headers=keyed(world, "a"), json=dict(reversed(filled(world, note="満タン").items()))
    )

    assert (first.status_code, again.status_code) == (201, 201)
    assert again.content == first.content
    assert (REPLAYED in first.headers, again.headers[REPLAYED]) == (False, "true")
    assert count(conn, world, "fill_up") == 1
    assert count(conn, world, "audit_entry") == 1


@pytest.mark.parametrize("other", ["body", "route", "author"])
def test_another_request_with_the_key_is_refused(
    client: TestClient, conn: psycopg.Connection, world: World, other: str
) -> None:
    assert client.post("/v1/fill-ups", headers=keyed(world, "a"), json=filled(world)).status_code == 201

    if other == "route":
        answer = client.post("/v1/places", headers=keyed(world, "a"), json=BODIES["POST /v1/places"])
    else:
        body, role = (filled(world, volume_l=21), "manager") if other == "body" else (filled(world), "driver")
        answer = client.post("/v1/fill-ups", headers=keyed(world, "a", role), json=body)

    assert (answer.status_code, answer.json()["type"]) == (422, "/problems/key-reused")
    assert (count(conn, world, "fill_up"), count(conn, world, "place")) == (1, 0)


def test_a_key_is_one_fleets_alone(client: TestClient, world: World, other: World) -> None:
    first = client.post("/v1/fill-ups", headers=keyed(world, "a"), json=filled(world))
    theirs = client.post("/v1/fill-ups", headers=keyed(other, "a"), json=filled(other))

    assert (first.status_code, theirs.status_code) == (201, 201)
    assert first.json()["id"] != theirs.json()["id"]


@pytest.mark.parametrize("key", ["", "k" * 201])
def test_a_key_of_no_length_or_too_much_is_refused(client: TestClient, world: World, key: str) -> None:
    answer = client.post("/v1/fill-ups", headers=keyed(world, key), json=filled(world))

    assert (answer.status_code, answer.json()["errors"][0]["location"]) == (422, "header.Idempotency-Key")


def test_twins_at_once_make_one_row_and_are_told_the_same(
    api_database: str, conn: psycopg.Connection, world: World
) -> None:
    """Two services, each with its own connections, and a client that lost patience."""
    settings = ServiceSettings(database_url=SecretStr(api_database))
    first, second = (create_app(settings, clock=lambda: NOW) for _ in range(2))
    start = Barrier(8)

    def post(client: TestClient, key: str) -> Any:
        start.wait()
        return client.post("/v1/fill-ups", headers=keyed(world, key), json=filled(world))

    with TestClient(first) as one, TestClient(second) as two, ThreadPoolExecutor(8) as many:
        for client in (one, two):
            assert client.get("/v1/nowhere").status_code == 404  # routes are made ready when first asked
        for number in range(4):
            asked = [many.submit(post, (one, two)[twin % 2], f"twin {number}") for twin in range(8)]
            answers = [found.result() for found in asked]

            assert {answer.status_code for answer in answers} == {201}
            assert len({answer.content for answer in answers}) == 1
            assert sorted(REPLAYED in answer.headers for answer in answers) == [False] + [True] * 7
    assert count(conn, world, "fill_up") == 4


def test_a_key_whose_request_was_refused_is_free(client: TestClient, conn: psycopg.Connection, world: World) -> None:
    wrong = client.post("/v1/fill-ups", headers=keyed(world, "a"), json=filled(world) | {"vehicle_id": 2**31 - 1})
    assert (wrong.status_code, count(conn, world, "idempotent_answer")) == (404, 0)

    assert client.post("/v1/fill-ups", headers=keyed(world, "a"), json=filled(world)).status_code == 201


def test_keys_are_forgotten_after_a_week(client: TestClient, conn: psycopg.Connection, world: World) -> None:
    client.post("/v1/prices", headers=keyed(world, "old"), json=BODIES["POST /v1/prices"])
    client.post("/v1/prices", headers=keyed(world, "young"), json=BODIES["POST /v1/prices"])
    age = "UPDATE idempotent_answer SET answered_at = now() - interval '8 days' WHERE idempotency_key = 'old'"
    conn.execute(age.encode())

    young = client.post("/v1/prices", headers=keyed(world, "young"), json=BODIES["POST /v1/prices"])
    assert young.headers[REPLAYED] == "true"
    client.post("/v1/prices", headers=keyed(world, "new"), json=BODIES["POST /v1/prices"])
    kept = conn.execute("SELECT idempotency_key FROM idempotent_answer WHERE fleet_id = %s", [world.fleet.fleet_id])
    assert sorted(kept.fetchall()) == [("new",), ("young",)]


def test_an_expired_key_may_be_used_for_something_else(
    client: TestClient, conn: psycopg.Connection, world: World
) -> None:
    client.post("/v1/prices", headers=keyed(world, "old"), json=BODIES["POST /v1/prices"])
    age = "UPDATE idempotent_answer SET answered_at = now() - interval '8 days' WHERE fleet_id = %s"
    conn.execute(age.encode(), [world.fleet.fleet_id])

    anew = client.post("/v1/places", headers=keyed(world, "old"), json=BODIES["POST /v1/places"])

    assert (anew.status_code, REPLAYED in anew.headers) == (201, False)


def forget_answers(conn: psycopg.Connection, world: World) -> None:
    age = "UPDATE idempotent_answer SET answered_at = now() - interval '8 days' WHERE fleet_id = %s"
    conn.execute(age.encode(), [world.fleet.fleet_id])


def test_keys_of_fill_ups_hold_for_good(client: TestClient, conn: psycopg.Connection, world: World) -> None:
    said = filled(world, total_price="4828.5", note="満タン", lat=35.123456789)
    first = client.post("/v1/fill-ups", headers=keyed(world, "a"), json=said)
    forget_answers(conn, world)

    again = client.post("/v1/fill-ups", headers=keyed(world, "a"), json=said)
    other = client.post("/v1/fill-ups", headers=keyed(world, "a"), json=said | {"volume_l": 31})

    assert (again.status_code, again.json()) == (201, first.json())
    assert (other.status_code, other.json()["type"]) == (422, "/problems/key-reused")
    assert count(conn, world, "fill_up") == 1


def test_keys_of_charges_hold_for_good(client: TestClient, conn: psycopg.Connection, world: World) -> None:
    conn.execute("UPDATE vehicle SET energy = 'electric' WHERE fleet_id = %s", [world.fleet.fleet_id])
    said = {"vehicle_id": world.trucks[0].vehicle_id, "charged_at": "2026-11-20T00:00:00Z", "energy_kwh": 10.1}
    first = client.post("/v1/charges", headers=keyed(world, "a"), json=said)
    fill = client.post("/v1/fill-ups", headers=keyed(world, "b"), json=filled(world))
    forget_answers(conn, world)

    again = client.post("/v1/charges", headers=keyed(world, "a"), json=said)
    others = [
        client.post("/v1/charges", headers=keyed(world, key), json=said | {"energy_kwh": 10.2}) for key in ("a", "b")
    ]

    assert (first.status_code, fill.status_code, again.status_code, again.json()) == (201, 201, 201, first.json())
    assert [other.json()["type"] for other in others] == ["/problems/key-reused"] * 2
    assert count(conn, world, "fill_up") == 2


def test_keys_of_entries_about_trips_hold_for_good(client: TestClient, conn: psycopg.Connection, world: World) -> None:
    add_trip(conn, world.trucks[0], NOW - timedelta(hours=2))
    [trip] = client.get("/v1/trips", headers=world.headers()).json()["items"]
    path, said = f"/v1/trips/{trip['id']}/overlay", {"action": "describe", "purpose": "farm"}
    first = client.post(path, headers=keyed(world, "a"), json=said)
    forget_answers(conn, world)

    again = client.post(path, headers=keyed(world, "a"), json=said)
    other = client.post(path, headers=keyed(world, "a"), json=said | {"purpose": "work"})

    assert (first.status_code, again.status_code, again.json()) == (201, 201, first.json())
    assert (other.status_code, other.json()["type"]) == (422, "/problems/key-reused")
    assert count(conn, world, "trip_overlay") == 1


def test_a_secret_is_told_again_to_who_asked_and_lies_nowhere(
    client: TestClient, conn: psycopg.Connection, world: World
) -> None:
    body = {"name": "Grafana", "role": "viewer"}
    first = client.post("/v1/keys", headers=keyed(world, "a"), json=body)
    again = client.post("/v1/keys", headers=keyed(world, "a"), json=body)

    assert again.json() == first.json()
    assert first.json()["key"].startswith("kt_")
    [(kept, is_sealed)] = conn.execute(
        "SELECT answer, is_sealed FROM idempotent_answer WHERE fleet_id = %s", [world.fleet.fleet_id]
    )
    assert is_sealed
    assert first.json()["key"].encode() not in bytes(kept)


def test_what_is_sealed_opens_with_the_same_key_and_token_alone() -> None:
    kept = sealed(b"kt_secret", "key", "token")

    assert opened(kept, "key", "token") == b"kt_secret"
    assert opened(kept, "key", "another") is opened(kept, "other", "token") is None
    assert opened(kept[:-1], "key", "token") is None
    assert sealed(b"kt_secret", "key", "token") != kept


def test_every_write_of_somebody_known_takes_a_key(app: FastAPI) -> None:
    for path, told in app.openapi()["paths"].items():
        for method, operation in told.items():
            offered = [one["name"] for one in operation.get("parameters", ()) if one["in"] == "header"]
            takes = is_repeatable(method.upper(), path)
            assert offered.count("Idempotency-Key") == takes, (method, path)
    assert not is_repeatable("POST", "/v1/session")
    assert not is_repeatable("PUT", "/v1/me/password")


def test_every_answer_with_a_secret_is_kept_sealed(app: FastAPI) -> None:
    schemas = app.openapi()["components"]["schemas"]
    telling = set()
    for path, told in app.openapi()["paths"].items():
        for method, operation in told.items():
            if not is_repeatable(method.upper(), path):
                continue
            answers = [one for status, one in operation["responses"].items() if status < "300"]
            text = str([one.get("content") for one in answers])
            for name in (name for name in schemas if f"/{name}'" in text):
                if {"key", "token", "link", "qr_svg", "password"} & set(schemas[name]["properties"]):
                    telling.add(f"{method.upper()} {path}")
    assert telling == TELLING_SECRETS


def test_every_write_changes_nothing_when_it_is_repeated(
    app: FastAPI,
    client: TestClient,
    conn: psycopg.Connection,
    busy: World,
) -> None:
    ids, headers = ids_of(conn, busy), headers_of(conn, busy, "manager")
    repeated = set()
    for operation in operations(app):
        method, route = operation.split()
        # Ends what asks, or works on what another of these routes has taken away.
        if not is_repeatable(method, route) or operation in {"DELETE /v1/session", "DELETE /v1/sessions/{session_id}"}:
            continue
        asked: dict[str, Any] = {
            "url": route.format(**ids),
            "headers": headers | {"Idempotency-Key": operation},
            "json": with_ids(BODIES.get(operation), ids),
        }
        first = client.request(method, **asked)
        if first.status_code >= 400:
            continue
        before = rows_of(conn, busy)
        again = client.request(method, **asked)

        assert (again.status_code, again.content) == (first.status_code, first.content), operation
        assert again.headers[REPLAYED] == "true", operation
        assert rows_of(conn, busy) == before, operation
        repeated.add(operation)
    assert len(repeated) > 25
