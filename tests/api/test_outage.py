"""The database goes away, does not move or is slow: every route says so within a bound, and recovers by itself."""

import asyncio
import os
import re
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from time import monotonic
from typing import Any
from uuid import uuid4

import httpx2
import psycopg
import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from pydantic import SecretStr

from keitora.db.migrate import migrate
from keitora.local.testing import TemporaryPostgres, temporary_postgres
from keitora_api import database
from keitora_api.app import create_app
from keitora_api.database import Pool
from keitora_api.settings import ServiceSettings
from tests.api.bodies import BODIES, QUERIES
from tests.api.builders import NOW, World, add_world
from tests.api.serving import served

WITHOUT_DATABASE = {"GET /metrics"}
"""Answers all the same: it is where the outage is counted."""


@pytest.fixture(scope="module")
def server() -> Iterator[TemporaryPostgres]:
    """A server of this module's own, which it may kill and freeze."""
    with temporary_postgres(fsync=False) as server:
        migrate(server.url)
        yield server


@pytest.fixture
def fleet(server: TemporaryPostgres) -> World:
    """A fleet of the test's own, whose walk over all routes may revoke its own keys."""
    with psycopg.connect(server.url, autocommit=True) as conn:
        made = add_world(conn, f"fleet {uuid4()}")
        conn.execute("CHECKPOINT")  # the tests' server commits to memory first, and will be killed
        return made


def make_app(url: str, **settings: Any) -> FastAPI:
    return create_app(ServiceSettings(database_url=SecretStr(url), **settings), clock=lambda: NOW)


def requests(app: FastAPI) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Yield every operation's method, path and what else it needs to be let in."""
    for route, told in app.openapi()["paths"].items():
        for method in told:
            operation = f"{method.upper()} {route}"
            path = re.sub(r"\{(\w+)\}", lambda found: {"what": "trips", "kind": "volume"}.get(found[1], "1"), route)
            path = path.replace("/trips/1", "/trips/1-mi1e8s00").replace(
                "/episodes/1", "/episodes/1-mi1e8s00-overheating"
            )
            body = BODIES[operation] if method not in {"get", "delete"} else None
            yield method.upper(), path, {"params": QUERIES.get(operation, {}), "json": body}


async def ask_all(url: str, app: FastAPI, world: World) -> dict[str, httpx2.Response]:
    limits = httpx2.Limits(max_connections=200)
    async with httpx2.AsyncClient(base_url=url, headers=world.headers(), timeout=30, limits=limits) as client:
        asked = [(method, path, more) for method, path, more in requests(app) if not path.endswith("/stream")]
        answers = await asyncio.gather(*(client.request(method, path, **more) for method, path, more in asked))
    return {f"{method} {path}": answer for (method, path, _), answer in zip(asked, answers, strict=True)}


def test_every_route_answers_503_while_the_database_is_away_and_recovers_by_itself(
    server: TemporaryPostgres, fleet: World
) -> None:
    app = make_app(server.url)
    with served(app) as url:
        with httpx2.Client(base_url=url, headers=fleet.headers()) as client:
            assert client.get("/v1/fleet").status_code == 200
            server.kill()
            began_s = monotonic()
            answers = asyncio.run(ask_all(url, app, fleet))
            took_s = monotonic() - began_s
            assert client.get("/").status_code == 200
            server.start()
            back_s = monotonic()
            while (answer := client.get("/v1/fleet")).status_code != 200:
                assert monotonic() - back_s < 20, answer.text

        assert took_s < 15
        for operation, answer in answers.items():
            if operation not in WITHOUT_DATABASE:
                assert answer.status_code == 503, (operation, answer.text)
                assert int(answer.headers["retry-after"]) > 0, operation
                assert answer.json()["type"] == "/problems/unavailable"
        again = asyncio.run(ask_all(url, app, fleet))
        assert {operation for operation, answer in again.items() if answer.status_code >= 500} == set()


def processes_of(server: TemporaryPostgres) -> list[int]:
    children = Path(f"/proc/{server.pid}/task/{server.pid}/children").read_text("ascii")
    return [server.pid, *map(int, children.split())]


@contextmanager
def frozen(server: TemporaryPostgres) -> Iterator[None]:
    """Stop the server and all its processes: connections stay open, and nothing is answered."""
    stopped = processes_of(server)
    for pid in stopped:
        os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        for pid in stopped:
            os.kill(pid, signal.SIGCONT)


