"""The pool of database connections, all of them in the API's role."""

from typing import Final

from psycopg import AsyncConnection, OperationalError
from psycopg.errors import InsufficientPrivilege, UndefinedObject
from psycopg_pool import AsyncConnectionPool

from keitora.errors import SetupError
from keitora_api.queries import take_role

Pool = AsyncConnectionPool[AsyncConnection]

_WAIT_S: Final = 3.0
PROBE_S: Final = 1.5
"""How long a health check waits for a connection (s): those who ask are impatient."""
_RECONNECT_S: Final = 5.0
"""The pool waits ever longer between attempts; given up soon, the next request begins anew and finds the database."""


def make_pool(conninfo: str, *, max_size: int) -> Pool:
    """Return a pool that is not open yet."""
    return AsyncConnectionPool(
        conninfo,
        min_size=min(2, max_size),
        max_size=max_size,
        open=False,
        timeout=_WAIT_S,
        reconnect_timeout=_RECONNECT_S,
        configure=_set_up,
        check=_still_there,
        name="api",
    )


async def _still_there(conn: AsyncConnection) -> None:
    """Raise OperationalError if the server has ended its side of an idle connection: then there is an end to be read.

    Asking the server would be surer, and a third of what a simple request costs; a network that swallows everything is
    noticed by the statement that follows.
    """
    conn.pgconn.consume_input()
    if conn.closed:
        raise OperationalError("the server has closed the connection")


async def _set_up(conn: AsyncConnection) -> None:
    # Whoever the address names, even the owner: the API works in its own role, for which row-level security holds,
    # and reads only.
    try:
        await take_role(conn)
        await conn.commit()
    except (InsufficientPrivilege, UndefinedObject) as error:
        raise SetupError(f"the API's database user must be, or belong to, keitora_api: {error}") from error
    await conn.set_read_only(True)
