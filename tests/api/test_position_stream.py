"""Live positions: what is new reaches every listener, once, whoever is slow or comes back."""

import asyncio
import json
from collections.abc import Iterator
from datetime import timedelta

import psycopg
import pytest
from pydantic import SecretStr

from keitora.positions import queries
from keitora_api.app import create_app
from keitora_api.positions import stream
from keitora_api.resources import Resources
from keitora_api.settings import ServiceSettings
from tests.api.builders import NOW, World, add_latest
from tests.api.serving import Events, served, until

PATH = "/v1/positions/stream"


@pytest.fixture(scope="module")
def live(api_database: str) -> Iterator[tuple[str, Resources]]:
    app = create_app(ServiceSettings(database_url=SecretStr(api_database), database_pool_size=4), clock=lambda: NOW)
    app.state.resources.hub._every_s = 0.05
    with served(app) as url:
        yield url, app.state.resources


def moved(conn: psycopg.Connection, world: World, number: int, second: int) -> None:
    conn.execute(
        "UPDATE vehicle_latest SET sampled_at = %s, speed_kmh = %s WHERE vehicle_id = %s",
        [NOW - timedelta(hours=1) + timedelta(seconds=second), float(second % 100), world.trucks[number].vehicle_id],
    )


@pytest.fixture
def parked(conn: psycopg.Connection, world: World) -> World:
    for truck in world.trucks:
        add_latest(conn, truck, NOW - timedelta(hours=2))
    return world


def test_a_listener_is_told_of_every_truck_and_then_of_what_is_new(
    live: tuple[str, Resources], conn: psycopg.Connection, parked: World
) -> None:
    async def listens() -> None:
        events = await Events.listen(live[0], PATH, parked.headers("driver"))
        first = {json.loads((await events.event())[1])["vehicle"]["id"] for _ in parked.trucks}
        assert first == {truck.vehicle_id for truck in parked.trucks}

        moved(conn, parked, 1, 7)
        told = json.loads((await events.event())[1])
        assert (told["vehicle"]["id"], told["speed_kmh"]) == (parked.trucks[1].vehicle_id, 7.0)
        events.close()

    asyncio.run(listens())


def test_who_comes_back_is_told_what_changed_since_and_a_stranger_everything(
    live: tuple[str, Resources], conn: psycopg.Connection, parked: World
) -> None:
    async def listens() -> None:
        stays = await Events.listen(live[0], PATH, parked.headers())
        names = [(await stays.event())[0] for _ in parked.trucks]
        moved(conn, parked, 0, 8)
        await stays.event()

        back = await Events.listen(live[0], PATH, parked.headers() | {"Last-Event-ID": names[-1]})
        told = json.loads((await back.event())[1])
        assert (told["vehicle"]["id"], told["speed_kmh"]) == (parked.trucks[0].vehicle_id, 8.0)
        moved(conn, parked, 1, 9)
        assert json.loads((await back.event())[1])["vehicle"]["id"] == parked.trucks[1].vehicle_id

        stranger = await Events.listen(live[0], PATH, parked.headers() | {"Last-Event-ID": "00000000-999"})
        assert len({(await stranger.event())[0] for _ in parked.trucks}) == 2
        for one in (stays, back, stranger):
            one.close()

    asyncio.run(listens())


def test_only_the_trucks_asked_for_are_told_and_never_another_fleets(
    live: tuple[str, Resources], conn: psycopg.Connection, parked: World, other: World
) -> None:
    add_latest(conn, other.trucks[0], NOW)

    async def listens() -> None:
        wanted = parked.trucks[1].vehicle_id
        one = await Events.listen(live[0], f"{PATH}?vehicle={wanted}", parked.headers())
        theirs = await Events.listen(live[0], f"{PATH}?vehicle={wanted}", other.headers())
        assert json.loads((await one.event())[1])["vehicle"]["id"] == wanted
        moved(conn, parked, 0, 3)
        moved(conn, parked, 1, 4)
        assert json.loads((await one.event())[1])["speed_kmh"] == 4.0
        with pytest.raises(TimeoutError):
            await theirs.event(within_s=0.5)
        for listener in (one, theirs):
            listener.close()

    asyncio.run(listens())


