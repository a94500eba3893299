"""Who asks: a person by a session, a program by a key. What they may do stands in `rights`.

A session's token comes in a cookie from our pages, or as a bearer from programs; a key always as a bearer or in
`X-API-Key`. Every change is written to the log of changes in the transaction that makes it.
"""

import json
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from ipaddress import IPv4Address, IPv6Address, ip_address
from typing import Annotated, Any, Final

from fastapi import Depends, Request
from psycopg import AsyncConnection

from keitora.audit.model import Actor, Change
from keitora.audit.queries import add_audit_entry
from keitora.episodes.model import OF_THE_TRUCK, Kind
from keitora.fleets.model import Fleet, Role
from keitora.fleets.queries import enter_fleet, open_with_key
from keitora.people.rules import SESSION_PREFIX
from keitora.people.sessions import open_with_session, touch_session
from keitora_api import problems
from keitora_api.idempotency.once import take_key
from keitora_api.own_page import comes_from_own_page
from keitora_api.problems import ProblemError
from keitora_api.queries import allow_writing
from keitora_api.resources import resources_of
from keitora_api.rights import may
from keitora_api.visiting import endings_of

_NOBODYS: Final = 0
_SECRET_FIELDS: Final = frozenset({"password", "new_password", "token", "key", "secret"})


@dataclass(frozen=True, slots=True)
class Holder:
    """Who asks: a person (`person_id`, `session_id`) or a key (`api_key_id`), in which role, for which fleet."""

    fleet_id: int
    role: Role
    driver_id: int | None
    name: str
    api_key_id: int | None = None
    person_id: int | None = None
    session_id: int | None = None


@dataclass(slots=True)
class Told:
    """What a route says of the change it makes, for the log; by default the body of the request."""

    object: str | None = None
    before: Any = None
    after: Any = None
    is_told: bool = False

    def tell(self, *, object: str | None = None, before: Any = None, after: Any = None) -> None:  # noqa: A002 -- its name in the log
        """Say what is changed, from what, to what. Secrets must not be part of it."""
        self.object, self.before, self.after, self.is_told = object, before, after, True


@dataclass(frozen=True, slots=True)
class Visit:
    """One authenticated request: its connection, on which only the holder's fleet can be seen.

    A transaction lasts as long as a visit that writes. One that reads has none: each statement is one.
    """

    conn: AsyncConnection
    holder: Holder
    fleet: Fleet
    change: Told = field(default_factory=Told)
    idempotency_key: str | None = None

    @property
    def author(self) -> str:
        """Return what an entry made now is signed with. It stays the same for the same person or key."""
        if self.holder.person_id is not None:
            return f"{self.holder.name}, person {self.holder.person_id}"
        return f"{self.holder.role}, key {self.holder.api_key_id}"

    def sees_trip_of(self, driver_id: int | None) -> bool:
        """Tell whether a trip of this driver (None: nobody has claimed it) is shown to who asks."""
        return self.holder.role != "driver" or driver_id in {None, self.holder.driver_id}

    def shown_drivers(self, asked: frozenset[int] | None) -> frozenset[int] | None:
        """Return the drivers whose trips are listed (0: nobody named), of those asked for; None is all."""
        if self.holder.role != "driver":
            return asked
        own = frozenset({_NOBODYS, self.holder.driver_id or _NOBODYS})
        return own if asked is None else own & asked

    def shown_kinds(self, asked: Sequence[Kind] | None) -> Sequence[Kind] | None:
        """Return the kinds of episodes that are shown, of those asked for (None is all): to a driver, of the truck."""
        if self.holder.role != "driver":
            return asked
        return sorted(OF_THE_TRUCK if asked is None else OF_THE_TRUCK.intersection(asked))

    @property
    def shown_author(self) -> str | None:
        """Return whose entries are shown; None is everybody's: a driver sees what he has typed himself."""
        return self.author if self.holder.role == "driver" else None


@dataclass(frozen=True, slots=True)
class Presented:
    """The token that came with a request."""

    token: str
    is_cookie: bool = False


def cookie_name(request: Request) -> str:
    """Return the name of our cookie. Behind TLS browsers guard it (`__Host-`); else it is told apart by port."""
    return "__Host-keitora" if is_encrypted(request) else f"keitora-{request.url.port or 80}"


def is_encrypted(request: Request) -> bool:
    """Tell whether people reach the pages by https: from the request, its proxy, or the settings."""
    public = resources_of(request).settings.public_url
    return request.url.scheme == "https" or (public is not None and public.startswith("https:"))


def address_of(request: Request) -> IPv4Address | IPv6Address | None:
    """Return where a request came from, or None if that is no address."""
    try:
        return ip_address(request.client.host) if request.client else None
    except ValueError:
        return None


