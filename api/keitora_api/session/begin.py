"""How a session begins: checking a password so that guessing does not pay, and handing out the token."""

from typing import Final

from anyio import CapacityLimiter
from anyio.to_thread import run_sync
from fastapi import Request, Response
from psycopg import AsyncConnection

from keitora.audit.model import Actor, Change
from keitora.audit.queries import add_audit_entry
from keitora.fleets.queries import enter_fleet
from keitora.people import passwords
from keitora.people.model import Account, SessionKind
from keitora.people.queries import find_account, set_password
from keitora.people.rules import LIFETIMES, counted_address
from keitora.people.sessions import begin_attempt, end_attempt, open_session
from keitora_api import problems
from keitora_api.auth import address_of, cookie_name, is_encrypted
from keitora_api.own_page import comes_from_own_page
from keitora_api.problems import ProblemError
from keitora_api.queries import allow_writing
from keitora_api.resources import resources_of

# A hash takes 46 MiB: a small box must not be asked for more than two at once.
_HASHING: Final = CapacityLimiter(2)


class WaitError(Exception):
    """Too many passwords were wrong; `wait_s` says for how long none is looked at."""

    def __init__(self, wait_s: float) -> None:
        super().__init__(f"too many attempts; try again in {wait_s:.0f} s")
        self.wait_s = wait_s


class RefusedError(Exception):
    """Login name and password do not go together."""

    def __init__(self, login_name: str) -> None:
        super().__init__(login_name)
        self.login_name = login_name


async def hash_password(password: str) -> str:
    """Return the hash of a password, without holding up other requests."""
    return await run_sync(passwords.hash_password, password, limiter=_HASHING)


async def is_password(password: str, password_hash: str | None) -> bool:
    """Tell whether a password is right, without holding up other requests."""
    return await run_sync(passwords.matches, password, password_hash, limiter=_HASHING)


async def check_login(request: Request, login_name: str, password: str) -> tuple[Account, int]:
    """Return the account, and the number of the attempt. Raises WaitError, or RefusedError if the password is wrong.

    It takes as long, and says the same, whether or not there is such an account.
    """
    pool = resources_of(request).pool
    async with pool.connection() as conn:
        await allow_writing(conn)
        address = counted_address(request.client.host if request.client else None)
        attempt_id, wait_s = await begin_attempt(conn, login_name=login_name, address=address)
    if attempt_id is None:
        raise WaitError(wait_s)
    async with pool.connection() as conn:
        account = await find_account(conn, login_name=login_name.strip().lower())
    is_right = await is_password(password, account.password_hash if account else None)
    if account is None or not is_right:
        raise RefusedError(login_name)
    return account, attempt_id


async def note_refusal(request: Request, login_name: str) -> None:
    """Write down, for the managers of the account's fleet, that somebody failed to sign in."""
    async with resources_of(request).pool.connection() as conn:
        await allow_writing(conn)
        account = await find_account(conn, login_name=login_name.strip().lower())
        if account is None:
            return
        await enter_fleet(conn, fleet_id=account.fleet_id)
        by = Actor(f"somebody, as {account.login_name}", address=address_of(request))
        change = Change("sign-in refused", f"person {account.person_id}")
        await add_audit_entry(conn, fleet_id=account.fleet_id, by=by, change=change)


async def let_in(request: Request, account: Account, attempt_id: int, password: str, begin: "Beginning") -> str:
    """Begin the session of who has said the right password; return its token."""
    renewed = None
    if account.password_hash is not None and passwords.is_outdated(account.password_hash):
        renewed = await hash_password(password)
    async with resources_of(request).pool.connection() as conn:
        await allow_writing(conn)
        await enter_fleet(conn, fleet_id=account.fleet_id)
        await end_attempt(conn, attempt_id=attempt_id)
        if renewed is not None:
            await set_password(conn, fleet_id=account.fleet_id, person_id=account.person_id, password_hash=renewed)
        return await begin.session(conn, account)


class Beginning:
    """The wish for a session: of which kind, on which device."""

    def __init__(self, request: Request, kind: SessionKind, device_name: str | None) -> None:
        """Raise a 403 problem if another site's page asks for a cookie."""
        if kind == "cookie" and not comes_from_own_page(request.method, request.headers):
            raise ProblemError(problems.FORBIDDEN, "cookies are for pages of this service; programs ask for `bearer`")
        self._request = request
        self.kind: SessionKind = kind
        self._device_name = device_name or device_of(request.headers.get("user-agent", ""))

    async def session(self, conn: AsyncConnection, account: Account) -> str:
        """Begin it in the fleet that was entered, and log that; return the token."""
        address = address_of(self._request)
        token = await open_session(
            conn,
            fleet_id=account.fleet_id,
            person_id=account.person_id,
            kind=self.kind,
            device_name=self._device_name,
            address=address,
        )
        by = Actor(f"{account.login_name}, person {account.person_id}", account.person_id, address=address)
        change = Change("signed in", f"person {account.person_id}", after={"device_name": self._device_name})
        await add_audit_entry(conn, fleet_id=account.fleet_id, by=by, change=change)
        return token

    def give(self, response: Response, token: str) -> str | None:
        """Put the token into the cookie; or return it, for a program."""
        if self.kind == "bearer":
            return token
        response.set_cookie(
            cookie_name(self._request),
            token,
            max_age=int(LIFETIMES["cookie"].whole.total_seconds()),
            path="/",
            secure=is_encrypted(self._request),
            httponly=True,
            samesite="strict",
        )
        return None


_BROWSERS: Final = (("Edg/", "Edge"), ("Firefox/", "Firefox"), ("Chrome/", "Chrome"), ("Safari/", "Safari"))
_SYSTEMS: Final = (
    *(("iPhone", "iPhone"), ("iPad", "iPad"), ("Android", "Android"), ("Windows", "Windows")),
    *(("Macintosh", "Mac"), ("Linux", "Linux")),
)


def device_of(user_agent: str) -> str:
    """Return what a browser calls itself in two words; its first word if it is not known. Shown, never trusted."""
    browser = next((name for mark, name in _BROWSERS if mark in user_agent), None)
    system = next((name for mark, name in _SYSTEMS if mark in user_agent), None)
    if browser is None:
        return (user_agent.split() or ["?"])[0][:120]
    return f"{browser} · {system}" if system else browser
