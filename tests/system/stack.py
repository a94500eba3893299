"""The services as processes of their own, to be killed and started again."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Event
from time import monotonic
from typing import Any

import psycopg

from keitora.local.testing import TemporaryBroker

READY_S = 60.0


def wait_until(condition: Any, what: str, *, within_s: float = READY_S) -> None:
    """Return when the condition holds; fail with its name after a bound."""
    pause, deadline = Event(), monotonic() + within_s
    while not condition():
        assert monotonic() < deadline, f"waited {within_s} s in vain until {what}"
        pause.wait(0.05)


class Process:
    """`keitora NAME`, as the supervisor would start it."""

    def __init__(self, name: str, environment: dict[str, str], log: Path) -> None:
        self.name = name
        self._environment = environment
        self._log = log
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "keitora", self.name], env=self._environment, stdout=log, stderr=log
            )

    def kill(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None

    def stop(self) -> int:
        """End it as the supervisor does, and return its exit code."""
        assert self._process is not None
        self._process.terminate()
        return self._process.wait(timeout=30)

    @property
    def log(self) -> str:
        return self._log.read_text()


@contextmanager
def service(name: str, database_url: str, broker: TemporaryBroker, folder: Path, **settings: str) -> Iterator[Process]:
    """Yield a running service of ours, as the ingestor sees database and broker; `settings` become KEITORA_…."""
    environment = {
        "KEITORA_DATABASE_URL": database_url,
        "KEITORA_MQTT_URL": broker.ingestor_url,
        "PATH": "",
        "PYTHONWARNINGS": "error",
    } | {f"KEITORA_{key.upper()}": value for key, value in settings.items()}
    process = Process(name, environment, folder / f"{name}-{len(list(folder.iterdir()))}.log")
    process.start()
    try:
        yield process
    finally:
        process.kill()


def wait_for_ingestor(database_url: str, count: int = 1) -> None:
    """Return when so many ingestors have said that they are connected to the broker."""

    def connected() -> bool:
        with psycopg.connect(database_url) as conn:
            row = conn.execute(
                "SELECT count(*) FROM service_heartbeat"
                " WHERE service = 'ingest' AND (detail->>'broker_connected')::boolean"
            ).fetchone()
            return row is not None and row[0] >= count

    wait_until(connected, "the ingestor is connected")