def presented_token(request: Request) -> Presented:
    """Return the token that came with the request; one that is sent on purpose goes before a cookie.

    Raises a 401 problem if none did, 403 for a cookie that another site's page has sent along.
    """
    scheme, _, bearer = request.headers.get("Authorization", "").partition(" ")
    token = bearer.strip() if scheme.lower() == "bearer" else ""
    token = token or request.headers.get("X-API-Key", "")
    if token:
        return Presented(token)
    cookie = request.cookies.get(cookie_name(request))
    if not cookie:
        raise ProblemError(problems.UNAUTHORIZED, "no key came with the request, and nobody is signed in")
    if not comes_from_own_page(request.method, request.headers):
        raise ProblemError(problems.FORBIDDEN, "a cookie counts only for requests of this service's own pages")
    return Presented(cookie, is_cookie=True)


async def _holder(conn: AsyncConnection, presented: Presented, *, writes: bool) -> tuple[Holder, Fleet] | None:
    """Let the connection see the fleet of who presents a token, and return both; None, and no fleet, of nobody."""
    if not presented.token.startswith(SESSION_PREFIX):
        key = None if presented.is_cookie else await open_with_key(conn, token=presented.token, for_transaction=writes)
        if key is None:
            return None
        name = f"key {key.api_key_id}"
        return Holder(key.fleet.fleet_id, key.role, key.driver_id, name, api_key_id=key.api_key_id), key.fleet
    found = await open_with_session(conn, token=presented.token, for_transaction=writes)
    if found is None:
        return None
    fleet_id = found.fleet.fleet_id
    if found.is_stale:
        await _note_use(conn, fleet_id=fleet_id, session_id=found.session_id, writes=writes)
    holder = Holder(
        fleet_id,
        found.role,
        found.driver_id,
        found.login_name,
        person_id=found.person_id,
        session_id=found.session_id,
    )
    return holder, found.fleet


async def _note_use(conn: AsyncConnection, *, fleet_id: int, session_id: int, writes: bool) -> None:
    # In a transaction of its own: most requests only read, and what fails later was a use all the same.
    await conn.rollback()
    async with conn.transaction():
        await allow_writing(conn)
        await enter_fleet(conn, fleet_id=fleet_id)
        await touch_session(conn, fleet_id=fleet_id, session_id=session_id)
    if writes:
        await allow_writing(conn)
        await enter_fleet(conn, fleet_id=fleet_id)


@asynccontextmanager
async def _opened(request: Request, presented: Presented, *, writes: bool) -> AsyncIterator[Visit]:
    pool = resources_of(request).pool
    async with pool.connection() if writes else pool.entering() as conn:
        if writes:
            await allow_writing(conn)
        found = await _holder(conn, presented, writes=writes)
        if found is None:
            what = "session has ended" if presented.token.startswith(SESSION_PREFIX) else "key is unknown"
            raise ProblemError(problems.UNAUTHORIZED, f"this {what}, expired or revoked")
        holder, fleet = found
        route: str = request.scope["route"].path
        if not may(holder.role, request.method, route):
            raise ProblemError(problems.FORBIDDEN, f"not for the role {holder.role}")
        visit = Visit(conn, holder, fleet)
        if writes:
            key = await take_key(
                request, conn, route=route, fleet_id=fleet.fleet_id, author=visit.author, token=presented.token
            )
            visit = replace(visit, idempotency_key=key)
        yield visit
        if writes:
            await _log(request, visit, route)


async def _log(request: Request, visit: Visit, route: str) -> None:
    told = visit.change
    change = Change(
        action=f"{request.method} {route}",
        object=told.object or request.url.path,
        before=told.before,
        after=told.after if told.is_told else await _body(request),
    )
    await add_audit_entry(visit.conn, fleet_id=visit.fleet.fleet_id, by=actor(request, visit), change=change)


def actor(request: Request, visit: Visit) -> Actor:
    """Return who asks, as the log of changes names them."""
    holder = visit.holder
    return Actor(visit.author, holder.person_id, holder.api_key_id, address_of(request))


async def _body(request: Request) -> Any:
    try:
        said = json.loads(await request.body() or b"null")
    except ValueError:
        return None
    if not isinstance(said, dict):
        return said
    return {name: value for name, value in said.items() if name not in _SECRET_FIELDS}


# Coroutines, as every dependency: a function would be sent to a thread. The route ends what they begin (`endings_of`).
async def visit(request: Request) -> Visit:
    """Enter the holder's fleet, to read. Raises a 401 or 403 problem."""
    return await endings_of(request).enter_async_context(_opened(request, presented_token(request), writes=False))


async def writing_visit(request: Request) -> Visit:
    """Open a transaction that may write, and log what it changes. Raises a 401 or 403 problem."""
    return await endings_of(request).enter_async_context(_opened(request, presented_token(request), writes=True))


FleetVisit = Annotated[Visit, Depends(visit)]
WritingVisit = Annotated[Visit, Depends(writing_visit)]
# Kept apart for the reader of a route; who may come in is told by the table alone.
ManagementVisit = FleetVisit
ManagerVisit = WritingVisit
