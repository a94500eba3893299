"""Where the embedded mode keeps its data, its logs and the servers it fetched.

An ordinary user's data live in `.keitora/` beside the checkout, and fetched servers in the user's cache. PostgreSQL
refuses to run as root, so root's servers run as an unprivileged user, and their data live under `/var/lib`, where that
user can reach them, in a folder named after the checkout and a hash of its path. `KEITORA_HOME` overrides either place.
"""

import hashlib
import os
import stat
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from keitora.errors import SetupError

_ROOT_DATA: Final = Path("/var/lib/keitora")
_ROOT_SERVERS: Final = Path("/var/cache/keitora/servers")


@dataclass(frozen=True, slots=True)
class Home:
    """The folder of one embedded installation, and the files in it."""

    path: Path

    @property
    def state_file(self) -> Path:
        """What is running now; holds passwords, so only its owner may read it."""
        return self.path / "state.json"

    @property
    def lock_file(self) -> Path:
        """Held by the supervisor while it lives."""
        return self.path / "lock"

    @property
    def secrets_file(self) -> Path:
        """Passwords and API keys made on the first start."""
        return self.path / "secrets.json"

    @property
    def logins_file(self) -> Path:
        """The broker's users that programs on this box play: simulated trucks, replayed recordings."""
        return self.path / "logins.json"

    @property
    def demo_file(self) -> Path:
        """How far the demo's trucks have come, so that a demo started again goes on with their days."""
        return self.path / "sim.json"

    @property
    def tls(self) -> Path:
        """The broker's certificate, and the home-made authority that signed it."""
        return self.path / "tls"

    @property
    def ports_file(self) -> Path:
        """The ports of the last start, preferred by the next one."""
        return self.path / "ports.json"

    @property
    def logs(self) -> Path:
        """One file for each process."""
        return self.path / "logs"

    @property
    def postgres(self) -> Path:
        """PostgreSQL's data directory, and nothing else."""
        return self.path / "postgres"

    @property
    def grafana(self) -> Path:
        """Grafana's data, its plugins and settings of the user's own."""
        return self.path / "grafana"

    @property
    def mosquitto(self) -> Path:
        """The broker's configuration, users and stored messages."""
        return self.path / "mosquitto"


def checkout() -> Path | None:
    """Return the repository this code runs from, or None when it was installed as a package."""
    root = Path(__file__).resolve().parents[3]
    return root if (root / "pyproject.toml").is_file() else None


def program() -> str:
    """Return how the reader of a message calls `keitora`: from a checkout, by the launcher in it."""
    return "./keitora" if checkout() else "keitora"


def is_root() -> bool:
    """Tell whether we are root, so that servers must run as someone else."""
    return os.geteuid() == 0


def root_home_name(place: Path) -> str:
    """Return the folder name for root's data of the checkout at `place`: readable, and different for each checkout."""
    return f"{place.name}-{hashlib.sha256(bytes(place)).hexdigest()[:8]}"


def homes() -> tuple[Home, Home]:
    """Return the homes of `keitora up` and `keitora demo`, apart: a demo must never touch real trucks' data."""
    base = base_dir()
    return Home(base / "fleet"), Home(base / "demo")


def base_dir() -> Path:
    """Return the folder of this checkout's homes; nothing is created."""
    if override := os.environ.get("KEITORA_HOME"):
        return Path(override).expanduser().absolute()
    place = checkout()
    if is_root():
        return _ROOT_DATA / (root_home_name(place) if place else "default")
    if place:
        return place / ".keitora"
    state = os.environ.get("XDG_STATE_HOME") or "~/.local/state"
    return Path(state).expanduser().absolute() / "keitora"


def servers_dir() -> Path:
    """Return where fetched servers are kept, shared by all checkouts of a user; nothing is created."""
    if is_root():
        return _ROOT_SERVERS
    cache = os.environ.get("XDG_CACHE_HOME") or "~/.cache"
    return Path(cache).expanduser().absolute() / "keitora" / "servers"


def make_dir(path: Path) -> Path:
    """Create a folder that everyone may enter, whatever the umask, and return it."""
    missing = [folder for folder in (path, *path.parents) if not folder.exists()]
    try:
        path.mkdir(parents=True, exist_ok=True)
        for folder in missing:
            folder.chmod(0o755)
    except OSError as error:
        raise SetupError(f"cannot create {path} ({error.strerror}); choose another place with KEITORA_HOME") from error
    return path


def require_reachable(path: Path) -> None:
    """Raise SetupError if an unprivileged user cannot enter a folder on the way to `path`."""
    for folder in path.absolute().parents:
        if folder.exists() and not folder.stat().st_mode & stat.S_IXOTH:
            raise SetupError(
                f"{path} lies in {folder}, which other users may not enter; started as root, the database runs as an "
                f"unprivileged user, so set KEITORA_HOME to a place it can reach (for instance under {_ROOT_DATA})"
            )
