"""A service's connection to the database: one that notices, within a bound, that the other end is gone.

TCP alone does not: what was sent and never answered is waited for about a quarter of an hour, an answer that never
comes is waited for without end, and a server whose client has vanished keeps its locks as long. So both ends probe a
silent connection, and a piece of work that takes too long has its socket shut down under it, which also ends the wait
for a server that is there and does not move.
"""

import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Event, Thread
from time import monotonic
from typing import Any, Final

import psycopg
from psycopg import Connection

from keitora.db.edition import lift_decompression_bound

CONNECT_WITHIN_S: Final = 10
IDLE_S: Final = 10
PROBE_EVERY_S: Final = 5
PROBES: Final = 3
UNANSWERED_S: Final = 25
"""Bytes the other end has not acknowledged for so long end the connection (tcp_user_timeout)."""
ORPHAN_S: Final = 5
"""How often a server that works, or waits for a lock, looks whether its client is still there."""
OPEN_TRANSACTION_S: Final = 60

_SERVER_SIDE: Final = f"""
SET tcp_keepalives_idle = {IDLE_S};
SET tcp_keepalives_interval = {PROBE_EVERY_S};
SET tcp_keepalives_count = {PROBES};
SET tcp_user_timeout = '{UNANSWERED_S}s';
SET client_connection_check_interval = '{ORPHAN_S}s';
SET idle_in_transaction_session_timeout = '{OPEN_TRANSACTION_S}s'
"""


class Watch:
    """Ends the wait for a database that does not answer. Looks four times during `patience_s`."""

    def __init__(self, conn: Connection[Any], patience_s: float) -> None:
        # A socket of our own onto the same connection: the number of psycopg's may be another one's by then.
        self._socket = socket.socket(fileno=os.dup(conn.fileno()))
        self._patience_s = patience_s
        self._deadline_s: float | None = None
        self._ended = Event()
        self._thread = Thread(target=self._run, name="database watch", daemon=True)
        self._thread.start()

    @contextmanager
    def patience(self) -> Iterator[None]:
        """Bound what is done inside: psycopg.OperationalError is raised there if it takes longer than the patience."""
        self._deadline_s = monotonic() + self._patience_s
        try:
            yield
        finally:
            self._deadline_s = None

    def end(self) -> None:
        """Watch no longer."""
        self._ended.set()
        self._thread.join()
        self._socket.close()

    def _run(self) -> None:
        while not self._ended.wait(self._patience_s / 4):
            deadline_s = self._deadline_s
            if deadline_s is not None and monotonic() > deadline_s:
                self._shut()
                return

    def _shut(self) -> None:
        try:
            self._socket.shutdown(socket.SHUT_RDWR)
        except OSError:
            return  # it is gone already, which is what was wanted


@contextmanager
def session(conninfo: str, *, name: str, patience_s: float) -> Iterator[tuple[Connection[Any], Watch]]:
    """Yield a connection in autocommit mode, called `name` at the server, and what bounds the work done with it.

    Raises psycopg.OperationalError where the database cannot be reached, or no longer.
    """
    connection = psycopg.connect(
        conninfo,
        autocommit=True,
        application_name=name,
        connect_timeout=CONNECT_WITHIN_S,
        keepalives_idle=IDLE_S,
        keepalives_interval=PROBE_EVERY_S,
        keepalives_count=PROBES,
        tcp_user_timeout=UNANSWERED_S * 1000,
    )
    with connection as conn:
        watch = Watch(conn, patience_s)
        try:
            with watch.patience():
                conn.execute(_SERVER_SIDE)
                lift_decompression_bound(conn)
            yield conn, watch
        finally:
            watch.end()
