"""Who may see what: every route, every id and every filter, walked as everybody.

A new route fails here until `rights` and `BODIES` know it, a new kind of id until `ids_of` does.
"""

import hashlib
import re
from typing import Any

import psycopg
import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from keitora_api.rights import EVERYBODY, NOBODY_ASKED, RIGHTS, may
from tests.api.bodies import ENDLESS, NOT_OF_OTHERS, OWN_ONLY
from tests.api.builders import (
    World,
)
from tests.api.walk import ask, headers_of, ids_of, operations, rows_of


def test_the_table_of_rights_holds_every_route_and_no_other(app: FastAPI) -> None:
    assert set(RIGHTS) == set(operations(app))


def test_what_is_not_in_the_table_is_open_to_nobody() -> None:
    assert not any(may(role, "GET", "/v1/secret") for role in EVERYBODY)


def test_nobody_comes_in_without_a_key_or_session(
    app: FastAPI, client: TestClient, conn: psycopg.Connection, busy: World
) -> None:
    ids = ids_of(conn, busy)
    for operation in operations(app):
        answer = ask(client, operation, ids, None)

        assert busy.fleet.name not in answer.text, operation
        if RIGHTS[operation] is not NOBODY_ASKED:
            assert answer.status_code == 401, operation
            assert answer.json()["type"] == "/problems/unauthorized"
            assert answer.headers["www-authenticate"] == "Bearer"


@pytest.mark.parametrize(
    "headers",
    [
        {"Authorization": "Bearer kt_wrong"},
        {"X-API-Key": "kt_wrong"},
        {"Authorization": "Bearer ks_wrong"},
        {"X-API-Key": "ks_wrong"},
        {"Authorization": "Bearer ki_wrong"},
        {"Cookie": "keitora-80=ks_wrong", "Sec-Fetch-Site": "same-origin"},
        {"Cookie": "keitora-80=kt_wrong", "Sec-Fetch-Site": "same-origin"},
    ],
)
def test_an_unknown_key_or_session_opens_nothing(
    app: FastAPI, client: TestClient, conn: psycopg.Connection, busy: World, headers: dict[str, str]
) -> None:
    ids = ids_of(conn, busy)
    for operation in operations(app):
        if RIGHTS[operation] is not NOBODY_ASKED:
            assert ask(client, operation, ids, headers).status_code == 401, operation


@pytest.mark.parametrize("role", ["manager", "driver", "viewer"])
def test_each_role_may_use_what_the_table_says_and_nothing_else(
    app: FastAPI, client: TestClient, conn: psycopg.Connection, busy: World, role: Any
) -> None:
    ids = ids_of(conn, busy)
    for operation in operations(app):
        if RIGHTS[operation] is NOBODY_ASKED or (role, operation) in NOT_OF_OTHERS or operation in ENDLESS:
            continue
        answer = ask(client, operation, ids, headers_of(conn, busy, role))

        if may(role, *operation.split()):
            # This fleet has no electric truck: a row of a bulk write that names none is not valid.
            expected = {422} if operation == "POST /v1/charges/bulk" else {200, 201, 204, 404}
            assert answer.status_code in expected, (operation, answer.text)
        else:
            assert answer.status_code == 403, operation
            assert answer.json()["type"] == "/problems/forbidden"


@pytest.mark.parametrize("role", ["manager", "driver"])
def test_a_key_may_do_what_a_person_of_its_role_may_but_has_no_password(
    app: FastAPI, client: TestClient, conn: psycopg.Connection, busy: World, role: Any
) -> None:
    ids = ids_of(conn, busy)
    for operation in operations(app):
        is_asked = RIGHTS[operation] is not NOBODY_ASKED and (role, operation) not in NOT_OF_OTHERS
        is_asked = is_asked and operation not in ENDLESS
        if is_asked and operation != "DELETE /v1/keys/{key_id}":
            refused = ask(client, operation, ids, busy.headers(role)).status_code == 403
            assert refused == (operation in OWN_ONLY or not may(role, *operation.split())), operation


