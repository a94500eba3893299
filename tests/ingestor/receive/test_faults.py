"""200 means committed, whatever dies; and nobody can keep the others from being heard."""

import random
import socket
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from signal import SIGTERM
from threading import Event, Lock
from time import monotonic

import httpx2
import psycopg
import pytest

from keitora.db.migrate import migrate
from keitora.local.testing import TemporaryPostgres, temporary_postgres
from tests.ingestor.receive import messages
from tests.ingestor.receive.conftest import Farm, Phone, Receiver, everything_from, farm_in, receiving, wait_until

MESSAGES = 400
KILLS = 6
SENDERS = 8


@pytest.fixture
def own_postgres() -> Iterator[TemporaryPostgres]:
    """A database server of this test's own: others need theirs alive."""
    with temporary_postgres() as server:
        migrate(server.url)
        yield server


def is_taken(client: httpx2.Client, phone: Phone, number: int) -> bool:
    """Send one position; tell whether it was answered 200. Any other end means: send it again."""
    try:
        answer = client.post("/in/owntracks", content=messages.location(number), auth=phone.auth)
    except httpx2.TransportError:
        return False
    assert answer.status_code in {200, 503}, answer.text
    return answer.status_code == 200


class Sending:
    """Several phones that send everything, each position until it is taken; `taken` is what was answered 200 so far."""

    def __init__(self, receiver: Receiver, phone: Phone) -> None:
        self.taken: set[int] = set()
        self._lock = Lock()
        self._receiver = receiver
        self._phone = phone
        self._pause = Event()
        self._pool = ThreadPoolExecutor(SENDERS)
        self._parts = [self._pool.submit(self._send, range(start, MESSAGES, SENDERS)) for start in range(SENDERS)]

    def _send(self, numbers: range) -> None:
        deadline = monotonic() + 120
        with httpx2.Client(base_url=self._receiver.url, timeout=10) as client:
            for number in numbers:
                while not is_taken(client, self._phone, number):
                    assert monotonic() < deadline
                    self._pause.wait(0.02)
                with self._lock:
                    self.taken.add(number)

    def so_far(self) -> set[int]:
        with self._lock:
            return set(self.taken)

    @property
    def is_done(self) -> bool:
        return all(part.done() for part in self._parts)

    def join(self) -> None:
        for part in self._parts:
            part.result()
        self._pool.shutdown()


def stored(farm: Farm) -> list[int]:
    return [int(at.timestamp()) - 1_775_040_000 for (at,) in farm.rows("SELECT sampled_at FROM sample ORDER BY 1")]


@pytest.mark.slow
def test_what_was_answered_200_is_stored_however_often_the_process_is_killed(database_url: str, tmp_path: Path) -> None:
    chance = random.Random(20260401)
    with psycopg.connect(database_url, autocommit=True) as conn, receiving(database_url, tmp_path) as receiver:
        farm = farm_in(conn)
        phone = farm.phone("owntracks", "ken/phone")
        receiver.wait()
        sending, pause = Sending(receiver, phone), Event()
        for kill in range(1, KILLS + 1):
            wait_until(lambda kill=kill: len(sending.so_far()) > kill * 30, "more were taken")
            pause.wait(chance.uniform(0, 0.05))
            receiver.kill()
            assert sending.so_far() <= set(stored(farm))
            receiver.start()
        sending.join()

        assert stored(farm) == list(range(MESSAGES))


@pytest.mark.slow
def test_while_the_database_is_away_senders_are_told_to_come_again_and_nothing_is_lost(
    own_postgres: TemporaryPostgres, tmp_path: Path
) -> None:
    with receiving(own_postgres.url, tmp_path) as receiver:
        with psycopg.connect(own_postgres.url, autocommit=True) as conn:
            phone = farm_in(conn).phone("owntracks", "ken/phone")
        receiver.wait()
        sending = Sending(receiver, phone)
        wait_until(lambda: len(sending.so_far()) > 30, "some were taken")
        own_postgres.kill()
        wait_until(lambda: receiver.health() == 503, "the receiver has noticed")
        refused = httpx2.post(f"{receiver.url}/in/owntracks", content=messages.location(), auth=phone.auth)
        stranger = httpx2.post(f"{receiver.url}/in/owntracks", content=messages.location(), auth=("x", "y"))
        own_postgres.start()
        sending.join()
        assert receiver.stop() in {0, -SIGTERM}
    with psycopg.connect(own_postgres.url, autocommit=True) as conn:
        rows = conn.execute("SELECT count(*), count(DISTINCT sampled_at) FROM sample").fetchall()

    assert (refused.status_code, stranger.status_code) == (503, 503)
    assert int(refused.headers["retry-after"]) > 0
    assert rows == [(MESSAGES, MESSAGES)]


