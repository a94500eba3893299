"""The services as processes of their own, to be killed and started again."""

import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Event
from time import monotonic
from typing import Any

import psycopg

from keitora.local import processes
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

    def __init__(self, name: str, environment: dict[str, str], log: Path, *words: str) -> None:
        self.name = name
        self._words = words
        self._environment = environment
        self._log = log
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        self._process = processes.spawn(
            [sys.executable, "-m", "keitora", self.name, *self._words],
            log=self._log,
            env=self._environment,
            death_signal=signal.SIGKILL,
        )

    def kill(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None

    def freeze(self) -> None:
        """Stop its clock, as a machine that is out of breath does."""
        self._send(signal.SIGSTOP)

    def resume(self) -> None:
        """Let it go on."""
        self._send(signal.SIGCONT)

    def start_if_gone(self) -> None:
        """Start it again if it ended by itself or was killed."""
        if self._process is None or self._process.poll() is not None:
            self.start()

    @property
    def peak_rss_kb(self) -> int:
        """Its largest resident size so far; 0 if it is gone."""
        if self._process is None or self._process.poll() is not None:
            return 0
        status = Path(f"/proc/{self._process.pid}/status").read_text(encoding="utf-8")
        return next((int(line.split()[1]) for line in status.splitlines() if line.startswith("VmHWM")), 0)

    def _send(self, number: signal.Signals) -> None:
        if self._process is not None and self._process.poll() is None:
            self._process.send_signal(number)

    def wait(self) -> int:
        """Return its exit code when it has ended by itself."""
        assert self._process is not None
        return self._process.wait(timeout=60)

    def stop(self) -> int:
        """End it as the supervisor does, and return its exit code."""
        assert self._process is not None
        self._process.terminate()
        return self._process.wait(timeout=30)

    @property
    def pid(self) -> int:
        assert self._process is not None
        return self._process.pid

    @property
    def log(self) -> str:
        return self._log.read_text()


@contextmanager
def service(
    name: str, database_url: str, broker: TemporaryBroker, folder: Path, *words: str, **settings: str
) -> Iterator[Process]:
    """Yield a running service of ours, as the ingestor sees database and broker; `settings` become KEITORA_…."""
    environment = {
        "KEITORA_DATABASE_URL": database_url,
        "KEITORA_MQTT_URL": broker.ingestor_url,
        "PATH": "",
        "PYTHONWARNINGS": "error",
    } | {f"KEITORA_{key.upper()}": value for key, value in settings.items()}
    process = Process(name, environment, folder / f"{name}-{len(list(folder.iterdir()))}.log", *words)
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
