"""Clients that send or take slowly: they are given up within a bound, delay nobody, and hold no database connection."""

import socket
from collections.abc import Iterator
from contextlib import suppress
from time import monotonic, sleep

import httpx2
import psycopg
import pytest
from pydantic import SecretStr

from keitora_api.app import create_app
from keitora_api.server import PatientProtocol
from keitora_api.settings import ServiceSettings
from tests.api.builders import NOW, World
from tests.api.serving import served

LIMIT_S = 0.6


class Impatient(PatientProtocol):
    headers_within_s = LIMIT_S
    taken_within_s = LIMIT_S


@pytest.fixture(scope="module")
def url(api_database: str) -> Iterator[str]:
    """A service with a single database connection, which nobody slow may keep."""
    settings = ServiceSettings(database_url=SecretStr(api_database), database_pool_size=1, request_arrives_within_s=3)
    with served(create_app(settings, clock=lambda: NOW), http=Impatient) as url:
        yield url


def connected(url: str, *, buffer_bytes: int | None = None) -> socket.socket:
    host, port = url.removeprefix("http://").split(":")
    connection = socket.socket()
    if buffer_bytes is not None:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, buffer_bytes)
    connection.settimeout(20)
    connection.connect((host, int(port)))
    return connection


def closed_after_s(connection: socket.socket) -> float:
    """Return how long it takes until the other end closes (s); what it sends until then is thrown away."""
    began_s = monotonic()
    try:
        while connection.recv(65_536):
            pass
    except ConnectionResetError:
        pass
    return monotonic() - began_s


def test_who_never_sends_whole_headers_is_cut_off(url: str) -> None:
    with connected(url) as silent, connected(url) as dripping:
        dripping.sendall(b"GET / HTTP/1.1\r\nHost: x\r\nX-Slow: ")
        began_s = monotonic()
        with pytest.raises(ConnectionError):  # noqa: PT012 -- which byte is refused is the network's business
            while monotonic() - began_s < 20:
                dripping.sendall(b"a")
                sleep(0.05)

        assert closed_after_s(silent) < 5
        assert monotonic() - began_s < 10


def test_the_second_request_of_a_connection_is_bounded_too(url: str) -> None:
    with connected(url) as connection:
        # An answer that goes out at once: what follows it is the next request, not one sent ahead.
        connection.sendall(b"GET /page-settings.json HTTP/1.1\r\nHost: x\r\n\r\n")
        assert connection.recv(100).startswith(b"HTTP/1.1 200")
        connection.sendall(b"GET / HTTP/1.1\r\nX-Slow: ")

        assert closed_after_s(connection) < 4  # before the connection would be closed for being idle


def test_a_body_that_trickles_in_is_refused_and_holds_nobody_up(url: str, world: World) -> None:
    # Connected last: on a busy machine a client takes longer to be made than headers may take to come.
    with httpx2.Client(base_url=url, headers=world.headers()) as client, connected(url) as slow:
        head = f"POST /v1/vehicles HTTP/1.1\r\nHost: x\r\nAuthorization: {world.headers()['Authorization']}\r\n"
        slow.sendall(f"{head}Content-Type: application/json\r\nContent-Length: 50\r\n\r\n{{".encode())

        assert client.get("/v1/fleet").status_code == 200
        assert slow.recv(100).startswith(b"HTTP/1.1 408")


@pytest.fixture
def long_export(conn: psycopg.Connection, world: World) -> World:
    conn.execute(
        "INSERT INTO vehicle_day (vehicle_id, local_date, fleet_id, trip_count, distance_m, moving_s, idle_s, gap_s,"
        " engine_on_s, fuel_known_s, sample_count, rules_version)"
        " SELECT %s, date '2000-01-01' + n, %s, 1, 1000, 60, 0, 0, 60, 60, 60, 'test' FROM generate_series(1, 9000) n",
        [world.trucks[0].vehicle_id, world.fleet.fleet_id],
    )
    return world


def test_a_download_nobody_takes_holds_no_database_connection_and_is_cut(url: str, long_export: World) -> None:
    key = long_export.headers()["Authorization"]
    with (
        connected(url, buffer_bytes=2048) as slow,
        httpx2.Client(base_url=url, headers=long_export.headers()) as client,
    ):
        slow.sendall(f"GET /v1/exports/days.csv HTTP/1.1\r\nHost: x\r\nAuthorization: {key}\r\n\r\n".encode())
        assert slow.recv(15) == b"HTTP/1.1 200 OK"
        for _ in range(20):
            answer = client.get("/v1/fleet")
            assert answer.status_code == 200, answer.text
        sleep(4 * LIMIT_S)
        received = bytearray()
        with suppress(ConnectionResetError):
            while piece := slow.recv(65_536):
                received += piece

        assert not received.endswith(b"0\r\n\r\n"), "half a table must not look whole"


def test_downloads_that_are_broken_off_spoil_no_connection(url: str, long_export: World) -> None:
    key = long_export.headers()["Authorization"]
    with httpx2.Client(base_url=url, headers=long_export.headers()) as client:
        for number in range(30):
            with connected(url) as leaves:
                leaves.sendall(f"GET /v1/exports/days.csv HTTP/1.1\r\nHost: x\r\nAuthorization: {key}\r\n\r\n".encode())
                leaves.recv(100 * number + 1)
            answer = client.get("/v1/fleet")
            assert answer.status_code == 200, answer.text


def test_a_download_that_is_taken_slowly_is_finished(url: str, long_export: World) -> None:
    key = long_export.headers()["Authorization"]
    with connected(url, buffer_bytes=65_536) as slow:
        slow.sendall(f"GET /v1/exports/days.csv HTTP/1.1\r\nHost: x\r\nAuthorization: {key}\r\n\r\n".encode())
        received, began_s = bytearray(), monotonic()
        while not received.endswith(b"\r\n0\r\n\r\n"):
            piece = slow.recv(32_768)
            assert piece
            received += piece
            sleep(0.1)

    assert monotonic() - began_s > 2 * LIMIT_S
    assert received.count(b"\r\n20") >= 8000