def test_fifty_phones_at_once(farm: Farm, receiver: Receiver) -> None:
    phones = [farm.phone("owntracks", f"fifty/{number}") for number in range(50)]

    def send(phone: Phone) -> list[int]:
        with httpx2.Client(base_url=receiver.url, timeout=60) as client:
            bodies = [messages.location(number) for number in range(10)]
            return [client.post("/in/owntracks", content=body, auth=phone.auth).status_code for body in bodies]

    with ThreadPoolExecutor(50) as pool:
        codes = list(pool.map(send, phones))

    assert codes == [[200] * 10] * 50
    assert [farm.samples_of(phone.device_key) for phone in phones] == [10] * 50


def test_slow_senders_do_not_hold_up_the_others_and_are_cut_off(farm: Farm, service_url: str, tmp_path: Path) -> None:
    phone = farm.phone("owntracks", "ken/quick")
    bounds = {"receive_head_timeout_s": "4", "receive_body_timeout_s": "4"}
    with receiving(service_url, tmp_path, **bounds) as receiver, ExitStack() as stack:
        receiver.wait()
        heads = [stack.enter_context(receiver.connect()) for _ in range(60)]
        bodies = [stack.enter_context(receiver.connect()) for _ in range(20)]
        for sock in heads:
            sock.sendall(b"POST /in/owntracks HTTP/1.1\r\nX-Slow: ")
        for sock in bodies:
            sock.sendall(b"POST /in/owntracks HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\n{")
        began = monotonic()
        answer = httpx2.post(f"{receiver.url}/in/owntracks", content=messages.location(), auth=phone.auth)
        took_s = monotonic() - began
        ends = [everything_from(sock) for sock in (*heads, *bodies)]

    assert answer.status_code == 200
    assert took_s < 3.9
    assert ends[:60] == [b""] * 60
    assert all(end.startswith(b"HTTP/1.1 401 ") for end in ends[60:])


def test_a_dripping_head_is_no_reason_to_wait_longer(service_url: str, farm: Farm, tmp_path: Path) -> None:
    with receiving(service_url, tmp_path, receive_head_timeout_s="1") as receiver:
        receiver.wait()
        with receiver.connect() as sock:
            began = monotonic()
            with pytest.raises(ConnectionError):
                drip(sock, for_s=20)

            assert monotonic() - began < 10


def drip(sock: socket.socket, *, for_s: float) -> None:
    pause, deadline = Event(), monotonic() + for_s
    while monotonic() < deadline:
        sock.sendall(b"G")
        pause.wait(0.05)


def test_a_body_that_stops_is_answered_408(farm: Farm, service_url: str, tmp_path: Path) -> None:
    phone = farm.phone("osmand", "stops")
    with receiving(service_url, tmp_path, receive_body_timeout_s="0.5") as receiver:
        receiver.wait()
        with receiver.connect() as sock:
            who = httpx2.QueryParams({"id": phone.device_key, "key": phone.secret})
            sock.sendall(f"POST /in/osmand?{who} HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\nlat".encode())
            assert everything_from(sock).startswith(b"HTTP/1.1 408 ")


def test_one_address_gets_no_more_connections_than_its_share(farm: Farm, service_url: str, tmp_path: Path) -> None:
    settings = {"receive_connections_each": "3", "receive_trusted_proxies": ""}
    with receiving(service_url, tmp_path, **settings) as receiver, ExitStack() as stack:
        receiver.wait()
        held = [stack.enter_context(receiver.connect()) for _ in range(3)]
        wait_until(lambda: receiver.health() is None, "the fourth connection is hung up on")
        for sock in held:
            sock.close()

        receiver.wait()
