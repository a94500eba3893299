"""The API as several processes on one socket: each answers, one that dies is replaced, all end together."""

import os
import signal
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from socket import socket
from threading import Event

import httpx2
import psycopg
import pytest
from prometheus_client.parser import text_string_to_metric_families

from keitora.local import ports
from keitora_api.workers import is_hopeless, pause_s
from tests.api.builders import World, add_world
from tests.system.stack import Process, wait_until

pytestmark = pytest.mark.slow


class Service:
    """`keitora api --workers 2`."""

    def __init__(self, database_url: str, folder: Path) -> None:
        self.port = ports.for_test()
        environment = {"KEITORA_DATABASE_URL": database_url, "PATH": "", "PYTHONWARNINGS": "error"}
        words = ("--host", "127.0.0.1", "--port", str(self.port), "--workers", "2")
        self._folder = folder
        self.process = Process("api", {**environment, "TMPDIR": str(folder)}, folder / "api.log", *words)

    @property
    def pid(self) -> int:
        return self.process.pid

    def workers(self) -> list[int]:
        """Return the workers that have got so far as to make what they count in: those that answer, or soon will."""
        children = Path(f"/proc/{self.pid}/task/{self.pid}/children").read_text("ascii").split()
        return [int(pid) for pid in children if self._counts(int(pid))]

    def _counts(self, pid: int) -> bool:
        return (self.counts / f"gauge_livesum_{pid}.db").exists()

    @property
    def counts(self) -> Path:
        return next(self._folder.glob("keitora-api-*"), self._folder / "not yet")

    def ask(self, path: str, world: World | None = None) -> httpx2.Response:
        """Ask on a connection of its own."""
        headers = {} if world is None else world.headers()
        return httpx2.get(f"http://127.0.0.1:{self.port}{path}", headers=headers, timeout=60)

    def answers(self) -> bool:
        try:
            return self.ask("/healthz").status_code == 200
        except httpx2.TransportError:
            return False

    def counted(self, route: str) -> float:
        """Return how many requests all workers together say they have answered."""
        return sum(
            sample.value
            for family in text_string_to_metric_families(self.ask("/metrics").text)
            for sample in family.samples
            if sample.name == "keitora_api_requests_total" and sample.labels["route"] == route
        )


@pytest.fixture
def world(database_url: str) -> World:
    with psycopg.connect(database_url) as conn:
        return add_world(conn, "Busy")


@pytest.fixture
def service(database_url: str, tmp_path: Path) -> Iterator[Service]:
    service = Service(database_url, tmp_path)
    service.process.start()
    try:
        wait_until(lambda: len(service.workers()) == 2 and service.answers(), "two workers answer")
        yield service
    finally:
        service.process.kill()


@contextmanager
def stopped(pid: int) -> Iterator[None]:
    os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(pid, signal.SIGCONT)


def test_each_worker_answers_one_that_is_killed_is_replaced_and_what_all_have_counted_adds_up(
    service: Service, world: World
) -> None:
    first, second = service.workers()
    for sleeper in (first, second):
        # The kernel may give a connection to the sleeper, where it waits; of several some are answered meanwhile.
        with ThreadPoolExecutor(8) as several, stopped(sleeper):
            asked = [several.submit(service.ask, "/v1/fleet", world) for _ in range(8)]
            wait_until(lambda asked=asked: any(one.done() for one in asked), "the other worker answers")
        assert [one.result().status_code for one in asked] == [200] * 8
    assert service.counted("/v1/fleet") == 16

    became: Counter[str] = Counter()
    enough = Event()

    def ask_on() -> None:
        while not enough.is_set():
            try:
                became[str(service.ask("/v1/vehicles", world).status_code)] += 1
            except httpx2.TransportError:
                became["broken"] += 1

    with ThreadPoolExecutor(4) as clients:
        under_way = [clients.submit(ask_on) for _ in range(4)]
        wait_until(lambda: became["200"] > 20, "requests are answered")
        os.kill(first, signal.SIGKILL)
        wait_until(lambda: len(service.workers()) == 2 and first not in service.workers(), "another has come")
        answered = became["200"]
        wait_until(lambda: became["200"] > answered + 20, "requests go on")
        enough.set()
        for one in under_way:
            one.result()

    assert set(became) <= {"200", "broken"}
    assert became["broken"] <= 4  # what the killed one was at, for each client at most one
    assert became["200"] <= service.counted("/v1/vehicles") <= became.total()
    assert service.counted("/v1/fleet") == 16
    with stopped(second):
        assert service.answers()  # the new one


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGKILL], ids=["stopped", "killed"])
def test_nothing_is_left_when_the_parent_ends(service: Service, how: signal.Signals) -> None:
    workers, counts = service.workers(), service.counts
    assert counts.is_dir()

    if how == signal.SIGTERM:
        assert service.process.stop() == 0
        assert not counts.exists()
    else:
        service.process.kill()
    wait_until(lambda: not any(Path(f"/proc/{pid}").exists() for pid in workers), "the workers have ended")


def test_a_service_whose_port_is_taken_says_so_and_ends(database_url: str, tmp_path: Path) -> None:
    service = Service(database_url, tmp_path)
    with socket() as taken:
        taken.bind(("127.0.0.1", service.port))
        taken.listen()
        service.process.start()

        assert service.process.wait() != 0
    assert f"cannot listen on 127.0.0.1 port {service.port}" in service.process.log


@pytest.mark.parametrize(
    ("returned", "lived_s", "is_so"),
    [(1, 0.5, True), (3, 9, True), (3, 11, False), (-signal.SIGKILL, 0.5, False), (0, 0.5, False)],
)
def test_a_worker_that_gives_up_as_it_starts_would_be_followed_by_others_like_it(
    returned: int, lived_s: float, is_so: bool
) -> None:
    assert is_hopeless(returned, lived_s) is is_so
    assert pause_s(lived_s) == (0 if lived_s > 10 else 1)
