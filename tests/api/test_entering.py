"""Requests that read have no transaction: whose fleet was entered on a connection must be nobody else's to see."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta
from random import Random
from typing import Any

import httpx2
import psycopg
import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from pydantic import SecretStr

from keitora.clock import utc_now
from keitora.fleets.queries import open_with_key
from keitora_api.app import create_app
from keitora_api.database import Line, Pool
from keitora_api.settings import ServiceSettings
from tests.api.builders import NOW, World
from tests.api.people import add_person, add_session

_SEEN = "SELECT coalesce(current_setting('keitora.fleet_id', true), ''), (SELECT count(*) FROM vehicle)"


def make_app(url: str, **settings: Any) -> FastAPI:
    """Return an application with a single connection: each request gets what the one before has left."""
    told = {"database_pool_size": 1, **settings}
    return create_app(ServiceSettings(database_url=SecretStr(url), **told), clock=lambda: NOW)


async def seen(conn: Line) -> tuple[str, int]:
    """Return the fleet that is entered on a connection, and how many trucks are seen on it."""
    row = await (await conn.execute(_SEEN)).fetchone()
    assert row is not None
    return row


async def seen_by_the_next(pool: Pool) -> tuple[str, int]:
    async with pool.connection() as conn:
        return await seen(conn)


def run(app: FastAPI, check: Callable[[httpx2.AsyncClient, Pool], Awaitable[None]]) -> None:
    async def run() -> None:
        transport = httpx2.ASGITransport(app)
        client = httpx2.AsyncClient(transport=transport, base_url="http://here", timeout=30)
        async with app.router.lifespan_context(app), client:
            await check(client, app.state.resources.pool)

    asyncio.run(run())


def test_what_a_reader_entered_is_left_before_anybody_else_gets_the_connection(api_database: str, world: World) -> None:
    async def check(client: httpx2.AsyncClient, pool: Pool) -> None:
        assert (await client.get("/v1/vehicles", headers=world.headers())).status_code == 200
        async with pool.entering() as conn:
            assert await seen(conn) == (str(world.fleet.fleet_id), 2)  # what this is about

        assert await seen_by_the_next(pool) == ("", 0)

    run(make_app(api_database), check)


@pytest.mark.parametrize("token", ["kt_wrong", "ks_wrong"])
def test_who_is_not_let_in_has_left_the_fleet_of_who_came_before(api_database: str, world: World, token: str) -> None:
    async def check(client: httpx2.AsyncClient, pool: Pool) -> None:
        assert (await client.get("/v1/vehicles", headers=world.headers())).status_code == 200

        refused = await client.get("/v1/vehicles", headers={"Authorization": f"Bearer {token}"})

        assert refused.status_code == 401
        async with pool.entering() as conn:
            assert await seen(conn) == ("", 0)

    run(make_app(api_database), check)


def test_a_request_that_is_broken_off_while_it_is_let_in_leaves_nothing(
    api_database: str, world: World, other: World
) -> None:
    async def check(client: httpx2.AsyncClient, pool: Pool) -> None:
        assert (await client.get("/v1/vehicles", headers=world.headers())).status_code == 200
        with psycopg.connect(api_database) as locker:
            locker.execute("LOCK TABLE api_key IN ACCESS EXCLUSIVE MODE")
            assert (await client.get("/v1/vehicles", headers=other.headers())).status_code == 503

        assert await seen_by_the_next(pool) == ("", 0)
        assert (await client.get("/v1/fleet", headers=other.headers())).json()["name"] == other.fleet.name

    run(make_app(api_database, answered_within_s=0.5), check)


def test_a_connection_that_could_not_leave_a_fleet_is_not_lent(
    api_database: str, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fails(_: psycopg.AsyncConnection) -> None:
        raise psycopg.OperationalError("no answer")

    async def check(client: httpx2.AsyncClient, pool: Pool) -> None:
        assert (await client.get("/v1/vehicles", headers=world.headers())).status_code == 200
        with monkeypatch.context() as patched:
            patched.setattr("keitora_api.database.leave_fleet", fails)
            assert (await client.get("/healthz")).status_code == 503

        assert await seen_by_the_next(pool) == ("", 0)

    run(make_app(api_database), check)


def test_a_key_revoked_between_two_requests_opens_nothing_on_the_connection_it_had_entered(
    api_database: str, conn: psycopg.Connection, world: World
) -> None:
    with TestClient(make_app(api_database)) as client:
        assert client.get("/v1/vehicles", headers=world.headers()).status_code == 200
        conn.execute("UPDATE api_key SET revoked_at = now() WHERE fleet_id = %s", [world.fleet.fleet_id])

        assert client.get("/v1/vehicles", headers=world.headers()).status_code == 401


def test_what_a_writer_enters_ends_with_its_transaction(api_database: str, world: World, other: World) -> None:
    async def check(client: httpx2.AsyncClient, pool: Pool) -> None:
        async with pool.connection() as conn:
            await open_with_key(conn, token=world.keys["manager"], for_transaction=True)
            assert (await seen(conn))[0] == str(world.fleet.fleet_id)
        async with pool.entering() as conn:
            assert await seen(conn) == ("", 0)

        await client.get("/v1/vehicles", headers=other.headers())
        made = await client.post("/v1/vehicles", headers=world.headers(), json={"name": "new"})
        assert made.status_code == 201
        assert await seen_by_the_next(pool) == ("", 0)

    run(make_app(api_database), check)


def test_a_session_whose_use_is_noted_goes_on_reading_its_own_fleet(
    api_database: str, conn: psycopg.Connection, world: World, other: World
) -> None:
    with TestClient(make_app(api_database)) as client:
        member = add_person(conn, world)
        long_ago = utc_now() - timedelta(hours=1)
        headers = {"Authorization": f"Bearer {add_session(conn, world, member.person_id, seen_at=long_ago)}"}
        assert client.get("/v1/fleet", headers=other.headers()).json()["name"] == other.fleet.name

        assert client.get("/v1/fleet", headers=headers).json()["name"] == world.fleet.name
        [(seen_at,)] = conn.execute("SELECT seen_at FROM person_session WHERE person_id = %s", [member.person_id])
        assert seen_at > long_ago


def test_two_fleets_that_ask_at_once_and_break_off_at_any_moment_see_only_their_own(
    api_database: str, world: World, other: World
) -> None:
    chance = Random(7)

    async def ask(client: httpx2.AsyncClient, whose: World) -> int:
        try:
            async with asyncio.timeout(chance.choice([0.001, 0.003, 0.01, 0.03, 20])):
                fleet = await client.get("/v1/fleet", headers=whose.headers())
                trucks = await client.get("/v1/vehicles", headers=whose.headers())
        except TimeoutError:
            return 0
        assert fleet.json()["name"] == whose.fleet.name
        assert {one["id"] for one in trucks.json()["items"]} == {truck.vehicle_id for truck in whose.trucks}
        return 1

    async def check(client: httpx2.AsyncClient, pool: Pool) -> None:
        answered = 0
        for _ in range(12):
            answered += sum(await asyncio.gather(*(ask(client, whose) for whose in (world, other) * 4)))
            assert await seen_by_the_next(pool) == ("", 0)
        assert answered > 0

    run(make_app(api_database, database_pool_size=2), check)
