"""Whoever the database address names, the API works in its own role, or not at all."""

import psycopg
import pytest
from fastapi.testclient import TestClient
from pydantic import SecretStr

from keitora.local.testing import TemporaryPostgres
from keitora_api.app import create_app
from keitora_api.settings import ServiceSettings
from tests.api.builders import World


def client_as(url: str) -> TestClient:
    return TestClient(create_app(ServiceSettings(database_url=SecretStr(url), database_pool_size=1)))


def test_it_works_as_its_own_role(postgres: TemporaryPostgres, api_database: str, world: World) -> None:
    postgres.allow_login("keitora_api", "secret")
    url = postgres.url_for("keitora_api", "secret", api_database.rsplit("/", 1)[1])

    with client_as(url) as client:
        assert client.get("/healthz").status_code == 200
        assert len(client.get("/v1/vehicles", headers=world.headers()).json()["items"]) == 2


def test_it_says_so_if_the_user_may_not_take_the_role(
    postgres: TemporaryPostgres, api_database: str, conn: psycopg.Connection, caplog: pytest.LogCaptureFixture
) -> None:
    conn.execute("CREATE ROLE stranger LOGIN PASSWORD 'secret'")
    url = postgres.url_for("stranger", "secret", api_database.rsplit("/", 1)[1])

    with client_as(url) as client:
        assert client.get("/healthz").status_code == 503
    assert "must be, or belong to, keitora_api" in caplog.text


def test_its_transactions_only_read(client: TestClient, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    async def writing(conn: psycopg.AsyncConnection, **_: object) -> list[object]:
        await conn.execute("UPDATE fleet SET name = 'mine'")
        return []

    monkeypatch.setattr("keitora_api.vehicles.routes.read_vehicles", writing)
    assert client.get("/v1/vehicles", headers=world.headers()).status_code == 500
    monkeypatch.undo()
    assert client.get("/v1/fleet", headers=world.headers()).json()["name"] == world.fleet.name
