"""Private servers for tests: a database and a broker that can be stopped, killed and started again.

    with temporary_postgres() as database:
        psycopg.connect(database.url)
        database.kill()      # as a power cut
        database.start()     # same port, same data

Servers are found or fetched as `keitora up` does it; KEITORA_TEST_PG_BIN (a folder of programs) and
KEITORA_TEST_MOSQUITTO (a program) choose others.
"""

import os
import secrets
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any, Final, TypeVar

from psycopg import Connection

from keitora.access.broker_folder import OwnUser, reload_broker, write_accounts
from keitora.access.model import Login, Rights
from keitora.access.queries import list_accounts
from keitora.errors import SetupError
from keitora.local import grafana, grafana_api, mosquitto, ports, postgres, processes, queries, relocate, users
from keitora.local import servers as found_servers
from keitora.wire.topics import LOGGER_FILTERS, PREFIX

EVERY_DEVICE: Final = "test.every-device"
"""A user of tests only: it may publish as any device."""


class TemporaryServer:
    """A private server process on a port of its own. Its data and port stay the same across restarts."""

    def __init__(self, folder: Path, port: int, how_to_stop: signal.Signals) -> None:
        self.folder = folder
        self.port = port
        self._how_to_stop = how_to_stop
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def log(self) -> Path:
        """The file the server writes to."""
        return self.folder / "log"

    @property
    def pid(self) -> int:
        """The server's process id. Raises SetupError while it is stopped."""
        if self._process is None:
            raise SetupError("the server is stopped")
        return self._process.pid

    @property
    def is_running(self) -> bool:
        """Whether the process lives."""
        return self._process is not None and self._process.poll() is None

    def start(self) -> None:
        """Start the server and return when it answers."""
        if not self.is_running:
            self._process = self._spawn()
            self._wait()

    def stop(self) -> None:
        """Stop the server cleanly and return when it is gone."""
        if self._process is not None:
            processes.end(self._process, self._how_to_stop, bound_s=30)
            self._process = None

    def kill(self) -> None:
        """End the server as a power cut would (SIGKILL) and return when it is gone."""
        if self._process is not None:
            processes.kill(self._process)
            self._process = None

    def send_signal(self, number: signal.Signals) -> None:
        """Send the server a signal. Raises SetupError while it is stopped."""
        os.kill(self.pid, number)

    def restart(self) -> None:
        """Stop the server cleanly and start it again."""
        self.stop()
        self.start()

    def _spawn(self) -> subprocess.Popen[bytes]:
        raise NotImplementedError

    def _wait(self) -> None:
        raise NotImplementedError

    def _check(self) -> None:
        if not self.is_running:
            raise SetupError(f"the server ended:\n{self.log.read_text(encoding='utf-8', errors='replace')[-2000:]}")


class TemporaryPostgres(TemporaryServer):
    """A private PostgreSQL with TimescaleDB available and one empty database, `keitora`."""

    def __init__(self, server: found_servers.PostgresServer, folder: Path, *, fsync: bool) -> None:
        super().__init__(folder, ports.for_test(), signal.SIGINT)
        self.server = server
        self.password = secrets.token_urlsafe(24)
        self.url = postgres.url(self.port, postgres.OWNER, self.password)
        self.fsync = fsync

    def url_for(self, user: str, password: str, database: str = postgres.DATABASE) -> str:
        """Return the address for another user or database."""
        return postgres.url(self.port, user, password, database)

    def allow_login(self, role: str, password: str = "") -> str:
        """Let a role log in, as `keitora up` does for the services' roles, and return its address."""
        word = password or secrets.token_urlsafe(24)
        queries.allow_login(self.url, role, word)
        return self.url_for(role, word)

    def _spawn(self) -> subprocess.Popen[bytes]:
        data = self.folder / "data"
        postgres.prepare(self.server, data, port=self.port, password=self.password, fsync=self.fsync)
        postgres.clear_stale(data)
        return processes.spawn(
            postgres.command(self.server, data),
            log=self.log,
            cwd=data,
            user=users.server_user(),
            death_signal=signal.SIGINT,
        )

    def _wait(self) -> None:
        postgres.wait_until_ready(self.url, self._check)
        queries.create_database(self.url, postgres.DATABASE)


