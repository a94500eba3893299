"""How many connections there may be: who waits makes room for who comes, and only a service that is busy refuses."""

import asyncio
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

import httpx2
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import SecretStr

from keitora_api.app import create_app
from keitora_api.connections import Connections, FullError
from keitora_api.settings import ServiceSettings
from tests.api.builders import NOW, World
from tests.api.serving import Events, served, until

ELSEWHERE = "192.0.2.1"
"""A proxy that is not this machine: tests come from 127.0.0.1, which is one by default."""


def test_the_one_that_has_waited_longest_makes_room() -> None:
    known: Connections[str] = Connections(3, 3)
    for name in ("a", "b", "c"):
        assert known.enter(name, "198.51.100.1") is None
    known.works("a")
    known.works("b")
    known.waits("a")

    assert known.enter("d", "198.51.100.2") == "c"
    assert known.enter("e", "198.51.100.2") == "a"
    assert len(known) == 3


def test_nobody_is_let_in_where_all_are_at_work() -> None:
    known: Connections[str] = Connections(2, 2)
    for name in ("a", "b"):
        known.enter(name, "198.51.100.1")
        known.works(name)

    with pytest.raises(FullError):
        known.enter("c", "198.51.100.2")
    known.leave("a")
    assert known.enter("c", "198.51.100.2") is None


@pytest.mark.parametrize(
    ("hosts", "is_one"),
    [
        (("198.51.100.1", "198.51.100.1"), True),
        (("198.51.100.1", "198.51.100.2"), False),
        (("198.51.100.1", "::ffff:198.51.100.1"), True),
        (("2001:db8:0:1::1", "2001:db8:0:1:ffff::2"), True),
        (("2001:db8:0:1::1", "2001:db8:0:2::1"), False),
        (("10.0.0.7", "10.0.0.7"), False),  # a proxy's
        ((None, None), False),
    ],
)
def test_those_of_one_line_make_room_for_each_other(hosts: tuple[str | None, ...], is_one: bool) -> None:
    known: Connections[int] = Connections(100, 1, ["10.0.0.0/24", "no address"])
    first, second = (known.enter(number, host) for number, host in enumerate(hosts))

    assert first is None
    assert (second == 0) is is_one


def test_all_come_by_a_proxy_where_everybody_is_trusted_as_one() -> None:
    known: Connections[int] = Connections(100, 1, ["*"])
    assert [known.enter(number, "198.51.100.1") for number in range(3)] == [None] * 3


@given(
    steps=st.lists(
        st.tuples(st.sampled_from(("enter", "waits", "works", "leave")), st.integers(0, 9), st.sampled_from("ABC"))
    )
)
def test_whatever_happens_the_bounds_hold_and_nothing_is_kept_of_who_has_left(
    steps: list[tuple[str, int, str]],
) -> None:
    known: Connections[int] = Connections(5, 3)
    hosts = {"A": "198.51.100.1", "B": "198.51.100.2", "C": "2001:db8::1"}
    present: dict[int, str] = {}
    waiting: list[int] = []
    for what, one, place in steps:
        if what == "enter" and one not in present:
            crowd = [other for other in present if present[other] == place]
            full = crowd if len(crowd) >= 3 else list(present) if len(present) >= 5 else []
            can_go = [other for other in waiting if other in full]
            if full and not can_go:
                with pytest.raises(FullError):
                    known.enter(one, hosts[place])
                continue
            victim = known.enter(one, hosts[place])
            assert victim == (can_go[0] if full else None)
            if victim is not None:
                del present[victim]
                waiting.remove(victim)
            present[one] = place
            waiting.append(one)
        elif what == "waits":
            known.waits(one)
            if one in present and one not in waiting:
                waiting.append(one)
        elif what == "works":
            known.works(one)
            waiting = [other for other in waiting if other != one]
        elif what == "leave":
            known.leave(one)
            present.pop(one, None)
            waiting = [other for other in waiting if other != one]
        assert len(known) == len(present)
    for one in list(present):
        known.leave(one)
    assert (len(known), dict(known._by_line), known._line_of) == (0, {}, {})


@contextmanager
def service(api_database: str, **bounds: Any) -> Iterator[str]:
    settings = ServiceSettings(database_url=SecretStr(api_database), database_pool_size=2, **bounds)
    with served(create_app(settings, clock=lambda: NOW)) as url:
        yield url