def test_a_database_that_does_not_move_is_given_up_within_a_bound(
    server: TemporaryPostgres, fleet: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Pool, "held_s", 2.0)
    with TestClient(make_app(server.url, answered_within_s=1.0, database_pool_size=2)) as client:
        assert client.get("/v1/trips", headers=fleet.headers()).status_code == 200
        with frozen(server):
            for _ in range(2):
                began_s = monotonic()
                answer = client.get("/v1/trips", headers=fleet.headers())
                assert monotonic() - began_s < 12
                assert (answer.status_code, answer.json()["type"]) == (503, "/problems/unavailable")
        began_s = monotonic()
        while client.get("/v1/trips", headers=fleet.headers()).status_code != 200:
            assert monotonic() - began_s < 20


def test_a_slow_query_ends_in_503_and_gives_its_connection_back(api_database: str, world: World) -> None:
    app = make_app(api_database, answered_within_s=0.5, database_pool_size=1)
    with TestClient(app) as client, psycopg.connect(api_database) as locker:
        locker.execute("LOCK TABLE upkeep_task IN ACCESS EXCLUSIVE MODE")

        began_s = monotonic()
        slow = client.get("/v1/upkeep", headers=world.headers())
        took_s = monotonic() - began_s
        next_one = client.get("/v1/fleet", headers=world.headers())

        assert (slow.status_code, slow.headers["retry-after"]) == (503, "5")
        assert "ask for less" in slow.json()["detail"]
        assert took_s < 3
        assert next_one.status_code == 200
        locker.rollback()
        assert client.get("/v1/upkeep", headers=world.headers()).status_code == 200


def test_what_a_request_that_took_too_long_had_begun_is_rolled_back(
    api_database: str, conn: psycopg.Connection, world: World
) -> None:
    app = make_app(api_database, answered_within_s=0.5, database_pool_size=1)
    with TestClient(app) as client, psycopg.connect(api_database) as locker:
        locker.execute("LOCK TABLE audit_entry IN ACCESS EXCLUSIVE MODE")

        slow = client.post("/v1/vehicles", headers=world.headers(), json={"name": "never"})

        assert slow.status_code == 503
    assert conn.execute("SELECT count(*) FROM vehicle WHERE name = 'never'").fetchone() == (0,)


def test_a_statement_that_takes_too_long_says_what_to_change(api_database: str, world: World) -> None:
    app = make_app(api_database)
    with psycopg.connect(api_database) as locker, TestClient(app) as client:
        database = psycopg.conninfo.conninfo_to_dict(api_database)["dbname"]
        assert database
        locker.execute("LOCK TABLE upkeep_task IN ACCESS EXCLUSIVE MODE")
        cancel = "SELECT pg_cancel_backend(pid) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = %s"
        from threading import Thread  # noqa: PLC0415 -- only here

        def cancels() -> None:
            with psycopg.connect(api_database, autocommit=True) as other:
                while not other.execute(cancel.encode(), [database]).fetchall():
                    pass

        thread = Thread(target=cancels)
        thread.start()
        answer = client.get("/v1/upkeep", headers=world.headers())
        thread.join()

        assert answer.status_code == 503
        assert "ask for less" in answer.json()["detail"]
        assert answer.headers["retry-after"] == "5"


def test_a_request_that_is_given_up_while_its_connection_is_checked_spoils_it_for_nobody(
    server: TemporaryPostgres, fleet: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A check that was broken off left a connection without transactions: its next users could enter no fleet."""
    monkeypatch.setattr(database, "_ASKED_AFTER_S", 0.0)  # the server is asked each time

    async def gives_up(pool: Pool) -> None:
        with frozen(server):
            task = asyncio.create_task(pool.getconn())
            await asyncio.sleep(0.1)
            while not task.done():  # as a group of tasks does that is cancelled
                task.cancel()
                await asyncio.sleep(0)

    async def check() -> None:
        app = make_app(server.url, database_pool_size=1)
        pool: Pool = app.state.resources.pool
        async with app.router.lifespan_context(app):
            await pool.wait()
            for _ in range(3):
                await gives_up(pool)
                async with pool.connection(timeout=30) as conn:
                    assert not conn.autocommit

    asyncio.run(check())
