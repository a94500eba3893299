"""What is said and told of keys."""

from typing import Final, Literal, Self

from pydantic import ConfigDict, Field
from pydantic.config import JsonDict

from keitora.fleets.model import Key
from keitora_api.entered import VISIBLE
from keitora_api.schemas import Schema, UtcTime
from keitora_api.session.schemas import Entry

Role = Literal["manager", "driver", "viewer"]

_KEY: Final[JsonDict] = {
    "id": 4,
    "name": "Grafana",
    "role": "viewer",
    "driver_name": None,
    "created_at": "2026-04-01T00:00:00Z",
    "expires_at": None,
    "revoked_at": None,
}


class KeyEntry(Entry):
    """A key to make."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"name": "Grafana", "role": "viewer"}]})

    name: str = Field(min_length=1, max_length=100, pattern=VISIBLE, description="What it is for")
    role: Role = Field(description="`viewer`: reads everything, changes nothing")
    driver_name: str | None = Field(
        default=None,
        min_length=1,
        max_length=100,
        pattern=VISIBLE,
        description="Whose key (role `driver`, and only it)",
    )


class KeyMade(Schema):
    """A key that was made."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"id": 4, "key": "kt_…"}]})

    id: int = Field(description="Its number, to revoke it by")
    key: str = Field(description="The key; it is shown only now")


class KeyAnswer(Schema):
    """A key, without the key."""

    id: int = Field(description="Its number")
    name: str = Field(description="What it is for")
    role: Role = Field(description="What it may do")
    driver_name: str | None = Field(description="Whose it is (role `driver`)")
    created_at: UtcTime
    expires_at: UtcTime | None = Field(description="Until when it works; null is without end")
    revoked_at: UtcTime | None = Field(description="Since when it works no longer")

    @classmethod
    def of(cls, one: Key) -> Self:
        """Return what is told of a key."""
        return cls(
            id=one.api_key_id,
            name=one.name,
            role=one.role,
            driver_name=one.driver_name,
            created_at=one.created_at,
            expires_at=one.expires_at,
            revoked_at=one.revoked_at,
        )


class KeyList(Schema):
    """The fleet's keys."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"items": [_KEY], "next_cursor": None}]})

    items: list[KeyAnswer] = Field(description="Oldest first, revoked ones included")
    next_cursor: str | None = Field(description="Always null: the list is whole")
