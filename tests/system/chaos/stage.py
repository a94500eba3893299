"""Where a run takes place: a broker and services of its own, a database, and networks between them that can fail."""

import signal
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from time import monotonic
from typing import Any
from urllib.parse import urlsplit

import psycopg

from keitora.local.testing import TemporaryBroker, temporary_broker
from tests.system.chaos.disk import DiskPostgres
from tests.system.chaos.proxy import Proxy
from tests.system.stack import Process, wait_until

INGESTOR_SETTINGS = {
    "KEITORA_MQTT_KEEPALIVE_S": "1",
    "KEITORA_MQTT_RECEIVE_MAXIMUM": "200",
    "KEITORA_DATABASE_PATIENCE_S": "3",
}


@dataclass
class Stage:
    """Servers, services, and the networks between: loggers to broker (`device`), ingestors to `broker`, `database`."""

    postgres: DiskPostgres
    broker: TemporaryBroker
    networks: dict[str, Proxy]
    ingestors: list[Process]
    derivers: list[Process]
    broker_lost_s: list[tuple[float, float]] = field(default_factory=list)
    peak_rss_kb: int = 0

    def device_url(self) -> str:
        return through(self.networks["device"], self.broker.url)

    def kill_broker(self) -> None:
        began_s = monotonic()
        self.broker.kill()  # looks for its children first, and meanwhile it still gives its word
        self.broker_lost_s.append((began_s, monotonic()))

    def save_broker(self) -> None:
        """Have the broker write what it knows to its disk."""
        saved = self.broker.folder / "broker" / "messages.db"
        before = saved.stat().st_mtime_ns if saved.exists() else 0
        self.broker.send_signal(signal.SIGUSR1)
        wait_until(lambda: saved.exists() and saved.stat().st_mtime_ns > before, "the broker has saved")

    def note_memory(self) -> None:
        """Remember the largest resident size an ingestor has had."""
        for ingestor in self.ingestors:
            self.peak_rss_kb = max(self.peak_rss_kb, ingestor.peak_rss_kb)

    def restore(self) -> None:
        """End all faults: what is down comes up, what is full has room, what is cut is mended."""
        for network in self.networks.values():
            network.mend()
        self.postgres.free_disk()
        self.broker.start()
        for process in (*self.ingestors, *self.derivers):
            process.resume()
            process.start_if_gone()


def through(network: Proxy, url: str) -> str:
    """Return an address with the proxy's port in place of the server's."""
    return url.replace(f":{urlsplit(url).port}", f":{network.port}")


@contextmanager
def stage(postgres: DiskPostgres, folder: Path, *, ingestors: int, derivers: int) -> Iterator[Stage]:
    """Yield a stage with everything running and all sessions known to the broker's disk."""
    with ExitStack() as stack:
        broker = stack.enter_context(temporary_broker())
        ports = {"device": broker.port, "broker": broker.port, "database": postgres.port}
        networks = {name: stack.enter_context(Proxy(port)) for name, port in ports.items()}
        environment = INGESTOR_SETTINGS | {
            "KEITORA_DATABASE_URL": through(networks["database"], postgres.url),
            "KEITORA_MQTT_URL": through(networks["broker"], broker.ingestor_url),
            "PATH": "",
            "PYTHONWARNINGS": "error",
        }

        def process(name: str, number: int) -> Process:
            named = environment | {"KEITORA_MQTT_CLIENT_ID": f"chaos-{number}"}
            started = Process(name, named, folder / f"{name}-{number}.log")
            stack.callback(started.kill)
            started.start()
            return started

        with psycopg.connect(postgres.url, autocommit=True) as conn:
            conn.execute("DELETE FROM service_heartbeat")
        ready = Stage(
            postgres,
            broker,
            networks,
            [process("ingest", number) for number in range(ingestors)],
            [process("derive", number) for number in range(derivers)],
        )
        wait_until(lambda: _subscribed(postgres.url) == ingestors, "the ingestors are connected")
        ready.save_broker()
        yield ready


def _subscribed(url: str) -> int:
    with psycopg.connect(url) as conn:
        row: Any = conn.execute(
            "SELECT count(*) FROM service_heartbeat WHERE service = 'ingest' AND (detail->>'broker_connected')::boolean"
        ).fetchone()
        return int(row[0])