def test_a_manager_reads_everything(app: FastAPI, client: TestClient, conn: psycopg.Connection, busy: World) -> None:
    ids, headers = ids_of(conn, busy), headers_of(conn, busy, "manager")
    for operation in operations(app):
        if operation.startswith("GET") and operation not in ENDLESS:
            assert ask(client, operation, ids, headers).status_code == 200, operation


@pytest.mark.parametrize("role", ["manager", "driver", "viewer"])
def test_another_fleet_sees_and_changes_nothing_of_this_one(
    app: FastAPI, client: TestClient, conn: psycopg.Connection, busy: World, other: World, role: str
) -> None:
    ids, before = ids_of(conn, busy), rows_of(conn, busy)
    for operation in operations(app):
        if RIGHTS[operation] is NOBODY_ASKED or operation in ENDLESS:
            continue
        answer = ask(client, operation, ids, headers_of(conn, other, role))

        assert busy.fleet.name not in answer.text, operation
        if "_id}" in operation:
            assert answer.status_code in {403, 404}, (operation, answer.text)
        elif operation in {"POST /v1/fill-ups", "POST /v1/upkeep"}:
            assert answer.status_code in {403, 404}
    assert rows_of(conn, busy) == before


def test_no_filter_brings_up_another_fleets_rows(
    app: FastAPI, client: TestClient, conn: psycopg.Connection, busy: World, other: World
) -> None:
    ids, headers = ids_of(conn, busy), headers_of(conn, other, "manager")
    [(driver_id,)] = conn.execute("SELECT min(driver_id) FROM driver WHERE fleet_id = %s", [busy.fleet.fleet_id])
    known = {"vehicle": ids["vehicle_id"], "place": ids["place_id"], "driver": driver_id}
    filtered = set()
    for path, told in app.openapi()["paths"].items():
        offered = {one["name"] for one in told.get("get", {}).get("parameters", []) if one["in"] == "query"}
        names = sorted(offered & set(known)) if f"GET {path}" not in ENDLESS else []
        for chosen in ([name] for name in names):
            answer = client.get(path.format(**ids), headers=headers, params={name: known[name] for name in chosen})

            filtered.add((path, chosen[0]))
            assert busy.fleet.name not in answer.text, path
            if "_id}" in path:
                assert answer.status_code in {404, 422}, (path, chosen)
            elif path.startswith("/v1/exports/"):
                assert answer.status_code == 200, (path, chosen)  # a table without rows
            else:
                assert not answer.json().get("items"), (path, chosen)
    assert {("/v1/trips", "vehicle"), ("/v1/trips", "driver"), ("/v1/trips", "place")} <= filtered


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


def test_the_database_itself_keeps_fleets_apart(
    client: TestClient, conn: psycopg.Connection, busy: World, other: World, monkeypatch: pytest.MonkeyPatch
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
        "/v1/states",
        "/v1/driverless-trips",
        "/v1/fill-ups",
        "/v1/stats",
        "/v1/upkeep",
        "/v1/devices",
        "/v1/quality",
        "/v1/search?q=f",
        "/v1/people",
        "/v1/sessions",
        "/v1/invitations",
        "/v1/audit",
    ):
        assert client.get(path, headers=other.headers()).json()["items"] == [], path
    for operation in ("GET /v1/trips/{trip_id}/track", "GET /v1/places/{place_id}"):
        assert ask(client, operation, ids_of(conn, busy), other.headers()).status_code == 404
    assert len(asked) >= 10


def test_samples_have_no_policy_so_their_query_joins_vehicle() -> None:
    """Every statement that reads `sample` goes through `vehicle` and names the fleet."""
    from importlib.resources import files  # noqa: PLC0415 -- only here

    statements = [
        path.read_text("utf-8")
        for feature in ("trips", "positions", "vehicles", "episodes")
        for path in files(f"keitora.{feature}").joinpath("sql").iterdir()
    ]
    reading = [text for text in statements if re.search(r"(FROM|JOIN) sample\b", text)]

    assert reading
    for text in reading:
        assert re.search(r"(FROM|JOIN) vehicle AS v\b", text)
        assert "v.fleet_id = %(fleet_id)s" in text
