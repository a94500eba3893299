"""Several processes that answer on one socket, and the parent that keeps them.

The parent opens the socket and answers nothing itself. Each worker is this command again, with the socket handed down;
the kernel gives a connection to whichever takes it first. Workers share nothing but the socket, the database, and a
folder with what they have counted (`keitora_api.metrics`).
"""

import logging
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from tempfile import TemporaryDirectory
from time import monotonic, sleep
from typing import Final

from prometheus_client.multiprocess import mark_process_dead

from keitora.errors import SetupError
from keitora.local import child
from keitora_api.metrics.registry import COUNTS_FOLDER

_LOG: Final = logging.getLogger(__name__)
_WATCHED: Final = frozenset({signal.SIGCHLD, signal.SIGTERM, signal.SIGINT})
_STEADY_S: Final = 10.0
"""A worker that has lived so long had started; one that ends by itself before cannot be helped by another."""
_PAUSE_S: Final = 1.0


def is_hopeless(returned: int, lived_s: float) -> bool:
    """Tell whether the next worker would end as this one: it gave up by itself, and soon. What was killed was not."""
    return returned > 0 and lived_s < _STEADY_S


def pause_s(lived_s: float) -> float:
    """Return how long to wait before the next worker (s): one that did not live long must not be followed in a rush."""
    return 0.0 if lived_s >= _STEADY_S else _PAUSE_S


@contextmanager
def listening(host: str, port: int) -> Iterator[socket.socket]:
    """Yield a socket bound to an address, for workers to listen on. Raises SetupError if the address cannot be had."""
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as bound:
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            bound.bind((host, port))
        except OSError as error:
            raise SetupError(f"cannot listen on {host} port {port}: {error.strerror}") from error
        yield bound


def take_socket(number: int) -> socket.socket:
    """Return the socket a worker was handed; from here on it may be stopped."""
    signal.pthread_sigmask(signal.SIG_UNBLOCK, _WATCHED)
    return socket.socket(fileno=number)


class Workers:
    """The workers of one parent."""

    def __init__(self, command: Sequence[str], bound: socket.socket, counts_folder: str) -> None:
        self._command = command
        self._bound = bound
        self._counts_folder = counts_folder
        self._began_s: dict[subprocess.Popen[bytes], float] = {}

    def add(self) -> None:
        """Start a worker. It ends when its parent ends, however that happens."""
        program = [sys.executable, "-m", "keitora", *self._command, "--worker-of-socket", str(self._bound.fileno())]
        worker = subprocess.Popen(
            [sys.executable, "-I", "-S", child.__file__, str(os.getpid()), str(int(signal.SIGTERM)), "-", *program],
            pass_fds=[self._bound.fileno()],
            env={**os.environ, COUNTS_FOLDER: self._counts_folder},
        )
        self._began_s[worker] = monotonic()

    def ended(self) -> list[tuple[int, float]]:
        """Return of each worker that has ended what it returned, and how long it lived (s); forget them."""
        ended = [worker for worker in self._began_s if worker.poll() is not None]
        for worker in ended:
            mark_process_dead(worker.pid, self._counts_folder)  # type: ignore[no-untyped-call]
        return [(worker.returncode, monotonic() - self._began_s.pop(worker)) for worker in ended]

    def stop(self) -> None:
        """Ask all to stop, and wait until they have."""
        for worker in self._began_s:
            worker.terminate()
        for worker in self._began_s:
            worker.wait()


def keep_workers(command: Sequence[str], count: int, bound: socket.socket) -> int:
    """Keep so many workers until this process is told to stop, and return its exit code.

    A worker that dies is replaced; one that cannot even start ends all. Nothing is left behind.
    """
    # Waited for below, one at a time: none comes in between, and none is missed.
    signal.pthread_sigmask(signal.SIG_BLOCK, _WATCHED)
    with TemporaryDirectory(prefix="keitora-api-") as folder:
        workers = Workers(command, bound, folder)
        try:
            for _ in range(count):
                workers.add()
            return _keep(workers)
        finally:
            workers.stop()


def _keep(workers: Workers) -> int:
    while True:
        if signal.sigwait(_WATCHED) != signal.SIGCHLD:
            return 0
        for returned, lived_s in workers.ended():
            if is_hopeless(returned, lived_s):
                _LOG.error("a worker gave up with %d as it started; so does the service", returned)
                return returned
            _LOG.warning("a worker ended (%d) after %.0f s; another takes its place", returned, lived_s)
            sleep(pause_s(lived_s))
            workers.add()
