"""What is told of trucks' states."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final, Literal

from pydantic import ConfigDict, Field
from pydantic.config import JsonDict

from keitora.timeline.model import Change, Level
from keitora_api.schemas import VEHICLE_EXAMPLE, Schema, VehicleRef, defined

State = Literal["silent", "standing", "charging", "idling", "driving"]

_NAMES: Final[dict[Level, State]] = {
    Level.SILENT: "silent",
    Level.STANDING: "standing",
    Level.CHARGING: "charging",
    Level.IDLING: "idling",
    Level.DRIVING: "driving",
}
_CHANGE: Final[JsonDict] = {"at": "2026-11-16T22:31:00Z", "vehicle": VEHICLE_EXAMPLE, "state": "driving", "level": 4}


class ChangeAnswer(Schema):
    """A truck's state from a moment on."""

    model_config = ConfigDict(json_schema_extra={"examples": [_CHANGE]})

    at: datetime = Field(description="From when on (UTC)")
    vehicle: VehicleRef = Field(description="Which truck")
    state: State | None = Field(description="What it does from then on; null: not known")
    level: int | None = Field(
        description=defined(
            "activity", "As a number: 0 silent, 1 standing, 2 charging, 3 idling, 4 driving; null: not known."
        )
    )


def answers(changes: Sequence[Change]) -> list[ChangeAnswer]:
    """Return what is told of changes. They come from our own rows: nothing is left to be checked."""
    trucks = {change.vehicle_id: VehicleRef(id=change.vehicle_id, name=change.vehicle_name) for change in changes}
    return [
        ChangeAnswer.model_construct(
            at=change.at,
            vehicle=trucks[change.vehicle_id],
            state=None if change.level is None else _NAMES[change.level],
            level=None if change.level is None else int(change.level),
        )
        for change in changes
    ]


class ChangeList(Schema):
    """The changes of a time range."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"time_zone": "Asia/Tokyo", "step_s": None, "items": [_CHANGE], "next_cursor": None}]
        }
    )

    time_zone: str = Field(description="The fleet's IANA time zone")
    step_s: float | None = Field(description=defined("activity_step", "Null: told to the moment."))
    items: list[ChangeAnswer] = Field(description="By time, oldest first")
    next_cursor: None = Field(description="Always null: the list is whole")
