"""What is known of a fleet and its keys."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal, get_args

Role = Literal["manager", "driver", "viewer"]
ROLES: Final[tuple[Role, ...]] = get_args(Role)


@dataclass(frozen=True, slots=True)
class Fleet:
    """A business or farm: the tenant. Its IANA time zone decides where its days begin and end."""

    fleet_id: int
    name: str
    time_zone: str
    currency: str
    locale: str
    units: str = "km-per-l"


@dataclass(frozen=True, slots=True)
class FleetRules:
    """What a fleet has set of the rules its trips are made by.

    `trip_end_s`: a trip ends before so long without movement or data. `idling_s`: from so long on, the engine running
    while the truck stands is told as idling.
    """

    trip_end_s: int
    idling_s: int


@dataclass(frozen=True, slots=True)
class Key:
    """A bearer key as it can be shown again: everything but the token, of which only a hash is kept."""

    api_key_id: int
    fleet_name: str
    name: str
    role: Role
    driver_name: str | None
    created_at: datetime
    expires_at: datetime | None
    revoked_at: datetime | None


@dataclass(frozen=True, slots=True)
class KeyHolder:
    """Whom a presented key belongs to, and his fleet."""

    api_key_id: int
    role: Role
    driver_id: int | None
    fleet: Fleet
