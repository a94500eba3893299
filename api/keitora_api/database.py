"""The pool of database connections, all of them in the API's role, and none of them held for longer than stated."""

import asyncio
import logging
import os
import socket
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from time import monotonic
from typing import Any, Final

from psycopg import AsyncConnection, OperationalError
from psycopg.errors import InsufficientPrivilege, UndefinedObject
from psycopg_pool import AsyncConnectionPool

from keitora.errors import SetupError
from keitora.fleets.queries import leave_fleet
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
_LINE: Final[dict[str, Any]] = {
    "connect_timeout": 3,
    # Both ends probe a silent line: a machine that is gone says nothing.
    "keepalives_idle": 10,
    "keepalives_interval": 5,
    "keepalives_count": 3,
    "tcp_user_timeout": 20_000,
}


class Line(AsyncConnection):
    """A connection that remembers when it last answered, and whether a fleet may be entered on it."""

    answered_s: float = 0.0
    may_be_entered: bool = False


class Pool(AsyncConnectionPool[Line]):
    """A pool whose connections are bounded: whoever holds one for too long gets `psycopg.OperationalError`.

    A request that only reads needs no transaction: beginning and ending one are two of four questions. But then the
    fleet it enters stays entered. So a connection is lent in two ways: by `connection`, which leaves that fleet first,
    and by `entering`, whose borrower's first statement enters another or none.
    """

    held_s: float = HELD_S

    @asynccontextmanager
    async def connection(self, timeout: float | None = None) -> AsyncIterator[Line]:  # noqa: ASYNC109 -- as the pool's
        """Lend a connection on which no fleet is entered, in a transaction; commit, or roll back, at the end."""
        async with super().connection(timeout) as conn:
            with _cut_after(conn, self.held_s):
                if conn.may_be_entered:
                    await conn.set_autocommit(True)
                    await leave_fleet(conn)
                    conn.may_be_entered = False
                if conn.autocommit:
                    await conn.set_autocommit(False)
                yield conn

    @asynccontextmanager
    async def entering(self) -> AsyncIterator[Line]:
        """Lend a connection without a transaction, on which an earlier borrower's fleet may still be entered.

        Only for who enters a fleet, or none, with the first statement, and sends no other if that fails.
        """
        conn = await self.getconn()
        # Before anything is sent: what becomes of a statement that is broken off nobody knows.
        conn.may_be_entered = True
        try:
            with _cut_after(conn, self.held_s):
                if not conn.autocommit:
                    await conn.set_autocommit(True)
                yield conn
        finally:
            await self.putconn(conn)


def make_pool(conninfo: str, *, max_size: int) -> Pool:
    """Return a pool that is not open yet."""
    return Pool(
        conninfo,
        connection_class=Line,
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


async def _check(conn: Line) -> None:
    """Raise OperationalError if the server has gone. One that answered a moment ago is only looked at, not asked.

    Asking is a third of what a simple request costs. A server that ended its side has left an end to be read.
    """
    now = monotonic()
    if now - conn.answered_s < _ASKED_AFTER_S:
        conn.pgconn.consume_input()
        if conn.closed:
            raise OperationalError("the server has closed the connection")
        return
    try:
        with _cut_after(conn, _CHECKED_WITHIN_S):
            await AsyncConnectionPool.check_connection(conn)
    except BaseException:
        # One that is interrupted leaves the connection nobody knows how.
        conn.pgconn.finish()
        raise
    conn.answered_s = now


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
