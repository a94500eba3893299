"""How long links and sessions last, how often a password may be tried, what a login name looks like. Pure."""

import hashlib
import ipaddress
import re
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from keitora.errors import KeitoraError
from keitora.fleets.tokens import new_token
from keitora.people.model import Address, SessionKind

INVITATION_LASTS: Final = timedelta(days=7)
RESET_LASTS: Final = timedelta(days=1)
OPEN_LASTS: Final = timedelta(days=1)

SESSION_PREFIX: Final = "ks_"
INVITATION_PREFIX: Final = "ki_"

_LOGIN_NAME: Final = re.compile(r"[^\s\x00-\x1f\x7f]{3,100}")
_IPV6_HOUSEHOLD: Final = 64


@dataclass(frozen=True, slots=True)
class AttemptLimits:
    """How many passwords may be wrong within a time before the next one has to wait.

    Few for one account from one address; more for an account from everywhere, as else anybody could keep its owner
    out; and for one address, which may be a whole office.
    """

    within: timedelta = timedelta(minutes=15)
    of_both: int = 5
    of_login: int = 25
    of_address: int = 50


ATTEMPT_LIMITS: Final = AttemptLimits()


@dataclass(frozen=True, slots=True)
class Lifetime:
    """A session ends after `idle` without a request, and after `whole` whatever happens."""

    idle: timedelta
    whole: timedelta


LIFETIMES: Final[dict[SessionKind, Lifetime]] = {
    # A driver's phone is opened every working day, and not in the New Year's week.
    "cookie": Lifetime(idle=timedelta(days=14), whole=timedelta(days=90)),
    "bearer": Lifetime(idle=timedelta(days=1), whole=timedelta(days=30)),
}


def new_session_token() -> str:
    """Return a fresh token of a session."""
    return new_token(SESSION_PREFIX)


def new_invitation_token() -> str:
    """Return a fresh token of a one-time link."""
    return new_token(INVITATION_PREFIX)


def link_path(token: str) -> str:
    """Return the path of a one-time link. The token stands behind #, so that no log of a server or proxy has it."""
    return f"/join#token={token}"


def login_name_of(said: str) -> str:
    """Return a login name as it is stored: without spaces around it, in small letters.

    Raises KeitoraError for what is none.
    """
    name = said.strip().lower()
    if not _LOGIN_NAME.fullmatch(name):
        raise KeitoraError("a login name has 3 to 100 characters without spaces; an e-mail address is fine")
    return name


def login_sha256(said: str) -> bytes:
    """Return what attempts on a login name are counted by, whatever was typed."""
    return hashlib.sha256(said.strip().lower().encode(errors="surrogatepass")).digest()


def counted_address(said: str | None) -> Address:
    """Return the address attempts are counted by: of IPv6 the network, as one household has 2⁶⁴ addresses.

    What is no address (a Unix socket) counts as 0.0.0.0.
    """
    try:
        address = ipaddress.ip_address((said or "").partition("%")[0])
    except ValueError:
        return ipaddress.IPv4Address(0)
    if isinstance(address, ipaddress.IPv4Address):
        return address
    if address.ipv4_mapped:
        return address.ipv4_mapped
    return ipaddress.ip_network((address, _IPV6_HOUSEHOLD), strict=False).network_address