def test_two_hundred_listeners_cost_one_query_a_time(
    live: tuple[str, Resources], conn: psycopg.Connection, parked: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    from keitora_api.positions import hub  # noqa: PLC0415 -- its query is counted here

    count = 0
    real = queries.read_latest

    async def counted(*args: object, **named: object) -> object:
        nonlocal count
        count += 1
        return await real(*args, **named)  # type: ignore[arg-type]

    monkeypatch.setattr(hub, "read_latest", counted)

    async def listens() -> None:
        nonlocal count
        everyone = [await Events.listen(live[0], PATH, parked.headers()) for _ in range(200)]
        for listener in everyone:
            for _ in parked.trucks:
                await listener.event()
        assert live[1].hub.listener_count >= 200
        before = count
        moved(conn, parked, 0, 11)
        began = asyncio.get_running_loop().time()
        told = await asyncio.gather(*(listener.event() for listener in everyone))
        waited_s = asyncio.get_running_loop().time() - began
        assert {json.loads(data)["speed_kmh"] for _, data in told} == {11.0}
        assert len({name for name, _ in told}) == 1
        assert count - before <= waited_s / 0.05 + 2
        for listener in everyone:
            listener.close()

    asyncio.run(listens())


def test_a_listener_that_takes_nothing_is_dropped_and_the_others_hear_on(
    live: tuple[str, Resources], conn: psycopg.Connection, parked: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stream, "PATIENCE_S", 0.3)
    hub = live[1].hub

    def listening() -> int:
        return hub.listener_count

    async def listens() -> None:
        async with asyncio.timeout(60):
            await until(lambda: listening() == 0)
            slow = await Events.listen(live[0], PATH, parked.headers(), buffer_bytes=2048)
            slow.writer.transport.pause_reading()  # type: ignore[attr-defined]
            quick = await Events.listen(live[0], PATH, parked.headers())
            await until(lambda: listening() == 2)
            second = 0
            while listening() == 2:
                second += 1
                for number in (0, 1):
                    moved(conn, parked, number, second)
                await quick.event()
            assert listening() == 1
            moved(conn, parked, 0, second + 1)
            await quick.event()
            for listener in (slow, quick):
                listener.close()

    asyncio.run(listens())


def test_a_feed_nobody_listens_to_any_more_is_not_read_on(live: tuple[str, Resources], parked: World) -> None:
    hub, fleet_id = live[1].hub, parked.fleet.fleet_id

    async def listens() -> None:
        events = await Events.listen(live[0], PATH, parked.headers())
        await events.event()
        assert hub._feeds[fleet_id].task is not None
        events.close()
        await until(lambda: hub._feeds[fleet_id].task is None)

    asyncio.run(listens())


def test_the_only_listener_misses_nothing_and_hears_nothing_twice_when_it_comes_back(
    live: tuple[str, Resources], conn: psycopg.Connection, parked: World
) -> None:
    hub, fleet_id = live[1].hub, parked.fleet.fleet_id

    async def listens() -> None:
        first = await Events.listen(live[0], PATH, parked.headers())
        names = [(await first.event())[0] for _ in parked.trucks]
        first.close()
        await until(lambda: hub._feeds[fleet_id].task is None)
        moved(conn, parked, 1, 21)

        back = await Events.listen(live[0], PATH, parked.headers() | {"Last-Event-ID": names[-1]})
        name, data = await back.event()
        assert (json.loads(data)["vehicle"]["id"], json.loads(data)["speed_kmh"]) == (parked.trucks[1].vehicle_id, 21.0)
        with pytest.raises(TimeoutError):
            await back.event(within_s=0.5)
        back.close()

        again = await Events.listen(live[0], PATH, parked.headers() | {"Last-Event-ID": name})
        with pytest.raises(TimeoutError):
            await again.event(within_s=0.5)
        again.close()

    asyncio.run(listens())


def test_boards_nobody_came_back_to_are_forgotten(
    live: tuple[str, Resources], parked: World, other: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    hub = live[1].hub
    monkeypatch.setattr(hub, "_kept_s", 0.0)

    async def listens() -> None:
        for world in (parked, other):
            events = await Events.listen(live[0], PATH, world.headers())
            await events.line("retry:")
            await until(lambda: hub.listener_count == 1)
            events.close()
            await until(lambda: hub.listener_count == 0)
        assert parked.fleet.fleet_id not in hub._feeds

    asyncio.run(listens())
