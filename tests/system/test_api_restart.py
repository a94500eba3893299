"""The API's process is stopped or killed while clients ask and write: no half answer, no lost or doubled entry."""

import signal
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from time import monotonic, sleep

import httpx2
import psycopg
import pytest

from keitora.local import ports
from keitora_api.server import STOPS_WITHIN_S
from tests.api.builders import NOW, World, add_trip, add_world
from tests.system.clients import Reader, Writer, at_work, enter
from tests.system.stack import Process, wait_until

pytestmark = pytest.mark.slow

SLACK_S = 10
"""For a busy machine to end a process."""
HELD_S = 1.0
"""How long an entry is kept from being finished while the service stops, which has to wait for it."""
PATHS = ("/v1/trips?limit=1000", "/v1/exports/trips.csv?from=2026-01-01T00:00:00Z", "/v1/fleet", "/v1/vehicles")


@pytest.fixture
def fleet(database_url: str) -> World:
    with psycopg.connect(database_url) as conn:
        world = add_world(conn, "Restarted")
        for number in range(300):
            add_trip(conn, world.trucks[number % 2], NOW - timedelta(hours=number + 1))
    return world


class Service:
    """The API as a process of its own, on a port that stays."""

    def __init__(self, database_url: str, folder: Path) -> None:
        port = ports.for_test()
        self.url = f"http://127.0.0.1:{port}"
        environment = {"KEITORA_DATABASE_URL": database_url, "PATH": "", "PYTHONWARNINGS": "error"}
        self.process = Process("api", environment, folder / "api.log", "--host", "127.0.0.1", "--port", str(port))

    def start(self) -> None:
        self.process.start()
        wait_until(self._answers, "the API answers")

    def end(self, how: signal.Signals) -> float:
        """End the process and return how long it took (s)."""
        began_s = monotonic()
        if how == signal.SIGKILL:
            self.process.kill()
        else:
            self.process.stop()
        return monotonic() - began_s

    def _answers(self) -> bool:
        try:
            return httpx2.get(f"{self.url}/healthz", timeout=5).status_code == 200
        except httpx2.TransportError:
            return False


@pytest.fixture
def service(database_url: str, tmp_path: Path) -> Iterator[Service]:
    service = Service(database_url, tmp_path)
    service.start()
    try:
        yield service
    finally:
        service.process.kill()


def entered(database_url: str, world: World) -> dict[str, list[int]]:
    """Return the fill-ups there are, by their notes."""
    found: dict[str, list[int]] = {}
    with psycopg.connect(database_url) as conn:
        for note, fill_up_id in conn.execute(
            "SELECT note, fill_up_id FROM fill_up WHERE fleet_id = %s", [world.fleet.fleet_id]
        ):
            found.setdefault(note, []).append(fill_up_id)
    return found


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGKILL], ids=["stopped", "killed"])
def test_clients_see_whole_answers_or_none_and_every_acknowledged_entry_is_there_once(
    service: Service, database_url: str, fleet: World, how: signal.Signals
) -> None:
    with httpx2.Client(base_url=service.url, headers=fleet.headers(), timeout=30) as client:
        sound = {path: client.get(path).content for path in PATHS}
    readers = [Reader(service.url, fleet.headers(), sound) for _ in range(3)]
    writers = [Writer(service.url, fleet.headers(), fleet.trucks[0].vehicle_id, f"pump {n}") for n in range(3)]

    def all_go_on() -> None:
        read, written = ([reader.came["whole"] for reader in readers], [len(one.acknowledged) for one in writers])
        wait_until(
            lambda: (
                all(reader.came["whole"] >= before + 8 for reader, before in zip(readers, read, strict=True))
                and all(len(writer.acknowledged) >= before + 5 for writer, before in zip(writers, written, strict=True))
            ),
            "every client has gone on",
        )

    with at_work(*readers, *writers):
        all_go_on()
        for _ in range(2):
            assert service.end(how) < STOPS_WITHIN_S + SLACK_S
            service.start()
            all_go_on()

    came = sum((reader.came for reader in readers), Counter[str]())
    assert came["wrong"] == 0, came
    assert came["refused"] + came["gone"] + came["cut"] > 0, "nobody noticed"
    if how == signal.SIGTERM:
        assert came["cut"] == 0, came
    assert [writer.odd for writer in writers] == [[], [], []]
    acknowledged = {note: [number] for writer in writers for note, number in writer.acknowledged.items()}
    assert entered(database_url, fleet) == acknowledged


def test_an_entry_under_way_is_finished_when_the_service_is_stopped(
    service: Service, database_url: str, fleet: World
) -> None:
    with (
        psycopg.connect(database_url) as locker,
        ThreadPoolExecutor(2) as threads,
        httpx2.Client(base_url=service.url, headers=fleet.headers(), timeout=30) as client,
    ):
        locker.execute("LOCK TABLE fill_up IN ACCESS EXCLUSIVE MODE")
        answer = threads.submit(enter, client, fleet.trucks[0].vehicle_id, "slow")
        wait_until(lambda: waiting(database_url), "the entry waits")
        ended = threads.submit(service.end, signal.SIGTERM)
        wait_until(lambda: "Shutting down" in service.process.log, "the service stops")
        sleep(HELD_S)
        locker.rollback()

        assert answer.result().status_code == 201
        assert ended.result() < STOPS_WITHIN_S + SLACK_S
    assert entered(database_url, fleet) == {"slow": [answer.result().json()["id"]]}


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGKILL], ids=["stopped", "killed"])
def test_an_entry_that_could_not_be_finished_leaves_nothing_and_counts_once_when_repeated(
    service: Service, database_url: str, fleet: World, how: signal.Signals
) -> None:
    vehicle_id = fleet.trucks[0].vehicle_id
    with httpx2.Client(base_url=service.url, headers=fleet.headers(), timeout=30) as client:
        with psycopg.connect(database_url) as locker, ThreadPoolExecutor(1) as threads:
            locker.execute("LOCK TABLE fill_up IN ACCESS EXCLUSIVE MODE")
            answer = threads.submit(came_of, client, vehicle_id, "stuck")
            wait_until(lambda: waiting(database_url), "the entry waits")
            assert service.end(how) < STOPS_WITHIN_S + SLACK_S
            assert answer.result() != 201
            locker.rollback()
        wait_until(lambda: not waiting(database_url), "what waited is gone")
        assert entered(database_url, fleet) == {}

        service.start()
        repeated = [enter(client, vehicle_id, "stuck") for _ in range(2)]

    assert [one.status_code for one in repeated] == [201, 201]
    assert entered(database_url, fleet) == {"stuck": [repeated[0].json()["id"]]}


def came_of(client: httpx2.Client, vehicle_id: int, note: str) -> int | None:
    """Return the status of the answer; None if there was none."""
    try:
        return enter(client, vehicle_id, note).status_code
    except httpx2.TransportError:
        return None


def waiting(database_url: str) -> bool:
    """Tell whether somebody waits for a lock in this database."""
    with psycopg.connect(database_url) as conn:
        return bool(
            conn.execute(
                "SELECT FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()"
            ).fetchall()
        )
