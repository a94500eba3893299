"""The pool of database connections, all of them in the API's role, and none of them held for longer than stated."""

import asyncio
import logging
import os
import socket
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from time import monotonic
from typing import Any, Final
from weakref import WeakKeyDictionary

from psycopg import AsyncConnection, OperationalError
from psycopg.errors import InsufficientPrivilege, UndefinedObject
from psycopg_pool import AsyncConnectionPool

from keitora.errors import SetupError
from keitora_api.queries import take_role

_LOG: Final = logging.getLogger(__name__)
_WAIT_S: Final = 3.0
PROBE_S: Final = 1.5
"""How long a health check waits for a connection (s): those who ask are impatient."""
_RECONNECT_S: Final = 5.0
"""The pool waits ever longer between attempts; given up soon, the next request begins anew and finds the database."""
HELD_S: Final = 25.0
"""A connection that one piece of work has held for so long has its line cut (s): the server does not move."""
_CHECKED_WITHIN_S: Final = 2.0
_ASKED_AFTER_S: Final = 1.0
_ANSWERED_AT: Final[WeakKeyDictionary[AsyncConnection, float]] = WeakKeyDictionary()
_LINE: Final[dict[str, Any]] = {
    "connect_timeout": 3,
    # Both ends probe a silent line: a machine that is gone says nothing.
    "keepalives_idle": 10,
    "keepalives_interval": 5,
    "keepalives_count": 3,
    "tcp_user_timeout": 20_000,
}


class Pool(AsyncConnectionPool[AsyncConnection]):
    """A pool whose connections are bounded: whoever holds one for too long gets `psycopg.OperationalError`."""

    held_s: float = HELD_S

    @asynccontextmanager
    async def connection(self, timeout: float | None = None) -> AsyncIterator[AsyncConnection]:  # noqa: ASYNC109 -- as the pool's
        """Lend a connection and commit, or roll back, at the end."""
        async with super().connection(timeout) as conn:
            with _cut_after(conn, self.held_s):
                yield conn


def make_pool(conninfo: str, *, max_size: int) -> Pool:
    """Return a pool that is not open yet."""
    return Pool(
        conninfo,
        kwargs=_LINE,
        min_size=min(2, max_size),
        max_size=max_size,
        open=False,
        timeout=_WAIT_S,
        reconnect_timeout=_RECONNECT_S,
        configure=_set_up,
        check=_check,
        name="api",
    )


async def _set_up(conn: AsyncConnection) -> None:
    # Whoever the address names, even the owner: the API works in its own role, for which row-level security holds,
    # and reads only.
    try:
        await take_role(conn)
        await conn.commit()
    except (InsufficientPrivilege, UndefinedObject) as error:
        raise SetupError(f"the API's database user must be, or belong to, keitora_api: {error}") from error
    await conn.set_read_only(True)


async def _check(conn: AsyncConnection) -> None:
    """Raise OperationalError if the server has gone. One that answered a moment ago is only looked at, not asked.

    Asking is a third of what a simple request costs. A server that ended its side has left an end to be read.
    """
    now = monotonic()
    if now - _ANSWERED_AT.get(conn, 0.0) < _ASKED_AFTER_S:
        conn.pgconn.consume_input()
        if conn.closed:
            raise OperationalError("the server has closed the connection")
        return
    try:
        with _cut_after(conn, _CHECKED_WITHIN_S):
            await AsyncConnectionPool.check_connection(conn)
    except BaseException:
        # The check works outside transactions. One that is interrupted could leave the connection so, and whoever got
        # it next could enter no fleet.
        conn.pgconn.finish()
        raise
    _ANSWERED_AT[conn] = now


@contextmanager
def _cut_after(conn: AsyncConnection, within_s: float) -> Iterator[None]:
    # A server that is there and does not move answers no request to cancel either: only a line that is shut ends
    # the wait for it.
    timer = asyncio.get_running_loop().call_later(within_s, _cut, conn, within_s)
    try:
        yield
    finally:
        timer.cancel()


def _cut(conn: AsyncConnection, after_s: float) -> None:
    _LOG.warning("the database has not answered for %g s; its line is cut", after_s)
    with suppress(OSError, ValueError), socket.socket(fileno=os.dup(conn.fileno())) as line:
        line.shutdown(socket.SHUT_RDWR)