def connected(url: str, said: bytes = b"") -> socket.socket:
    host, port = url.removeprefix("http://").split(":")
    connection = socket.create_connection((host, int(port)), timeout=30)
    connection.sendall(said)
    return connection


def is_closed(connection: socket.socket) -> bool:
    try:
        return connection.recv(1) == b""
    except ConnectionResetError:
        return True


@pytest.mark.parametrize(
    "bounds", [{"api_connections": 20}, {"api_connections_an_address": 20, "api_trusted_proxies": ELSEWHERE}]
)
def test_a_crowd_that_says_nothing_or_half_of_it_stops_nobody(
    api_database: str, world: World, bounds: dict[str, Any]
) -> None:
    key = world.headers()["Authorization"]
    head = f"POST /v1/vehicles HTTP/1.1\r\nHost: x\r\nAuthorization: {key}\r\nContent-Length: 50\r\n"
    halves = (b"", b"GET / HTTP/1.1\r\nX-Slow: ", head.encode(), f"{head}\r\n{{".encode())
    with service(api_database, **bounds) as url, ExitStack() as crowd:
        opened = []
        for number in range(200):
            opened.append(crowd.enter_context(connected(url, halves[number % 4])))
            if number % 20 == 19:
                with httpx2.Client(base_url=url, timeout=30) as client:
                    assert client.get("/v1/fleet", headers=world.headers()).status_code == 200

        assert all(is_closed(one) for one in opened[:170])
        with httpx2.Client(base_url=url, timeout=30) as client:
            told = client.get("/metrics").text
        assert 'keitora_api_connections_crowded_out_total{how="closed"}' in told
        assert 'how="refused"' not in told


def test_a_service_whose_connections_are_all_at_work_says_when_to_come_again(api_database: str, world: World) -> None:
    settings = ServiceSettings(database_url=SecretStr(api_database), database_pool_size=2, api_connections=10)
    app = create_app(settings, clock=lambda: NOW)

    async def listen(url: str) -> str:
        listeners = [await Events.listen(url, "/v1/positions/stream", world.headers()) for _ in range(10)]
        for one in listeners:
            assert (await one.line("HTTP/1.1 ")).startswith("200")
        refused = await asyncio.to_thread(said_to, url)
        listeners[0].close()
        await until(lambda: len(app.state.resources.connections) < 10)
        async with httpx2.AsyncClient(base_url=url, timeout=30) as client:
            assert (await client.get("/v1/fleet", headers=world.headers())).status_code == 200
        for one in listeners:
            one.close()
        return refused

    with served(app) as url:
        head, body = asyncio.run(listen(url)).split("\r\n\r\n")
    assert head.startswith("HTTP/1.1 503 ")
    assert "retry-after: 5" in head.lower()
    assert "content-type: application/problem+json" in head.lower()
    assert '"/problems/unavailable"' in body


def said_to(url: str) -> str:
    """Return what is said to who connects and has not asked yet."""
    with connected(url) as connection:
        return b"".join(iter(lambda: connection.recv(4096), b"")).decode()


def test_those_that_were_answered_and_are_kept_make_room(api_database: str) -> None:
    with service(api_database, api_connections=10) as url, ExitStack() as kept:
        for _ in range(15):
            one = kept.enter_context(connected(url, b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n"))
            assert one.recv(12) == b"HTTP/1.1 200"


def test_a_connection_that_is_kept_is_used_again_and_counted_once(api_database: str, world: World) -> None:
    with service(api_database) as url, httpx2.Client(base_url=url, timeout=30) as client:
        for _ in range(5):
            assert client.get("/v1/fleet", headers=world.headers()).status_code == 200

        assert "keitora_api_connections 1.0" in client.get("/metrics").text


def test_a_process_that_may_open_few_files_takes_fewer_connections() -> None:
    told = (
        "import resource; resource.setrlimit(resource.RLIMIT_NOFILE, ({soft}, {hard}));"
        "from keitora_api.commands import _within_open_files as within;"
        "from keitora_api.settings import ServiceSettings;"
        "print(within(ServiceSettings(database_url='x', api_connections=1000)).api_connections,"
        " resource.getrlimit(resource.RLIMIT_NOFILE)[0])"
    )

    def connections_and_files(soft: int, hard: int) -> str:
        asked = [sys.executable, "-c", told.format(soft=soft, hard=hard)]
        return subprocess.run(asked, check=True, capture_output=True, text=True).stdout.strip()

    assert connections_and_files(300, 4096) == "1000 1108"
    assert connections_and_files(300, 300) == "192 300"
