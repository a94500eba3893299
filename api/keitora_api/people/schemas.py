"""What is said and told of people and one-time links."""

from typing import Final, Literal, Self

from pydantic import ConfigDict, Field
from pydantic.config import JsonDict

from keitora.people.model import Invitation, Person, SentInvitation
from keitora_api.entered import VISIBLE
from keitora_api.schemas import Schema, UtcTime
from keitora_api.session.schemas import Entry, Kind, Secret

Role = Literal["manager", "driver"]

_PERSON: Final[JsonDict] = {
    "id": 3,
    "name": "青木 健一",
    "login_name": "ken@example.org",
    "role": "manager",
    "driver_id": None,
    "created_at": "2026-04-01T00:00:00Z",
    "disabled_at": None,
    "seen_at": "2026-11-22T02:55:00Z",
}


class PersonAnswer(Schema):
    """Somebody with an account."""

    model_config = ConfigDict(json_schema_extra={"examples": [_PERSON]})

    id: int = Field(description="The person's number")
    name: str = Field(description="The person's name")
    login_name: str = Field(description="What is typed to sign in")
    role: Role = Field(description="`manager`: everything of the fleet. `driver`: own trips, the trucks, own fill-ups")
    driver_id: int | None = Field(description="As which driver this person drives")
    created_at: UtcTime
    disabled_at: UtcTime | None = Field(description="Since when the account is closed")
    seen_at: UtcTime | None = Field(description="When this person was last here")

    @classmethod
    def of(cls, one: Person) -> Self:
        """Return what is told of a person."""
        return cls(
            id=one.person_id,
            name=one.name,
            login_name=one.login_name,
            role=one.role,
            driver_id=one.driver_id,
            created_at=one.created_at,
            disabled_at=one.disabled_at,
            seen_at=one.seen_at,
        )


class PersonList(Schema):
    """Everybody with an account."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"items": [_PERSON], "next_cursor": None}]})

    items: list[PersonAnswer] = Field(description="By name, closed accounts included")
    next_cursor: str | None = Field(description="Always null: the list is whole")


class PersonChange(Entry):
    """What to change of a person; what is not said stays."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"is_disabled": True}]})

    role: Role | None = Field(default=None, description="Another role")
    is_disabled: bool | None = Field(default=None, description="Close the account, which ends its sessions; or reopen")


class InvitationEntry(Entry):
    """Whom to let in."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"name": "青木 ゆき", "role": "driver"}]})

    name: str = Field(min_length=1, max_length=100, pattern=VISIBLE, description="The person's name")
    role: Role = Field(description="What the person may do")


class LinkAnswer(Schema):
    """A one-time link. Whoever has it may use it once, so it goes to that person only."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "id": 5,
                    "link": "https://trucks.example.org/join#token=ki_…",
                    "qr_svg": "data:image/svg+xml;utf8,…",
                    "lasts_h": 168,
                }
            ]
        }
    )

    id: int = Field(description="Its number, to withdraw it by")
    link: str = Field(description="To be opened once; it cannot be shown again")
    qr_svg: str = Field(description="The same as a QR code: an image as a `data:` address")
    lasts_h: int = Field(description="For how long it is good (h)")


_SENT: Final[JsonDict] = {
    "id": 5,
    "purpose": "join",
    "name": "青木 ゆき",
    "role": "driver",
    "made_by": "ken@example.org, person 3",
    "made_at": "2026-11-22T02:55:00Z",
    "expires_at": "2026-11-29T02:55:00Z",
}


class SentAnswer(Schema):
    """A one-time link that is still good."""

    id: int = Field(description="Its number")
    purpose: Literal["join", "reset", "open"] = Field(
        description="`join`: makes an account. `reset`: sets a new password. `open`: comes in without one"
    )
    name: str = Field(description="Whose it is")
    role: Role = Field(description="What that person may do")
    made_by: str = Field(description="Who has made it")
    made_at: UtcTime
    expires_at: UtcTime

    @classmethod
    def of(cls, one: SentInvitation) -> Self:
        """Return what is told of a link."""
        return cls(
            id=one.invitation_id,
            purpose=one.purpose,
            name=one.name,
            role=one.role,
            made_by=one.made_by,
            made_at=one.made_at,
            expires_at=one.expires_at,
        )


class SentList(Schema):
    """One-time links that are still good."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"items": [_SENT], "next_cursor": None}]})

    items: list[SentAnswer] = Field(description="Oldest first")
    next_cursor: str | None = Field(description="Always null: the list is whole")


class LookEntry(Entry):
    """The token of a one-time link."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"token": "ki_…"}]})

    token: str = Field(max_length=200, description="What stands behind `#token=`")


class InvitationAnswer(Schema):
    """What a one-time link is for."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "purpose": "join",
                    "fleet_name": "青木農園",
                    "name": "青木 ゆき",
                    "role": "driver",
                    "login_name": None,
                    "expires_at": "2026-11-29T02:55:00Z",
                }
            ]
        }
    )

    purpose: Literal["join", "reset", "open"] = Field(
        description="`join`: makes an account. `reset`: sets a new password. `open`: comes in without one"
    )
    fleet_name: str = Field(description="Into which fleet")
    name: str = Field(description="Whom it is for")
    role: Role = Field(description="What that person may do")
    login_name: str | None = Field(description="Of the person, for `reset` and `open`")
    expires_at: UtcTime

    @classmethod
    def of(cls, one: Invitation) -> Self:
        """Return what is told of a link to who has it."""
        return cls(
            purpose=one.purpose,
            fleet_name=one.fleet_name,
            name=one.name,
            role=one.role,
            login_name=one.login_name,
            expires_at=one.expires_at,
        )


class AcceptEntry(Entry):
    """The use of a one-time link."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"token": "ki_…", "login_name": "yuki@example.org", "password": "rain on the tin roof"}]
        }
    )

    token: str = Field(max_length=200, description="What stands behind `#token=`")
    name: str | None = Field(
        default=None, min_length=1, max_length=100, pattern=VISIBLE, description="One's name, if another than it says"
    )
    login_name: str | None = Field(default=None, max_length=200, description="To sign in by (`join` only)")
    password: Secret | None = Field(default=None, description="12 characters at least (`join` and `reset`)")
    kind: Kind = Field(default="cookie", description="How the session is kept that begins now, as for signing in")
    device_name: str | None = Field(default=None, max_length=120, description="What the list of sessions calls it")
