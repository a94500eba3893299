"""Every error has one shape."""

import time
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from pydantic import SecretStr

from keitora.db.migrate import migrate
from keitora.local.testing import temporary_postgres
from keitora_api.app import create_app
from keitora_api.problems import KINDS
from keitora_api.settings import ServiceSettings
from tests.api.builders import World


def assert_problem(answer: Any, status: int, slug: str) -> dict[str, Any]:
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
    body: dict[str, Any] = answer.json()
    assert body["type"] == f"/problems/{slug}"
    assert body["status"] == status
    assert body["title"]
    assert body["detail"]
    return body


@pytest.mark.parametrize(
    ("path", "location"),
    [
        ("/v1/trips?from=yesterday", "query.from"),
        ("/v1/trips?from=2026-11-01T00:00:00", "query.from"),
        ("/v1/trips?from=2026-11-02T00:00:00Z&to=2026-11-01T00:00:00Z", "query.to"),
        ("/v1/trips?vehicle=one", "query.vehicle"),
        ("/v1/trips?vehicle=99999999999", "query.vehicle"),
        ("/v1/trips?vehicle=１", "query.vehicle"),
        ("/v1/trips?limit=0", "query.limit"),
        ("/v1/trips?limit=1001", "query.limit"),
        ("/v1/trips?order=up", "query.order"),
        ("/v1/trips?cursor=next", "query.cursor"),
        ("/v1/positions/latest?vehicle=1,,x", "query.vehicle"),
        ("/v1/stats/fuel?bucket=fortnight", "query.bucket"),
        ("/v1/stats/fuel?group_by=driver", "query.group_by"),
        ("/v1/trips/1-abc/track?max_points=1", "query.max_points"),
    ],
)
def test_an_invalid_request_names_its_part(client: TestClient, world: World, path: str, location: str) -> None:
    body = assert_problem(client.get(path, headers=world.headers()), 422, "invalid-request")

    assert [part["location"] for part in body["errors"]] == [location]
    assert all(part["detail"] for part in body["errors"])


@pytest.mark.parametrize("trip_id", ["1-abc", "0-abc", "abc", "1-ABC", "1-", "99999999999-a", "1-zzzzzzzzzz", "%00"])
def test_what_is_no_trip_is_not_found(client: TestClient, world: World, trip_id: str) -> None:
    for path in (f"/v1/trips/{trip_id}", f"/v1/trips/{trip_id}/track"):
        assert_problem(client.get(path, headers=world.headers()), 404, "not-found")


def test_unknown_routes_and_methods_are_problems_too(client: TestClient) -> None:
    assert_problem(client.get("/v2/trips"), 404, "not-found")
    assert_problem(client.get("/web/nothing.js"), 404, "not-found")
    answer = client.post("/v1/trips")
    assert_problem(answer, 405, "method-not-allowed")
    assert answer.headers["allow"] == "GET"
    assert client.put("/v1/session").headers["allow"] == "POST, DELETE"
    assert client.delete("/v1/fill-ups").headers["allow"] == "GET, POST"
    assert_problem(client.post("/web/app.js"), 405, "method-not-allowed")


def test_an_unexpected_error_is_a_problem_without_particulars(
    app: FastAPI, client: TestClient, world: World, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(*_: object, **__: object) -> None:
        raise ZeroDivisionError("secret particulars")

    monkeypatch.setattr("keitora_api.vehicles.routes.read_vehicles", broken)
    answer = client.get("/v1/vehicles", headers=world.headers())

    body = assert_problem(answer, 500, "unexpected")
    assert "secret" not in str(body)
    assert "secret particulars" in caplog.text
    assert "content-security-policy" in answer.headers
    monkeypatch.undo()
    assert client.get("/v1/vehicles", headers=world.headers()).status_code == 200


def test_problems_explain_themselves(client: TestClient) -> None:
    for kind in KINDS:
        answer = client.get(kind.type)
        assert answer.status_code == 200
        assert kind.title in answer.text
    assert client.get("/problems/unheard-of").status_code == 404


def test_without_a_database_it_is_unavailable_and_comes_back_by_itself() -> None:
    with temporary_postgres(fsync=False) as server:
        migrate(server.url)
        app = create_app(ServiceSettings(database_url=SecretStr(server.url), database_pool_size=2))
        with TestClient(app) as client:
            assert client.get("/healthz").status_code == 200

            server.stop()
            assert_problem(client.get("/healthz"), 503, "unavailable")
            answer = client.get("/v1/fleet", headers={"X-API-Key": "kt_any"})
            assert_problem(answer, 503, "unavailable")
            assert answer.headers["retry-after"]
            assert client.get("/metrics").status_code == 200
            assert "keitora_database_up 0.0" in client.get("/metrics").text

            server.start()
            deadline = time.monotonic() + 20
            while client.get("/healthz").status_code != 200:
                assert time.monotonic() < deadline
            assert client.get("/v1/fleet", headers={"X-API-Key": "kt_any"}).status_code == 401


def test_it_starts_while_the_database_is_away() -> None:
    with temporary_postgres(fsync=False) as server:
        url = server.url
    app = create_app(ServiceSettings(database_url=SecretStr(url), database_pool_size=2))
    with TestClient(app) as client:
        assert_problem(client.get("/healthz"), 503, "unavailable")
        assert client.get("/").status_code == 200
