"""What is told of changes."""

from typing import Any, Final, Self

from pydantic import ConfigDict, Field
from pydantic.config import JsonDict

from keitora.audit.model import AuditEntry
from keitora_api.schemas import Schema, UtcTime

_ENTRY: Final[JsonDict] = {
    "id": 991,
    "made_at": "2026-11-22T02:55:00Z",
    "who": "ken@example.org, person 3",
    "address": "192.168.1.20",
    "action": "PATCH /v1/fleet",
    "object": "/v1/fleet",
    "before": {"locale": "ja"},
    "after": {"locale": "en"},
}


class AuditAnswer(Schema):
    """A change."""

    id: int = Field(description="Its number; later changes have higher ones")
    made_at: UtcTime
    who: str = Field(description="The person, by login name and number, or the key")
    address: str | None = Field(description="From where; null: at the console")
    action: str = Field(description="The route, or the command")
    object: str | None = Field(description="What was changed")
    before: Any = Field(description="What it was, where that is small")
    after: Any = Field(description="What it became, or what was sent, where that is small; never a secret")

    @classmethod
    def of(cls, one: AuditEntry) -> Self:
        """Return what is told of a change."""
        return cls(
            id=one.audit_entry_id,
            made_at=one.made_at,
            who=one.who,
            address=None if one.address is None else str(one.address),
            action=one.action,
            object=one.object,
            before=one.before,
            after=one.after,
        )


class AuditList(Schema):
    """Changes, the newest first."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"items": [_ENTRY], "next_cursor": None}]})

    items: list[AuditAnswer] = Field(description="The newest first")
    next_cursor: str | None = Field(description="To go on from here; null: the end")
