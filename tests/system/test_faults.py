"""Servers that are away for a while, and more than one ingestor."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from threading import Thread
from urllib.parse import unquote, urlsplit

import paho.mqtt.publish
import psycopg
import pytest

from keitora.db.migrate import migrate
from keitora.devices.queries import assign_device, register_device
from keitora.fleets.queries import create_fleet
from keitora.local.testing import TemporaryBroker, TemporaryPostgres, temporary_broker, temporary_postgres
from keitora.vehicles.queries import create_vehicle
from keitora_sim.messages import Message, pack
from keitora_sim.recording import Drive
from keitora_sim.replay.sender import Delivery, Report, send_drive
from tests.system.stack import service, wait_for_ingestor, wait_until
from tests.system.test_kill import long_drive

pytestmark = pytest.mark.slow

DEVICES = ("carry-1", "hijet-2", "acty-3")


@pytest.fixture
def own_postgres() -> Iterator[TemporaryPostgres]:
    with temporary_postgres() as server:
        migrate(server.url)
        with psycopg.connect(server.url, autocommit=True) as conn:
            fleet = create_fleet(conn, name="Testfarm")
            for key in DEVICES:
                vehicle = create_vehicle(conn, fleet_id=fleet.fleet_id, name=key)
                device = register_device(conn, fleet_id=fleet.fleet_id, source="native", device_key=key)
                assign_device(conn, fleet_id=fleet.fleet_id, device_id=device.device_id, vehicle_id=vehicle.vehicle_id)
        yield server


@pytest.fixture
def own_broker() -> Iterator[TemporaryBroker]:
    with temporary_broker() as server:
        yield server


class Senders:
    """A logger on each truck, all sending the same drive at once."""

    def __init__(self, drive: Drive, broker: TemporaryBroker) -> None:
        self.reports: list[Report] = []
        self._threads = [Thread(target=self._send, args=(drive, broker, key)) for key in DEVICES]
        for thread in self._threads:
            thread.start()

    def _send(self, drive: Drive, broker: TemporaryBroker, key: str) -> None:
        how = Delivery(batch_rows=10, window=32, resend_after_s=2.0, timeout_s=90)
        self.reports.append(send_drive(drive, url=broker.url, device_key=key, boot=1, how=how))

    def join(self) -> None:
        for thread in self._threads:
            thread.join()


def stored(postgres: TemporaryPostgres) -> list[tuple[int, int]]:
    """How many samples each device has, and how many different ones."""
    with psycopg.connect(postgres.url) as conn:
        return conn.execute(
            "SELECT count(*), count(DISTINCT row_key) FROM sample GROUP BY device_id ORDER BY device_id"
        ).fetchall()


def shares(postgres: TemporaryPostgres) -> list[int]:
    """How many messages each ingestor has told of."""
    with psycopg.connect(postgres.url) as conn:
        beats = conn.execute("SELECT (detail->>'messages')::int FROM service_heartbeat WHERE service = 'ingest'")
        return [count for (count,) in beats]


def total(postgres: TemporaryPostgres) -> int:
    return sum(count for count, _ in stored(postgres))


@pytest.mark.timeout(300)
def test_two_ingestors_share_the_work_and_one_may_be_killed(
    own_postgres: TemporaryPostgres, own_broker: TemporaryBroker, tmp_path: Path
) -> None:
    drive = long_drive()
    with (
        service("ingest", own_postgres.url, own_broker, tmp_path, mqtt_client_id="ingest-1") as first,
        service("ingest", own_postgres.url, own_broker, tmp_path, mqtt_client_id="ingest-2"),
    ):
        wait_for_ingestor(own_postgres.url, count=2)
        senders = Senders(drive, own_broker)
        wait_until(lambda: all(shares(own_postgres)), "both have had messages")
        first.kill()
        wait_until(lambda: total(own_postgres) > len(drive.rows) * 2, "most of it is stored by the other")
        first.start()
        senders.join()

    assert [report.unacknowledged_count for report in senders.reports] == [0] * len(DEVICES)
    assert stored(own_postgres) == [(len(drive.rows), len(drive.rows))] * len(DEVICES)


@pytest.mark.timeout(300)
def test_a_database_that_is_away_is_waited_for_and_what_came_meanwhile_is_stored(
    own_postgres: TemporaryPostgres, own_broker: TemporaryBroker, tmp_path: Path
) -> None:
    drive = long_drive()
    with service("ingest", own_postgres.url, own_broker, tmp_path) as ingestor:
        wait_for_ingestor(own_postgres.url)
        own_postgres.stop()
        senders = Senders(drive, own_broker)
        wait_until(lambda: "database is away" in ingestor.log, "the ingestor has noticed")
        own_postgres.start()
        senders.join()
        assert ingestor.stop() == 0

    assert stored(own_postgres) == [(len(drive.rows), len(drive.rows))] * len(DEVICES)


@pytest.mark.timeout(300)
def test_what_came_while_no_ingestor_ran_waits_in_the_broker_over_its_restart(
    own_postgres: TemporaryPostgres, own_broker: TemporaryBroker, tmp_path: Path
) -> None:
    """The ingestor's session must exist once; from then on the broker keeps for it, also over a clean restart."""
    drive = long_drive()
    with service("ingest", own_postgres.url, own_broker, tmp_path) as ingestor:
        wait_for_ingestor(own_postgres.url)
        assert ingestor.stop() == 0
    senders = Senders(drive, own_broker)
    own_broker.restart()

    with service("ingest", own_postgres.url, own_broker, tmp_path):
        senders.join()

    assert stored(own_postgres) == [(len(drive.rows), len(drive.rows))] * len(DEVICES)


