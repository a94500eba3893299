"""A database on a disk that can run full: a small tmpfs in a mount namespace that ends with the process."""

import contextlib
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path

import psycopg

from keitora.local import users
from keitora.local.testing import TemporaryPostgres, servers

SIZE_MB = 700
_LEFT_BYTES = 64 * 1024


def _unshare() -> list[str]:
    # Without root a user namespace gives the right to mount; we stay who we are, for PostgreSQL refuses to be root.
    rights = [] if os.geteuid() == 0 else ["--map-current-user", "--keep-caps"]
    return ["unshare", *rights, "--mount", "--propagation", "private"]


@cache
def can_mount() -> bool:
    """Tell whether this machine lets us have a mount of our own."""
    if shutil.which("unshare") is None:
        return False
    tried = [*_unshare(), "mount", "-t", "tmpfs", "-o", "size=1m", "none", "/mnt"]
    return subprocess.run(tried, capture_output=True, check=False).returncode == 0


def in_own_namespace(arguments: list[str]) -> list[str]:
    """Return how to start `python ARGUMENTS` where its mounts are seen by nobody else, if that is possible."""
    return [*(_unshare() if can_mount() else []), sys.executable, *arguments]


class DiskPostgres(TemporaryPostgres):
    """A PostgreSQL whose data and write-ahead log share a small disk; its log is elsewhere."""

    def __init__(self, folder: Path, log: Path) -> None:
        super().__init__(servers().postgres, folder, fsync=True)
        self._log = log

    @property
    def log(self) -> Path:
        return self._log

    @property
    def full_count(self) -> int:
        """How often the server has said that the disk is full."""
        return self._log.read_text(encoding="utf-8", errors="replace").count("No space left on device")

    def fill_disk(self) -> None:
        """Leave next to nothing of the disk."""
        with (self.folder / "balloon").open("wb") as balloon:
            size = 0
            while (room := self._room_bytes()) > _LEFT_BYTES:
                with contextlib.suppress(OSError):  # the database was quicker: there is less room than a moment ago
                    os.posix_fallocate(balloon.fileno(), size, room - _LEFT_BYTES)
                    size += room - _LEFT_BYTES

    def _room_bytes(self) -> int:
        disk = os.statvfs(self.folder)
        return disk.f_bavail * disk.f_frsize

    def exhaust_wal(self) -> None:
        """Use up the segments that were kept for reuse, so that the next one must be made: PostgreSQL panics then."""
        try:
            with psycopg.connect(self.url, autocommit=True) as conn:
                for _ in range(200):
                    conn.execute("SELECT pg_logical_emit_message(false, 'fill', 'up'), pg_switch_wal()")
        except psycopg.OperationalError:
            return
        raise AssertionError("the write-ahead log found room on a full disk")

    def free_disk(self) -> None:
        """Give the disk back, and start the server if it gave up."""
        (self.folder / "balloon").unlink(missing_ok=True)
        self.restart_if_gone()

    def restart_if_gone(self) -> None:
        """Start the server again if it ended; one that recovers by itself is waited for."""
        if self.is_running:
            self._wait_or_end()
        self.start()

    def _wait_or_end(self) -> None:
        try:
            self._wait()
        except Exception:  # noqa: BLE001 -- it ended while it recovered: it is started anew
            self.kill()


@contextmanager
def disk_postgres(folder: Path) -> Iterator[DiskPostgres]:
    """Yield a running server on a disk of its own, or on the common one where mounting is not permitted."""
    disk = folder / "disk"
    disk.mkdir()
    if can_mount():
        subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={SIZE_MB}m,mode=0755", "none", str(disk)], check=True)
    users.give(disk)
    server = DiskPostgres(disk, folder / "postgres.log")
    try:
        server.start()
        yield server
    finally:
        server.kill()
        if can_mount():
            subprocess.run(["umount", str(disk)], check=True)
