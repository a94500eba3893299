"""The broker's folder: its files replaced as a whole, and the broker told to read them again."""

import os
import signal
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

from keitora.access import broker_files
from keitora.access.model import Account, Rights
from keitora.access.passwords import hash_password, matches
from keitora.local import users

CONFIG_NAME: Final = "mosquitto.conf"
PID_NAME: Final = "mosquitto.pid"


Told = Literal["told", "starting", "absent"]


@dataclass(frozen=True, slots=True)
class OwnUser:
    """A user of the server itself: its password is known here, so it may be written down without the database."""

    password: str
    rights: Rights


def write_own(folder: Path, own: Mapping[str, OwnUser]) -> None:
    """Write the server's own users into the files; what stands there of the database's stays as it is."""
    known = _hashes(_read(folder / "own.passwd"))
    hashes = {
        user: known[user] if user in known and matches(one.password, known[user]) else hash_password(one.password)
        for user, one in own.items()
    }
    rights = "\n".join(broker_files.rights_text(user, one.rights) for user, one in own.items())
    users.write_for_server(folder / "own.passwd", broker_files.own_passwords(hashes))
    users.write_for_server(folder / "own.acl", rights)
    for name in ("passwd", "acl"):
        _join(folder, name, broker_files.database_part(_read(folder / name)))


def write_accounts(folder: Path, accounts: Sequence[Account], templates: Sequence[str] = ()) -> bool:
    """Write the users of the database into the files; return whether anything changed."""
    passwords, rights = broker_files.device_part(accounts, templates)
    # The rights first: should we be stopped in between, a new user has rights but no password, and not the reverse.
    changed = _join(folder, "acl", rights)
    return _join(folder, "passwd", passwords) or changed


def _join(folder: Path, name: str, from_database: str) -> bool:
    text = broker_files.joined(_read(folder / f"own.{name}"), from_database)
    if _read(folder / name) == text:
        return False
    users.write_for_server(folder / name, text)
    return True


def _hashes(text: str) -> dict[str, str]:
    pairs = (line.partition(":") for line in text.splitlines())
    return {user: password_hash for user, _, password_hash in pairs}


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return ""


def reload_broker(folder: Path) -> Told:
    """Let the broker of this folder read its files again.

    `starting`: it does not listen to signals yet, and may have read the files already; ask again. `absent`: it does not
    run on this machine (or in another container, where `deploy/run-broker` watches the files).
    """
    pid = _broker_pid(folder)
    if pid is None:
        return "absent"
    if not _is_listening_to(pid, signal.SIGHUP):
        return "starting"
    try:
        os.kill(pid, signal.SIGHUP)
    except ProcessLookupError:
        return "absent"
    return "told"


def _broker_pid(folder: Path) -> int | None:
    """Return the broker's process, if it is the one that was started with this folder's configuration."""
    try:
        pid = int(_read(folder / PID_NAME))
        words = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
    except (ValueError, FileNotFoundError, ProcessLookupError):
        return None
    return pid if bytes(folder / CONFIG_NAME) in words else None


def _is_listening_to(pid: int, number: signal.Signals) -> bool:
    """Tell whether a process handles a signal: one that does not yet would be ended by it."""
    try:
        status = Path(f"/proc/{pid}/status").read_text(encoding="utf-8", errors="replace")
    except (FileNotFoundError, ProcessLookupError):
        return False
    caught = next((line.split()[1] for line in status.splitlines() if line.startswith("SigCgt:")), "0")
    return bool(int(caught, 16) >> (number - 1) & 1)
