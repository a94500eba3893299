"""Start a process that dies with us, and end one within a bound."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import IO, Final

from keitora.local import child
from keitora.local.state import pid_started_ticks
from keitora.local.users import ServerUser

_POLL_S: Final = 0.02


def spawn(
    command: list[str],
    *,
    log: Path,
    cwd: Path | None = None,
    env: Mapping[str, str] | None = None,
    user: ServerUser | None = None,
    death_signal: signal.Signals = signal.SIGTERM,
    output: IO[bytes] | None = None,
) -> subprocess.Popen[bytes]:
    """Start `command` in a process group of its own, output appended to `log`, as `user` (None: ourselves).

    With `output` its standard output goes there instead.
    It is sent `death_signal` when the calling thread ends, so call this from the main thread or one that stays.
    """
    owner = f"{user.uid}:{user.gid}" if user else "-"
    wrapper = [sys.executable, "-I", "-S", child.__file__, str(os.getpid()), str(int(death_signal)), owner]
    with log.open("ab") as messages:
        return subprocess.Popen(
            [*wrapper, *command],
            stdin=subprocess.DEVNULL,
            stdout=output or messages,
            stderr=messages,
            cwd=cwd,
            env=dict(env) if env is not None else None,
            process_group=0,
        )


def end(process: subprocess.Popen[bytes], how: signal.Signals, bound_s: float) -> bool:
    """Ask a process to end and wait; kill its group after `bound_s` seconds. Return whether it ended by itself."""
    if process.poll() is not None:
        return True
    process.send_signal(how)
    try:
        process.wait(bound_s)
    except subprocess.TimeoutExpired:
        kill(process)
        return False
    return True


def kill_group(process: subprocess.Popen[bytes]) -> None:
    """Kill what is left of a process and the group it leads, and reap it."""
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except ProcessLookupError:
        return  # nothing is left, as it should be
    finally:
        process.wait()


def kill(process: subprocess.Popen[bytes]) -> None:
    """End a process and its whole family at once, as a power cut would, and return when all of them are gone."""
    family = descendants(process.pid)
    if process.poll() is None:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
    # PostgreSQL's backends lead sessions of their own and leave when they see the parent gone; the data directory is
    # free for a new server only then.
    wait_gone(family, bound_s=10)


def descendants(pid: int) -> list[tuple[int, int]]:
    """Return (pid, start time in clock ticks) of all living processes below `pid`."""
    parents: dict[int, list[int]] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit() and (parent := _parent(entry)) is not None:
            parents.setdefault(parent, []).append(int(entry.name))
    found, todo = [], [pid]
    while todo:
        below = parents.get(todo.pop(), [])
        todo += below
        found += [(child_pid, ticks) for child_pid in below if (ticks := pid_started_ticks(child_pid)) is not None]
    return found


def _parent(entry: Path) -> int | None:
    try:
        return int((entry / "stat").read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()[1])
    except (FileNotFoundError, ProcessLookupError):
        return None


def wait_gone(family: Iterable[tuple[int, int]], bound_s: float) -> bool:
    """Wait until none of (pid, start time) lives; kill what is left after `bound_s` seconds and return False then."""
    deadline = time.monotonic() + bound_s
    left = list(family)
    while left := [(pid, ticks) for pid, ticks in left if pid_started_ticks(pid) == ticks]:
        if time.monotonic() > deadline:
            for pid, _ in left:
                os.kill(pid, signal.SIGKILL)
            return False
        time.sleep(_POLL_S)
    return True
