"""What is known of those who may connect to the broker."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

INGESTOR: Final = "ingestor"
"""The broker's user that reads what all devices send; no device may be called so."""


@dataclass(frozen=True, slots=True)
class Rights:
    """What a user of the broker may publish to and hear, as topic filters."""

    write: tuple[str, ...] = ()
    read: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Account:
    """A user of the broker as the database keeps it: never the password. `device_key` is None for a gateway."""

    username: str
    password_hash: str
    source: str
    device_key: str | None


@dataclass(frozen=True, slots=True)
class Credential:
    """A device's credential, revoked or not."""

    device_id: int
    username: str
    password_hash: str
    created_at: datetime
    revoked_at: datetime | None


@dataclass(frozen=True, slots=True)
class Login:
    """A user name and its password, at the one moment when both are known."""

    username: str
    password: str
