"""Find PostgreSQL with TimescaleDB and Mosquitto on this machine, or fetch them."""

import re
import shutil
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

from keitora.errors import SetupError
from keitora.local import debian, relocate

OLDEST_POSTGRES: Final = 16
OLDEST_MOSQUITTO: Final = 2
_INSTALLED_POSTGRES: Final = ("/usr/lib/postgresql/*/bin", "/usr/pgsql-*/bin", "/usr/local/pgsql/bin")
_INSTALLED_MOSQUITTO: Final = ("/usr/sbin/mosquitto", "/usr/local/sbin/mosquitto")

Edition = Literal["apache", "community"]


@dataclass(frozen=True, slots=True)
class PostgresServer:
    """A PostgreSQL that has TimescaleDB."""

    bin: Path
    version: str
    timescale: str
    edition: Edition
    has_lz4: bool = False
    """Whether it can compress its log the fast way."""
    zones: Path | None = None
    """Where its time zones are, if it must be told (a fetched one)."""

    @property
    def major(self) -> int:
        """The major version, which decides the format of the data."""
        return int(self.version.partition(".")[0])


@dataclass(frozen=True, slots=True)
class Broker:
    """A Mosquitto that is new enough."""

    program: Path
    version: str


@dataclass(frozen=True, slots=True)
class Servers:
    """Everything Keitora stands on."""

    postgres: PostgresServer
    mosquitto: Broker


def installed_postgres() -> PostgresServer | None:
    """Return the newest installed PostgreSQL that has TimescaleDB, or None."""
    places = [path for pattern in _INSTALLED_POSTGRES for path in Path("/").glob(pattern.lstrip("/"))]
    if on_path := shutil.which("postgres"):
        places.append(Path(on_path).resolve().parent)
    found = [server for place in places if (server := postgres_in(place))]
    return max(found, key=lambda server: server.major, default=None)


def postgres_in(place: Path, zones: Path | None = None) -> PostgresServer | None:
    """Return the server whose programs are in `place`, or None if it does not run, is too old or lacks TimescaleDB."""
    version = _version([str(place / "postgres"), "--version"])
    if version is None or int(version.partition(".")[0]) < OLDEST_POSTGRES:
        return None
    major = int(version.partition(".")[0])
    extension = next((path for path in _extension_dirs(place, major) if (path / "timescaledb.control").is_file()), None)
    if extension is None:
        return None
    control = (extension / "timescaledb.control").read_text(encoding="utf-8")
    match = re.search(r"default_version\s*=\s*'([^']+)'", control)
    community = any(_library_dir(place).glob("timescaledb-tsl-*.so"))
    return PostgresServer(
        bin=place,
        version=version,
        timescale=match[1] if match else "unknown",
        edition="community" if community else "apache",
        has_lz4="--with-lz4" in (_output([str(place / "pg_config"), "--configure"]) or ""),
        zones=zones,
    )


def _extension_dirs(place: Path, major: int) -> Iterator[Path]:
    share = _output([str(place / "pg_config"), "--sharedir"])
    if share:
        yield Path(share.strip()) / "extension"
    # pg_config belongs to the developers' package; these are the places relative to the programs.
    yield place.parents[2] / f"share/postgresql/{major}/extension"
    yield place.parent / "share/extension"
    yield place.parent / "share/postgresql/extension"


def _library_dir(place: Path) -> Path:
    told = _output([str(place / "pg_config"), "--pkglibdir"])
    return Path(told.strip()) if told else place.parent / "lib"


def installed_mosquitto() -> Broker | None:
    """Return an installed Mosquitto that is new enough, or None."""
    places = [shutil.which("mosquitto"), *_INSTALLED_MOSQUITTO]
    return next((broker for place in places if place and (broker := broker_at(Path(place)))), None)


def broker_at(program: Path) -> Broker | None:
    """Return the broker at this path, or None if it does not run or is too old."""
    # It prints its version with the help, and says with the exit code that help is not what it is for.
    version = _version([str(program), "-h"], any_code=True)
    return Broker(program, version) if version and int(version.partition(".")[0]) >= OLDEST_MOSQUITTO else None


def fetched() -> Servers | None:
    """Return the servers fetched earlier, or None."""
    prefix = debian.prefix()
    return _in_prefix(prefix) if prefix and prefix.is_dir() else None


def _in_prefix(prefix: Path) -> Servers | None:
    bins = sorted(prefix.glob("usr/lib/postgresql/*/bin"))
    postgres = postgres_in(bins[-1], relocate.zones(prefix)) if bins else None
    broker = broker_at(prefix / "usr/sbin/mosquitto")
    return Servers(postgres, broker) if postgres and broker else None


def ensure(tell: Callable[[str], None]) -> Servers:
    """Return servers that run here, fetching what is not installed. Raises SetupError with the ways out."""
    postgres, broker = installed_postgres(), installed_mosquitto()
    if postgres and broker:
        return Servers(postgres, broker)
    reason = debian.why_not()
    private = fetched()
    if private is None and reason is None:
        try:
            private = _in_prefix(debian.fetch(tell))
            reason = "the fetched programs do not run here" if private is None else None
        except SetupError as error:
            reason = str(error)
    if private is None:
        raise SetupError(_ways_out(postgres, broker, reason or "unknown"))
    return Servers(postgres or private.postgres, broker or private.mosquitto)


def _ways_out(postgres: PostgresServer | None, broker: Broker | None, reason: str) -> str:
    missing = [
        *([] if postgres else [f"PostgreSQL {OLDEST_POSTGRES} or newer with TimescaleDB"]),
        *([] if broker else [f"Mosquitto {OLDEST_MOSQUITTO} or newer"]),
    ]
    return (
        f"{' and '.join(missing)} not found, and fetching did not work: {reason}\n"
        "Any one of these helps:\n"
        "  * install them (Debian 13: apt install postgresql-17-timescaledb mosquitto)\n"
        "  * run everything in containers: docker compose up\n"
        "  * use servers you have: set KEITORA_DATABASE_URL and KEITORA_MQTT_URL"
    )


def _version(command: list[str], *, any_code: bool = False) -> str | None:
    text = _output(command, any_code=any_code)
    match = re.search(r"\b(\d+(?:\.\d+)*)", text) if text else None
    return match[1] if match else None


def _output(command: list[str], *, any_code: bool = False) -> str | None:
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=20, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout if any_code or done.returncode == 0 else None
