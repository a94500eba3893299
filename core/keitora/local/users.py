"""Who the servers run as: ourselves, or an unprivileged user when we are root."""

import os
import pwd
from dataclasses import dataclass
from pathlib import Path

from keitora.errors import SetupError
from keitora.local import paths

_CANDIDATES = ("keitora", "nobody")


@dataclass(frozen=True, slots=True)
class ServerUser:
    """The unprivileged user that runs PostgreSQL and Mosquitto for root."""

    name: str
    uid: int
    gid: int


def server_user() -> ServerUser | None:
    """Return whom the servers run as, or None to run them as ourselves. Raises SetupError if root finds nobody."""
    if not paths.is_root():
        return None
    for name in _CANDIDATES:
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        return ServerUser(entry.pw_name, entry.pw_uid, entry.pw_gid)
    raise SetupError("PostgreSQL does not run as root; add a user for it (useradd --system keitora) and start again")


def private_dir(path: Path) -> Path:
    """Create a folder only the servers' user may enter, and return it."""
    path.mkdir(mode=0o700, exist_ok=True)
    give(path)
    return path


def give(path: Path) -> None:
    """Make a file or folder of ours the servers' user's, where that is someone else."""
    if user := server_user():
        os.chown(path, user.uid, user.gid)


def write_for_server(path: Path, text: str) -> None:
    """Replace a file by one rename; only the servers' user may read it."""
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    give(draft)
    draft.replace(path)
