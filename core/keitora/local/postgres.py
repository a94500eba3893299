"""A private PostgreSQL: made once, configured at every start, reached by password over the loopback only."""

import os
import shutil
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final
from urllib.parse import quote

import psycopg

from keitora.errors import SetupError
from keitora.local import processes, relocate, users
from keitora.local.servers import PostgresServer
from keitora.local.state import pid_started_ticks

OWNER: Final = "keitora"
DATABASE: Final = "keitora"

_POLL_S: Final = 0.05
# Recovery after a power cut replays at most max_wal_size.
_READY_WITHIN_S: Final = 120

_CONFIG: Final = """\
# Written by Keitora at every start; changes here are lost. Put your own into extra.conf beside this file.
listen_addresses = '127.0.0.1'
port = {port}
unix_socket_directories = ''
max_connections = 60
password_encryption = 'scram-sha-256'

shared_preload_libraries = 'timescaledb'
timescaledb.telemetry_level = off
timescaledb.max_background_workers = 8
max_worker_processes = 20
jit = off

# For a cheap box: a quarter of a gigabyte, and few but large writes to the disk.
shared_buffers = 256MB
effective_cache_size = 1GB
work_mem = 16MB
maintenance_work_mem = 128MB
max_wal_size = 2GB
min_wal_size = 128MB
checkpoint_timeout = 15min
wal_compression = {compression}
random_page_cost = 1.1
fsync = {fsync}
synchronous_commit = {fsync}
full_page_writes = {fsync}

timezone = 'UTC'
log_timezone = 'UTC'
log_line_prefix = '%m [%p] %q%u@%d '
log_min_duration_statement = 1000
lc_messages = 'C'
include_if_exists = 'extra.conf'
"""


def config_text(port: int, *, has_lz4: bool = False, fsync: bool = True) -> str:
    """Return postgresql.conf for one cheap box. Without `fsync` a power cut loses the data: for tests only."""
    return _CONFIG.format(port=port, compression="lz4" if has_lz4 else "pglz", fsync="on" if fsync else "off")


def url(port: int, user: str, password: str, database: str = DATABASE) -> str:
    """Return the address of a database on this box."""
    return f"postgresql://{user}:{quote(password, safe='')}@127.0.0.1:{port}/{database}"


def prepare(server: PostgresServer, data: Path, *, port: int, password: str, fsync: bool = True) -> bool:
    """Make the data directory if there is none, and configure it. Return whether it is new.

    Raises SetupError if the data are of another major version than the server.
    """
    is_new = not (data / "PG_VERSION").is_file()
    if is_new:
        _initialise(server, data, password)
    made_by = int((data / "PG_VERSION").read_text(encoding="utf-8"))
    if made_by != server.major:
        raise SetupError(
            f"the data in {data} were made by PostgreSQL {made_by}, but {server.bin} is {server.major}; install "
            f"PostgreSQL {made_by} with TimescaleDB again, or move the data aside to begin anew"
        )
    config = config_text(port, has_lz4=server.has_lz4, fsync=fsync)
    users.write_for_server(data / "postgresql.conf", config)
    if server.zones:
        link = data / relocate.ZONES_LINK
        link.unlink(missing_ok=True)
        link.symlink_to(server.zones)
    return is_new


def _initialise(server: PostgresServer, data: Path, password: str) -> None:
    # In a draft beside it: an interrupted initdb must not look like a database.
    draft = data.with_name(f"{data.name}.draft")
    shutil.rmtree(draft, ignore_errors=True)
    users.private_dir(draft)
    secret = data.with_name(f"{data.name}.password")
    users.write_for_server(secret, password)
    # From 17 on PostgreSQL knows upper and lower case of all scripts without the machine's locales.
    provider = ["--locale-provider=builtin", "--builtin-locale=C.UTF-8"] if server.major >= 17 else []
    arguments = [f"--username={OWNER}", f"--pwfile={secret}", "--auth=scram-sha-256", "--encoding=UTF8", "--locale=C"]
    user = users.server_user()
    # The time zone of the machine must not matter, and GMT is the one that needs no zone files.
    environment = {**os.environ, "TZ": "GMT", "LC_ALL": "C"}
    try:
        done = subprocess.run(
            [str(server.bin / "initdb"), f"--pgdata={draft}", "--no-instructions", *arguments, *provider],
            cwd="/",
            env=environment,
            capture_output=True,
            text=True,
            check=False,
            user=user.uid if user else None,
            group=user.gid if user else None,
            extra_groups=[] if user else None,
        )
    finally:
        secret.unlink(missing_ok=True)
    if done.returncode != 0:
        raise SetupError(f"PostgreSQL could not make its data directory {data}:\n{done.stderr.strip()}")
    draft.rename(data)


def command(server: PostgresServer, data: Path) -> list[str]:
    """Return how the server is started; its working directory must be `data`."""
    return [str(server.bin / "postgres"), "-D", str(data)]


def clear_stale(data: Path) -> None:
    """Remove what a killed server left: end a server that still runs on these data, then its pid file.

    Only call this while holding the home's lock: then whatever runs on these data is an orphan of ours.
    """
    file = data / "postmaster.pid"
    try:
        pid = int(file.read_text(encoding="utf-8").splitlines()[0])
    except (FileNotFoundError, ValueError, IndexError):
        return
    ticks = pid_started_ticks(pid)
    # The pid may be someone else's by now; PostgreSQL itself would then refuse to start.
    if ticks is not None and _works_in(pid, data):
        processes.wait_gone([*processes.descendants(pid), (pid, ticks)], bound_s=10)
    file.unlink(missing_ok=True)


def _works_in(pid: int, data: Path) -> bool:
    try:
        return Path(f"/proc/{pid}/cwd").resolve(strict=True) == data.resolve()
    except OSError:
        return False


def wait_until_ready(owner_url: str, check: Callable[[], None], within_s: float = _READY_WITHIN_S) -> None:
    """Return when the server accepts the owner. `check` is called between tries and raises to give up."""
    deadline = time.monotonic() + within_s
    while True:
        check()
        try:
            psycopg.connect(owner_url, dbname="postgres", connect_timeout=5).close()
        except psycopg.OperationalError as error:
            if "authentication failed" in str(error):
                raise SetupError("PostgreSQL refuses our password: the data are of another installation") from error
            if time.monotonic() > deadline:
                raise SetupError(f"PostgreSQL does not answer: {error}") from error
            time.sleep(_POLL_S)
        else:
            return
