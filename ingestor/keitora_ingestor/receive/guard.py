"""Who sends: a device's credential, checked, remembered briefly, and slowed down where it is wrong."""

import asyncio
import base64
import binascii
import hmac
import secrets
from collections import OrderedDict
from dataclasses import dataclass
from time import monotonic
from typing import Any, Final

import psycopg
from psycopg import AsyncConnection
from psycopg_pool import AsyncConnectionPool, PoolTimeout

from keitora.access.passwords import NOBODYS_HASH, matches
from keitora.errors import KeitoraError
from keitora_ingestor.receive.queries import Credential, find_credential, find_device_credential
from keitora_ingestor.receive.throttle import Allowance, Throttle

REMEMBERED: Final = 10_000
EACH: Final = Allowance(burst_count=10, every_s=10)
"""Wrong passwords of one username from one address. Not of a username alone: a stranger could lock a truck out."""
ADDRESS: Final = Allowance(burst_count=60, every_s=1)
"""Wrong credentials from one address, whatever the username."""

Pool = AsyncConnectionPool[AsyncConnection[Any]]


@dataclass(frozen=True, slots=True)
class Login:
    """What a sender shows: a username (or, where it can send none, its device) and a password."""

    username: str
    secret: str
    source: str | None = None
    """Set where `username` is the device's key of this source."""


@dataclass(frozen=True, slots=True)
class Sender:
    """A device whose credential was right."""

    username: str
    source: str
    device_key: str


class NotLetInError(KeitoraError):
    """No credential, or a wrong one."""


class TooManyTriesError(KeitoraError):
    """Wrong too often; `wait_s` says when to try again."""

    def __init__(self, wait_s: float) -> None:
        super().__init__("too many wrong credentials; try again later")
        self.wait_s = wait_s


class AwayError(KeitoraError):
    """The database cannot be asked now."""


def basic_login(header: str | None) -> Login | None:
    """Return the login of an `Authorization: Basic` header, or None where there is none or it cannot be read."""
    scheme, _, encoded = (header or "").partition(" ")
    if scheme.lower() != "basic":
        return None
    try:
        username, colon, secret = base64.b64decode(encoded.strip(), validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        return None
    return Login(username, secret) if colon else None


class Guard:
    """Lets devices in. A credential that was right is known by a keyed digest for a while, so it costs nothing then."""

    def __init__(self, pool: Pool, *, remember_s: float) -> None:
        self._pool = pool
        self._remember_s = remember_s
        self._salt = secrets.token_bytes(32)
        self._known: OrderedDict[bytes, tuple[Sender, float]] = OrderedDict()
        self._each = Throttle(EACH)
        self._address = Throttle(ADDRESS)

    async def check(self, login: Login | None, address: str) -> Sender:
        """Return whose login it is. Raises NotLetInError, TooManyTriesError, or AwayError."""
        if login is not None and (sender := self._remembered(login)) is not None:
            return sender
        now_s = monotonic()
        pair = "" if login is None else f"{address} {login.source} {login.username}"
        if wait_s := max(self._each.wait_s(pair, now_s), self._address.wait_s(address, now_s)):
            raise TooManyTriesError(wait_s)
        self._address.failed(address, now_s)
        if login is None:
            raise NotLetInError("a username and a password are needed")
        # Counted first and forgiven after: a hundred tries at once are a hundred tries.
        self._each.failed(pair, now_s)
        try:
            found = await self._find(login)
        except AwayError:
            self._forgive(pair, address)
            raise
        stored = NOBODYS_HASH if found is None else found.password_hash
        if not await asyncio.to_thread(matches, login.secret, stored) or found is None:
            raise NotLetInError("the username or the password is wrong")
        self._forgive(pair, address)
        return self._remember(login, Sender(found.username, found.source, found.device_key))

    def _forgive(self, pair: str, address: str) -> None:
        self._each.forgive(pair)
        self._address.forgive(address)

    async def _find(self, login: Login) -> Credential | None:
        if "\x00" in login.username:
            return None
        try:
            async with self._pool.connection() as conn:
                if login.source is None:
                    return await find_credential(conn, username=login.username)
                return await find_device_credential(conn, source=login.source, device_key=login.username)
        except (psycopg.OperationalError, PoolTimeout) as error:
            raise AwayError("the database is away") from error

    def _digest(self, login: Login) -> bytes:
        parts = (login.source or "", login.username, login.secret)
        said = b"".join(len(raw).to_bytes(4, "big") + raw for raw in (part.encode(errors="replace") for part in parts))
        return hmac.digest(self._salt, said, "sha256")

    def _remembered(self, login: Login) -> Sender | None:
        known = self._known.get(self._digest(login))
        return known[0] if known is not None and monotonic() < known[1] else None

    def _remember(self, login: Login, sender: Sender) -> Sender:
        self._known[self._digest(login)] = (sender, monotonic() + self._remember_s)
        while len(self._known) > REMEMBERED:
            self._known.popitem(last=False)
        return sender
