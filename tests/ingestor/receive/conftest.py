"""`keitora receive` as a process, phones that have credentials, and what is in the database."""

import os
import secrets
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from threading import Event
from time import monotonic
from typing import Any

import httpx2
import psycopg
import pytest
from psycopg import Connection

from keitora.access.passwords import hash_password
from keitora.access.queries import put_credential, revoke_credential
from keitora.access.rights import username_of
from keitora.devices.model import Source
from keitora.devices.queries import assign_device, register_device
from keitora.fleets.queries import create_fleet
from keitora.local.credentials import INGESTOR_ROLE
from keitora.local.ports import for_test
from keitora.local.testing import TemporaryPostgres
from keitora.vehicles.queries import create_vehicle

READY_S = 60.0


@dataclass(frozen=True)
class Phone:
    """A device's name, and what it shows to be let in."""

    device_id: int
    device_key: str
    username: str
    secret: str

    @property
    def auth(self) -> tuple[str, str]:
        return self.username, self.secret


@dataclass
class Farm:
    """A fleet with a truck, in whose database the tests look."""

    conn: Connection[Any]
    fleet_id: int
    vehicle_id: int
    phones: dict[str, Phone] = field(default_factory=dict)

    def phone(self, source: Source, device_key: str) -> Phone:
        """A device with a credential; made where it is not there yet."""
        if device_key in self.phones:
            return self.phones[device_key]
        device = register_device(self.conn, fleet_id=self.fleet_id, source=source, device_key=device_key)
        assign_device(self.conn, fleet_id=self.fleet_id, device_id=device.device_id, vehicle_id=self.vehicle_id)
        # Not ours, which are plain: a password of somebody's own may hold anything.
        phone = Phone(device.device_id, device_key, username_of(source, device_key), f"word-{device.device_id}-éあ")
        self.phones[device_key] = phone
        put_credential(
            self.conn,
            device_id=device.device_id,
            username=phone.username,
            password_hash=hash_password(phone.secret),
        )
        return phone

    def revoke(self, phone: Phone) -> None:
        assert revoke_credential(self.conn, device_id=phone.device_id)

    def rows(self, query: str, *values: object) -> list[Any]:
        return self.conn.execute(query, values).fetchall()

    def samples_of(self, device_key: str) -> int:
        query = "SELECT count(*) FROM sample JOIN device USING (device_id) WHERE device_key = %s"
        return int(self.rows(query, device_key)[0][0])

    def dead_letters(self, topic: str) -> list[tuple[str, bytes]]:
        return self.rows("SELECT reason, payload FROM dead_letter WHERE topic = %s", topic)


def farm_in(conn: Connection[Any]) -> Farm:
    fleet = create_fleet(conn, name="Testfarm")
    vehicle = create_vehicle(conn, fleet_id=fleet.fleet_id, name="Carry")
    return Farm(conn, fleet.fleet_id, vehicle.vehicle_id)


@pytest.fixture(scope="module")
def farm(module_database_url: str) -> Iterator[Farm]:
    with psycopg.connect(module_database_url, autocommit=True) as conn:
        yield farm_in(conn)


@dataclass
class Receiver:
    """The process; killed and started again it listens on the same port."""

    database_url: str
    log_file: Path
    settings: dict[str, str] = field(default_factory=dict)
    port: int = field(default_factory=for_test)
    scheme: str = "http"
    _process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"{self.scheme}://127.0.0.1:{self.port}"

    @property
    def log(self) -> str:
        return self.log_file.read_text(encoding="utf-8")

    def start(self) -> None:
        environment = {
            "PATH": os.defpath,
            "PYTHONWARNINGS": "error",
            "KEITORA_DATABASE_URL": self.database_url,
            "KEITORA_RECEIVE_PORT": str(self.port),
            **{f"KEITORA_{name.upper()}": value for name, value in self.settings.items()},
        }
        with self.log_file.open("ab") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "keitora", "receive"], env=environment, stdout=log, stderr=log
            )

    def wait(self) -> None:
        """Return when it can store."""
        wait_until(lambda: self.health() == 200, f"the receiver is there: {self.log}")

    def health(self) -> int | None:
        try:
            with httpx2.Client(verify=False) as client:
                return int(client.get(f"{self.url}/healthz").status_code)
        except httpx2.TransportError:
            return None

    def kill(self) -> None:
        self._end(signal.SIGKILL)

    def stop(self) -> int:
        return self._end(signal.SIGTERM)

    def _end(self, how: signal.Signals) -> int:
        if self._process is None:
            return 0
        self._process.send_signal(how)
        code = self._process.wait(timeout=30)
        self._process = None
        return code

    def connect(self) -> socket.socket:
        return socket.create_connection(("127.0.0.1", self.port), timeout=30)


@contextmanager
def receiving(database_url: str, folder: Path, **settings: str) -> Iterator[Receiver]:
    receiver = Receiver(database_url, folder / "receive.log", settings)
    receiver.log_file.touch()
    receiver.start()
    try:
        yield receiver
    finally:
        receiver.kill()


@pytest.fixture(scope="module")
def service_url(postgres: TemporaryPostgres, module_database_url: str, farm: Farm) -> str:
    """The module's database with the rights the service has, no more."""
    word = secrets.token_urlsafe(24)
    postgres.allow_login(INGESTOR_ROLE, word)
    return postgres.url_for(INGESTOR_ROLE, word, module_database_url.rsplit("/", 1)[1])


@pytest.fixture(scope="module")
def receiver(service_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Receiver]:
    with receiving(service_url, tmp_path_factory.mktemp("receive")) as one:
        one.wait()
        yield one


def everything_from(sock: socket.socket) -> bytes:
    """What the other side says until it hangs up."""
    said = b""
    try:
        while part := sock.recv(65536):
            said += part
    except ConnectionResetError:
        return said
    return said


def wait_until(condition: Any, what: str, *, within_s: float = READY_S) -> None:
    pause, deadline = Event(), monotonic() + within_s
    while not condition():
        assert monotonic() < deadline, f"waited {within_s} s in vain until {what}"
        pause.wait(0.05)
