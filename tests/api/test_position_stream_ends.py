"""When a stream of live positions ends, and what it outlives: lost rights, a database that is away, our own errors."""

import asyncio
import json
import logging
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import psycopg
import pytest
from fastapi.testclient import TestClient
from pydantic import SecretStr

from keitora.local.testing import TemporaryPostgres, temporary_postgres
from keitora_api.app import create_app
from keitora_api.positions import hub as hubs
from keitora_api.positions.schemas import LatestAnswer
from keitora_api.resources import Resources
from keitora_api.settings import ServiceSettings
from tests.api.builders import NOW, World, add_latest, add_world
from tests.api.people import add_person, add_session, bearer
from tests.api.serving import Events, served, until
from tests.api.test_position_stream import PATH, moved

SOON_S = 5.0


@pytest.fixture(scope="module")
def live(api_database: str) -> Iterator[tuple[str, Resources]]:
    app = create_app(ServiceSettings(database_url=SecretStr(api_database), database_pool_size=4), clock=lambda: NOW)
    app.state.resources.hub._every_s = 0.05
    with served(app) as url:
        yield url, app.state.resources


@pytest.fixture
def parked(conn: psycopg.Connection, world: World) -> World:
    for truck in world.trucks:
        add_latest(conn, truck, NOW - timedelta(hours=2))
    return world


async def heard(url: str, world: World, headers: dict[str, str]) -> Events:
    """Return a listener that has been told of every truck."""
    events = await Events.listen(url, PATH, headers)
    for _ in world.trucks:
        await events.event()
    return events


async def ends(events: Events, within_s: float = SOON_S) -> list[str]:
    """Return what was still told until the stream ended, as a whole answer does in HTTP: with an empty chunk."""
    told = []
    async with asyncio.timeout(within_s):
        while (line := await events.reader.readline()) != b"0\r\n":
            assert line, "the connection broke"
            told.append(line.decode())
    events.close()
    return told


Change = Callable[[TestClient, World, int, int], Any]


def _sign_out(client: TestClient, world: World, person_id: int, session_id: int) -> Any:
    return client.delete(f"/v1/sessions/{session_id}", headers=world.headers())


def _close_account(client: TestClient, world: World, person_id: int, session_id: int) -> Any:
    return client.patch(f"/v1/people/{person_id}", headers=world.headers(), json={"is_disabled": True})


def _other_role(client: TestClient, world: World, person_id: int, session_id: int) -> Any:
    return client.patch(f"/v1/people/{person_id}", headers=world.headers(), json={"role": "manager"})


@pytest.mark.parametrize("change", [_sign_out, _close_account, _other_role])
def test_a_stream_ends_within_seconds_of_its_session_and_tells_nothing_more(
    live: tuple[str, Resources], client: TestClient, conn: psycopg.Connection, parked: World, change: Change
) -> None:
    member = add_person(conn, parked, "driver")
    token = add_session(conn, parked, member.person_id)
    [(session_id,)] = conn.execute(
        "SELECT person_session_id FROM person_session WHERE person_id = %s", [member.person_id]
    )

    async def listens() -> None:
        theirs = await heard(live[0], parked, bearer(token))
        others = await heard(live[0], parked, parked.headers("viewer"))

        answer = await asyncio.to_thread(change, client, parked, member.person_id, session_id)
        assert answer.status_code in {200, 204}, answer.text
        moved(conn, parked, 0, 33)

        assert not any("data:" in line for line in await ends(theirs))
        assert json.loads((await others.event())[1])["speed_kmh"] == 33.0
        others.close()

    asyncio.run(listens())


def test_a_stream_ends_within_seconds_of_its_key(
    live: tuple[str, Resources], conn: psycopg.Connection, parked: World
) -> None:
    async def listens() -> None:
        theirs = await heard(live[0], parked, parked.headers("viewer"))
        others = await heard(live[0], parked, parked.headers("driver"))

        conn.execute(
            "UPDATE api_key SET revoked_at = now() WHERE fleet_id = %s AND role = 'viewer'", [parked.fleet.fleet_id]
        )
        moved(conn, parked, 1, 34)

        assert not any("data:" in line for line in await ends(theirs))
        assert json.loads((await others.event())[1])["speed_kmh"] == 34.0
        others.close()

    asyncio.run(listens())