class TemporaryBroker(TemporaryServer):
    """A private Mosquitto with the listeners and rights of the real one.

    `url` is of a user that no real broker has: it may play any number of devices at once. `ingestor_url` is the
    ingestor's. `device_url` gives a device's own address; `follow` lets in whom a database knows.
    """

    def __init__(self, broker: found_servers.Broker, folder: Path) -> None:
        super().__init__(folder, ports.for_test(), signal.SIGTERM)
        self.broker = broker
        self.device_port = ports.for_test()
        self.passwords = {user: secrets.token_urlsafe(24) for user in (mosquitto.INGESTOR, EVERY_DEVICE)}
        self.url = mosquitto.url(self.port, EVERY_DEVICE, self.passwords[EVERY_DEVICE])
        self.ingestor_url = mosquitto.url(self.port, mosquitto.INGESTOR, self.passwords[mosquitto.INGESTOR])

    @property
    def files(self) -> Path:
        """The folder of the broker's configuration and users."""
        return self.folder / "broker"

    def device_url(self, login: Login) -> str:
        """Return the address by which a device connects."""
        return mosquitto.url(self.device_port, login.username, login.password)

    def follow(self, conn: Connection[Any]) -> None:
        """Let in the devices a database knows now, and cut off the others, as `keitora broker-users` does."""
        write_accounts(self.files, list_accounts(conn))
        reload_broker(self.files)

    @property
    def listeners(self) -> mosquitto.Listeners:
        """Where it listens."""
        return mosquitto.Listeners(
            mosquitto.Address("127.0.0.1", self.port), mosquitto.Address("127.0.0.1", self.device_port)
        )

    def _spawn(self) -> subprocess.Popen[bytes]:
        every = Rights(write=LOGGER_FILTERS, read=(f"{PREFIX}/+/a", f"{PREFIX}/+/c"))
        own = mosquitto.ingestor(self.passwords[mosquitto.INGESTOR])
        own[EVERY_DEVICE] = OwnUser(self.passwords[EVERY_DEVICE], every)
        mosquitto.prepare(self.files, self.listeners, own)
        return processes.spawn(mosquitto.command(self.broker, self.files), log=self.log, user=users.server_user())

    def _wait(self) -> None:
        mosquitto.wait_until_ready("127.0.0.1", self.port, self.passwords[mosquitto.INGESTOR], self._check)


class TemporaryGrafana(TemporaryServer):
    """A private Grafana that nobody has been to yet, started as `keitora up` starts one."""

    def __init__(self, server: grafana.GrafanaServer, folder: Path, *, as_ourselves: bool) -> None:
        super().__init__(folder, ports.for_test(), signal.SIGTERM)
        self.server = server
        self.user = None if as_ourselves else users.server_user()
        self.password = secrets.token_urlsafe(24)
        self.url = f"http://127.0.0.1:{self.port}"

    def _spawn(self) -> subprocess.Popen[bytes]:
        place = self.folder / "grafana"
        grafana.prepare(place)
        env = grafana.environment(self.server, place, host="127.0.0.1", port=self.port, password=self.password)
        command = grafana.command(self.server, place)
        return processes.spawn(command, log=self.log, cwd=place, env=env, user=self.user)

    def _wait(self) -> None:
        grafana_api.wait_until_ready(self.url, self._check)


@cache
def servers() -> found_servers.Servers:
    """Return the servers tests run against, fetched the first time."""
    pg_bin, program = os.environ.get("KEITORA_TEST_PG_BIN"), os.environ.get("KEITORA_TEST_MOSQUITTO")
    chosen_postgres = found_servers.postgres_in(Path(pg_bin), _zones(Path(pg_bin))) if pg_bin else None
    chosen_broker = found_servers.broker_at(Path(program)) if program else None
    if pg_bin and not chosen_postgres:
        raise SetupError(f"KEITORA_TEST_PG_BIN={pg_bin} has no PostgreSQL 16 or newer with TimescaleDB")
    if program and not chosen_broker:
        raise SetupError(f"KEITORA_TEST_MOSQUITTO={program} is no Mosquitto 2 or newer")
    if chosen_postgres and chosen_broker:
        return found_servers.Servers(chosen_postgres, chosen_broker)
    found = found_servers.ensure(lambda line: print(line, file=sys.stderr))
    return found_servers.Servers(chosen_postgres or found.postgres, chosen_broker or found.mosquitto)


def _zones(pg_bin: Path) -> Path | None:
    """Return the time zones beside programs that were fetched, or copied from there: they must be told of them."""
    zones = relocate.zones(pg_bin.parents[4]) if len(pg_bin.parents) > 4 else None
    return zones if zones is not None and zones.is_dir() else None


@contextmanager
def temporary_postgres(*, fsync: bool = True) -> Iterator[TemporaryPostgres]:
    """Yield a running private PostgreSQL; its data are removed at the end. `fsync=False` makes it a little faster."""
    with _folder() as folder, _ended(TemporaryPostgres(servers().postgres, folder, fsync=fsync)) as server:
        yield server


@contextmanager
def temporary_broker() -> Iterator[TemporaryBroker]:
    """Yield a running private broker; what it stored is removed at the end."""
    with _folder() as folder, _ended(TemporaryBroker(servers().mosquitto, folder)) as server:
        yield server


@contextmanager
def temporary_grafana(server: grafana.GrafanaServer, *, as_ourselves: bool = False) -> Iterator[TemporaryGrafana]:
    """Yield a running private Grafana; what it stored is removed at the end. `as_ourselves`: even if we are root."""
    with _folder() as folder, _ended(TemporaryGrafana(server, folder, as_ourselves=as_ourselves)) as running:
        yield running


_Server = TypeVar("_Server", bound=TemporaryServer)


@contextmanager
def _ended(server: _Server) -> Iterator[_Server]:
    try:
        server.start()
        yield server
    finally:
        server.kill()


@contextmanager
def _folder() -> Iterator[Path]:
    # Not pytest's tmp_path: only its owner may enter that, and root's servers run as someone else.
    folder = Path(tempfile.mkdtemp(prefix="keitora-test-"))
    try:
        users.give(folder)
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