@pytest.mark.timeout(300)
def test_memory_is_bounded_however_much_waits_for_an_absent_database(
    own_postgres: TemporaryPostgres, own_broker: TemporaryBroker, tmp_path: Path
) -> None:
    """Messages of 200 kB, 54 MB in all, and room for 8 MB: the rest waits in the broker, and comes."""
    messages = [replace(one, payload=one.payload + b" " * 200_000) for one in pack(long_drive().rows[:900], boot=1)]
    messages = [one for one in messages for _ in range(3)]
    with service("ingest", own_postgres.url, own_broker, tmp_path, mqtt_inbox_bytes=str(8 * 2**20)) as ingestor:
        wait_for_ingestor(own_postgres.url)
        before_kb = ingestor.peak_rss_kb
        own_postgres.stop()
        publish_once(own_broker, messages)
        wait_until(lambda: "database is away" in ingestor.log, "the ingestor has noticed")
        own_postgres.start()
        wait_until(lambda: total(own_postgres) == 900, "all of it is stored", within_s=120)

        assert ingestor.peak_rss_kb - before_kb < 40_000


@pytest.mark.timeout(300)
def test_an_ingestor_given_up_for_good_leaves_nothing_behind(
    own_postgres: TemporaryPostgres, own_broker: TemporaryBroker, tmp_path: Path
) -> None:
    """The broker goes on giving a share to every session there is; one nobody returns to would keep it for ever."""
    drive = long_drive()
    with service("ingest", own_postgres.url, own_broker, tmp_path, mqtt_client_id="ingest-2") as given_up:
        wait_for_ingestor(own_postgres.url)
        given_up.kill()
    with service("ingest", own_postgres.url, own_broker, tmp_path, mqtt_client_id="ingest-1"):
        wait_for_ingestor(own_postgres.url, count=2)
        publish_once(own_broker, pack(drive.rows[:1000], boot=1))
        wait_until(lambda: total(own_postgres) == 500, "half of it is stored")

        with service("ingest", own_postgres.url, own_broker, tmp_path, "--leave", mqtt_client_id="ingest-2") as leaving:
            assert leaving.wait() == 0
        assert total(own_postgres) == 1000

        publish_once(own_broker, pack(drive.rows[:1000], boot=2))
        wait_until(lambda: total(own_postgres) == 2000, "the other one has all of it from now on")


def publish_once(broker: TemporaryBroker, messages: Sequence[Message]) -> None:
    """Send as a logger does that trusts the broker's word."""
    parts = urlsplit(broker.url)
    paho.mqtt.publish.multiple(
        [(f"kei/v1/{DEVICES[0]}/t", message.payload, 1, False) for message in messages],
        hostname=parts.hostname or "",
        port=parts.port or 1883,
        auth={"username": parts.username or "", "password": unquote(parts.password or "")},
    )