def test_an_error_nobody_foresaw_sends_the_listeners_back_and_the_next_feed_works(
    live: tuple[str, Resources],
    conn: psycopg.Connection,
    parked: World,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    async def breaks(*_: object, **__: object) -> Any:
        raise RuntimeError("nobody foresaw this")

    async def listens() -> None:
        events = await heard(live[0], parked, parked.headers())
        with monkeypatch.context() as patched, caplog.at_level(logging.ERROR):
            patched.setattr(hubs, "read_latest", breaks)
            await ends(events)
        assert "end unexpectedly" in caplog.text

        back = await heard(live[0], parked, parked.headers())
        moved(conn, parked, 0, 35)
        assert json.loads((await back.event())[1])["speed_kmh"] == 35.0
        back.close()

    asyncio.run(listens())


@pytest.fixture(scope="module")
def own_postgres() -> Iterator[TemporaryPostgres]:
    """A server of this module's own, for one that is killed would take the other tests with it."""
    with temporary_postgres(fsync=False) as server:
        yield server


def test_listeners_hear_on_after_the_database_was_killed_and_came_back(own_postgres: TemporaryPostgres) -> None:
    from keitora.db.migrate import migrate  # noqa: PLC0415 -- only here

    migrate(own_postgres.url)
    with psycopg.connect(own_postgres.url, autocommit=True) as conn:
        world = add_world(conn, "a fleet")
        for truck in world.trucks:
            add_latest(conn, truck, NOW - timedelta(hours=2))
        conn.execute("CHECKPOINT")  # the tests' server commits to memory first, and will be killed
    app = create_app(ServiceSettings(database_url=SecretStr(own_postgres.url)), clock=lambda: NOW)
    app.state.resources.hub._every_s = 0.05

    async def listens(url: str) -> None:
        stays = await heard(url, world, world.headers())
        own_postgres.kill()
        while_away = await Events.listen(url, PATH, world.headers())
        assert (await while_away.reader.readline()).startswith(b"HTTP/1.1 503")
        while_away.close()
        own_postgres.start()  # not in a thread: a server ends with the thread that has started it
        with psycopg.connect(own_postgres.url, autocommit=True) as conn:
            moved(conn, world, 0, 44)
        assert json.loads((await stays.event(within_s=60))[1])["speed_kmh"] == 44.0
        stays.close()

    with served(app) as url:
        asyncio.run(listens(url))


def test_streams_end_when_the_service_stops_and_do_not_hold_it_up(api_database: str, conn: psycopg.Connection) -> None:
    world = add_world(conn, "a fleet whose service stops")
    for truck in world.trucks:
        add_latest(conn, truck, NOW)
    app = create_app(ServiceSettings(database_url=SecretStr(api_database), database_pool_size=2), clock=lambda: NOW)

    async def listens() -> None:
        with served(app, graceful_s=60) as url:
            events = await heard(url, world, world.headers())
        await ends(events)

    asyncio.run(asyncio.wait_for(listens(), 20))


def test_slow_listeners_cost_no_memory_and_delay_nobody(
    live: tuple[str, Resources], conn: psycopg.Connection, parked: World
) -> None:
    """Fifty that take nothing, while a truck moves a hundred times: what waits for each stays within its buffers."""
    import tracemalloc  # noqa: PLC0415 -- only here

    async def listens() -> None:
        slow = [await Events.listen(live[0], PATH, parked.headers(), buffer_bytes=2048) for _ in range(50)]
        for one in slow:
            one.writer.transport.pause_reading()  # type: ignore[attr-defined]
        quick = await heard(live[0], parked, parked.headers())
        await until(lambda: live[1].hub.listener_count == 51)
        tracemalloc.start()
        waited_s = []
        for second in range(100):
            moved(conn, parked, second % 2, second)
            began = asyncio.get_running_loop().time()
            await quick.event()
            waited_s.append(asyncio.get_running_loop().time() - began)
        size, _ = tracemalloc.get_traced_memory()
        tracemalloc.stop()

        assert size < 50 * 64 * 1024 + 2_000_000
        assert sorted(waited_s)[50] < 1.0
        for one in (*slow, quick):
            one.close()
        await until(lambda: live[1].hub.listener_count == 0)

    asyncio.run(listens())


def test_a_fault_of_ours_that_breaks_a_stream_stands_in_the_log(
    live: tuple[str, Resources], parked: World, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def of(*_: object) -> None:
        raise RuntimeError("no such thing")

    async def listens() -> None:
        events = await Events.listen(live[0], PATH, parked.headers())
        with pytest.raises(EOFError):
            await events.event()
        events.close()
        await events.writer.wait_closed()

    with monkeypatch.context() as broken:
        broken.setattr(LatestAnswer, "of", of)
        asyncio.run(listens())

    assert "a stream of live positions broke off" in caplog.text
    assert "no such thing" in caplog.text
