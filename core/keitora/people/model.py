"""What is known of people who sign in. Passwords and tokens are never part of it."""

from dataclasses import dataclass
from datetime import datetime
from ipaddress import IPv4Address, IPv6Address
from typing import Literal

from keitora.fleets.model import Fleet

PersonRole = Literal["manager", "driver"]
Purpose = Literal["join", "reset", "open"]
SessionKind = Literal["cookie", "bearer"]
Address = IPv4Address | IPv6Address


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody with an account. `driver_id` is whose trips are this person's own; a driver always has one."""

    person_id: int
    name: str
    login_name: str
    role: PersonRole
    driver_id: int | None
    created_at: datetime
    disabled_at: datetime | None
    seen_at: datetime | None


@dataclass(frozen=True, slots=True)
class Account:
    """What a login is checked against. Without a hash no password is right."""

    person_id: int
    fleet_id: int
    name: str
    login_name: str
    password_hash: str | None


@dataclass(frozen=True, slots=True)
class Invitation:
    """A one-time link that is still good.

    `join`: whoever opens it makes an account. `reset`: the person of `login_name` sets a new password. `open`: comes
    in as that person without one.
    """

    invitation_id: int
    fleet_id: int
    fleet_name: str
    purpose: Purpose
    name: str
    role: PersonRole
    driver_id: int | None
    person_id: int | None
    login_name: str | None
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class SentInvitation:
    """A one-time link as the list shows it; the link itself cannot be shown again."""

    invitation_id: int
    purpose: Purpose
    name: str
    role: PersonRole
    made_by: str
    made_at: datetime
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class SessionHolder:
    """Whom a session's token belongs to, and his fleet. `is_stale`: that it is in use should be noted again."""

    session_id: int
    person_id: int
    login_name: str
    role: PersonRole
    driver_id: int | None
    is_stale: bool
    fleet: Fleet


@dataclass(frozen=True, slots=True)
class Session:
    """A session as the list shows it."""

    session_id: int
    person_id: int
    person_name: str
    kind: SessionKind
    device_name: str
    address: Address | None
    began_at: datetime
    seen_at: datetime
    expires_at: datetime
