"""Who asks, and what the key's role may see.

Roles: a manager and a viewer (Grafana) see all of the fleet. A driver sees the trucks, where they are now, and trips,
but no statistics: what a colleague's truck used over months is the manager's business. A driver may describe trips;
only a manager may merge, split or correct them, and name places.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Annotated, Final

from fastapi import Depends, Request
from fastapi.security import APIKeyHeader, HTTPAuthorizationCredentials, HTTPBearer
from psycopg import AsyncConnection

from keitora.fleets.model import Fleet, KeyHolder
from keitora.fleets.queries import authenticate, enter_fleet, read_fleet
from keitora_api import problems
from keitora_api.problems import ProblemError
from keitora_api.queries import allow_writing
from keitora_api.resources import resources_of

_BEARER: Final = HTTPBearer(auto_error=False, scheme_name="bearer", description="A key: `kt_…`")
_HEADER: Final = APIKeyHeader(
    name="X-API-Key", auto_error=False, scheme_name="header", description="The same key, for clients without Bearer"
)


@dataclass(frozen=True, slots=True)
class Visit:
    """One authenticated request: its transaction, in which only the holder's fleet can be seen."""

    conn: AsyncConnection
    holder: KeyHolder
    fleet: Fleet

    @property
    def author(self) -> str:
        """Return what an entry made now is signed with."""
        return f"{self.holder.role}, key {self.holder.api_key_id}"


def presented_token(
    bearer: Annotated[HTTPAuthorizationCredentials | None, Depends(_BEARER)],
    header: Annotated[str | None, Depends(_HEADER)],
) -> str:
    """Return the key that came with the request. Raises a 401 problem if none did."""
    token = bearer.credentials if bearer else header
    if not token:
        raise ProblemError(problems.UNAUTHORIZED, "no key came with the request")
    return token


@asynccontextmanager
async def _opened(request: Request, token: str, *, writes: bool) -> AsyncIterator[Visit]:
    async with resources_of(request).pool.connection() as conn:
        if writes:
            await allow_writing(conn)
        holder = await authenticate(conn, token=token)
        if holder is None:
            raise ProblemError(problems.UNAUTHORIZED, "this key is unknown, expired or revoked")
        await enter_fleet(conn, fleet_id=holder.fleet_id)
        fleet = await read_fleet(conn, fleet_id=holder.fleet_id)
        if fleet is None:
            raise ProblemError(problems.UNAUTHORIZED, "this key's fleet is gone")
        yield Visit(conn, holder, fleet)


async def visit(request: Request, token: Annotated[str, Depends(presented_token)]) -> AsyncIterator[Visit]:
    """Open the request's transaction in the key's fleet. Raises a 401 problem if the key is not valid."""
    async with _opened(request, token, writes=False) as opened:
        yield opened


async def writing_visit(request: Request, token: Annotated[str, Depends(presented_token)]) -> AsyncIterator[Visit]:
    """Open a transaction that may write. Raises a 401 problem if the key is not valid, 403 for a viewer's."""
    async with _opened(request, token, writes=True) as opened:
        if opened.holder.role == "viewer":
            raise ProblemError(problems.FORBIDDEN, "a viewer's key only reads")
        yield opened


# The transaction ends before the answer is sent: a slow phone must not hold a database connection.
FleetVisit = Annotated[Visit, Depends(visit, scope="function")]
WritingVisit = Annotated[Visit, Depends(writing_visit, scope="function")]


def not_a_driver(open_visit: FleetVisit) -> Visit:
    """Return the visit. Raises a 403 problem for a driver's key."""
    if open_visit.holder.role == "driver":
        raise ProblemError(problems.FORBIDDEN, "a driver's key cannot read statistics")
    return open_visit


ManagementVisit = Annotated[Visit, Depends(not_a_driver, scope="function")]


def manages(open_visit: WritingVisit) -> Visit:
    """Return the visit. Raises a 403 problem for any key but a manager's."""
    if open_visit.holder.role != "manager":
        raise ProblemError(problems.FORBIDDEN, "only a manager's key may change this")
    return open_visit


ManagerVisit = Annotated[Visit, Depends(manages, scope="function")]
