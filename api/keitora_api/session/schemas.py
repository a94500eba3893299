"""What is said and told of signing in."""

from typing import Annotated, Final, Literal, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, SecretStr
from pydantic.config import JsonDict

from keitora.people.model import Session
from keitora_api.schemas import Schema, UtcTime
from keitora_api.unkeepable import why_not


def _whole(secret: SecretStr) -> SecretStr:
    if (detail := why_not(secret.get_secret_value())) is not None:
        raise ValueError(detail)
    return secret


# Longer ones are refused by the rules for passwords, which say so in words.
Secret = Annotated[SecretStr, Field(min_length=1, max_length=1000), AfterValidator(_whole)]
Kind = Literal["cookie", "bearer"]

_ME: Final[JsonDict] = {
    "role": "manager",
    "person_id": 3,
    "name": "青木 健一",
    "login_name": "ken@example.org",
    "driver_id": None,
    "fleet": {"id": 1, "name": "青木農園"},
}


class Entry(BaseModel):
    """A part of a request: what is not known is refused, so that a mistyped name is noticed."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class LoginEntry(Entry):
    """A login."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"login_name": "ken@example.org", "password": "rain on the tin roof"}]}
    )

    login_name: str = Field(max_length=200, description="The login name, in capitals or not")
    password: Secret = Field(description="The password")
    kind: Kind = Field(
        default="cookie", description="`cookie`: for pages of this service. `bearer`: the token is returned"
    )
    device_name: str | None = Field(
        default=None, max_length=120, description="What the list of sessions calls it; the browser's name if not said"
    )


class PasswordEntry(Entry):
    """Another password for oneself."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"password": "rain on the tin roof", "new_password": "snow on the tin roof"}]}
    )

    password: Secret = Field(description="The present password")
    new_password: Secret = Field(description="The new one: 12 characters at least")


class FleetRef(Schema):
    """Which fleet."""

    id: int = Field(description="The fleet's number")
    name: str = Field(description="Its name")


class MeAnswer(Schema):
    """Who asks."""

    model_config = ConfigDict(json_schema_extra={"examples": [_ME]})

    role: str = Field(description="`manager`, `driver`, or `viewer` for a key that only reads")
    person_id: int | None = Field(description="The person's number; null for a key")
    name: str = Field(description="The person's name; for a key `key` and its number")
    login_name: str | None = Field(description="The login name; null for a key")
    driver_id: int | None = Field(description="Whose trips are one's own: the driver's number, if there is one")
    fleet: FleetRef = Field(description="The fleet")


class SessionBegun(Schema):
    """A session that has begun."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"token": None, "person_id": 3, "fleet_id": 1}]})

    token: str | None = Field(description="The session's token, for `kind` bearer; shown only now")
    person_id: int = Field(description="Who has signed in")
    fleet_id: int = Field(description="Into which fleet")


_SESSION: Final[JsonDict] = {
    "id": 12,
    "is_this": True,
    "person_id": 3,
    "person_name": "青木 健一",
    "kind": "cookie",
    "device_name": "Firefox · Android",
    "address": "192.168.1.20",
    "began_at": "2026-11-20T21:03:00Z",
    "seen_at": "2026-11-22T02:55:00Z",
    "expires_at": "2027-02-18T21:03:00Z",
}


class SessionAnswer(Schema):
    """A session that is open."""

    id: int = Field(description="Its number")
    is_this: bool = Field(description="Whether it is the one that asks")
    person_id: int = Field(description="Whose it is")
    person_name: str = Field(description="That person's name")
    kind: Kind = Field(description="`cookie`: a browser. `bearer`: a program")
    device_name: str = Field(description="On which device")
    address: str | None = Field(description="From where it began")
    began_at: UtcTime
    seen_at: UtcTime = Field(description="When it was last used, to about five minutes")
    expires_at: UtcTime = Field(description="When it ends at the latest")

    @classmethod
    def of(cls, one: Session, *, this: int | None) -> Self:
        """Return what is told of a session."""
        return cls(
            id=one.session_id,
            is_this=one.session_id == this,
            person_id=one.person_id,
            person_name=one.person_name,
            kind=one.kind,
            device_name=one.device_name,
            address=None if one.address is None else str(one.address),
            began_at=one.began_at,
            seen_at=one.seen_at,
            expires_at=one.expires_at,
        )


class SessionList(Schema):
    """Open sessions, the last used first."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"items": [_SESSION], "next_cursor": None}]})

    items: list[SessionAnswer] = Field(description="The last used first")
    next_cursor: str | None = Field(description="Always null: the list is whole")
