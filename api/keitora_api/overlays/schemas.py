"""What is told of entries about trips, and what one is made of."""

from datetime import datetime
from typing import Annotated, Final, Literal, Self

from pydantic import BaseModel, ConfigDict, Field
from pydantic.config import JsonDict

from keitora.overlays.model import Action, Entry, Purpose
from keitora_api.bulk import Bulk
from keitora_api.entered import Moment
from keitora_api.schemas import VEHICLE_EXAMPLE, DriverRef, Schema

_ENTRY: Final[JsonDict] = {
    "id": 12,
    "vehicle_id": VEHICLE_EXAMPLE["id"],
    "action": "describe",
    "anchor_at": "2026-11-16T22:18:00Z",
    "other_at": None,
    "purpose": "farm",
    "driver": {"id": 2, "name": "健"},
    "note": "苗の運搬",
    "corrected_start_at": None,
    "corrected_end_at": None,
    "corrected_distance_km": None,
    "entered_by": "manager, key 1",
    "entered_at": "2026-11-17T01:00:00Z",
    "withdrawn_by": None,
    "withdrawn_at": None,
}
_SAID: Final[JsonDict] = {"trip_id": "7-mi1e8s00", "entry": {"action": "describe", "purpose": "farm"}}


class _Body(BaseModel):
    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)


class Describe(_Body):
    """Say what a trip was for, who drove, or anything. What is left out stays as it was."""

    action: Literal["describe"] = Field(description="`describe`")
    purpose: Purpose | None = Field(default=None, description="What it was for")
    driver_id: int | None = Field(default=None, ge=1, le=2**31 - 1, description="Who drove")
    note: str | None = Field(default=None, max_length=1000, description="Anything; empty text clears it")


class Merge(_Body):
    """Join a trip with another of the same truck, and with those between."""

    action: Literal["merge"] = Field(description="`merge`")
    with_trip_id: str = Field(description="As `id` of the other trip")


class Split(_Body):
    """Cut a trip in two."""

    action: Literal["split"] = Field(description="`split`")
    at: Moment = Field(description="Where to cut: a time inside the trip")


class Correct(_Body):
    """Say what the loggers missed. What is left out stays as it was."""

    action: Literal["correct"] = Field(description="`correct`")
    started_at: Moment | None = Field(default=None, description="When it really began")
    ended_at: Moment | None = Field(default=None, description="When it really ended")
    distance_km: float | None = Field(default=None, ge=0, le=5000, description="How far it really was (km)")


EntryBody = Annotated[Describe | Merge | Split | Correct, Field(discriminator="action")]


class EntryAnswer(Schema):
    """An entry about trips, with its author and time. It is never changed, only withdrawn."""

    model_config = ConfigDict(json_schema_extra={"examples": [_ENTRY]})

    id: int = Field(description="The entry's number")
    vehicle_id: int = Field(description="Which truck")
    action: Action = Field(description="`describe`, `merge`, `split` or `correct`")
    anchor_at: datetime = Field(description="The moment inside the trip that it holds to (UTC); of a split: the cut")
    other_at: datetime | None = Field(description="Of a merge: a moment inside the other trip (UTC)")
    purpose: Purpose | None = Field(description="What the trip was for")
    driver: DriverRef | None = Field(description="Who drove")
    note: str | None = Field(description="Anything")
    corrected_start_at: datetime | None = Field(description="When it really began (UTC)")
    corrected_end_at: datetime | None = Field(description="When it really ended (UTC)")
    corrected_distance_km: float | None = Field(description="How far it really was (km)")
    entered_by: str = Field(description="Who made it")
    entered_at: datetime = Field(description="When (UTC)")
    withdrawn_by: str | None = Field(description="Who took it back")
    withdrawn_at: datetime | None = Field(description="When (UTC)")

    @classmethod
    def of(cls, entry: Entry) -> Self:
        """Return what is told of an entry."""
        metres = entry.corrected_distance_m
        driver = entry.driver_id
        return cls(
            id=entry.entry_id,
            vehicle_id=entry.vehicle_id,
            action=entry.action,
            anchor_at=entry.anchor_at,
            other_at=entry.other_at,
            purpose=entry.purpose,
            driver=None if driver is None else DriverRef(id=driver, name=entry.driver_name or ""),
            note=entry.note,
            corrected_start_at=entry.corrected_start_at,
            corrected_end_at=entry.corrected_end_at,
            corrected_distance_km=None if metres is None else round(metres / 1000, 3),
            entered_by=entry.entered_by,
            entered_at=entry.entered_at,
            withdrawn_by=entry.withdrawn_by,
            withdrawn_at=entry.withdrawn_at,
        )


class EntryList(Schema):
    """Entries about trips."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"items": [_ENTRY], "next_cursor": None}]})

    items: list[EntryAnswer] = Field(description="In the order they were made")
    next_cursor: str | None = Field(description="Always null: the list is whole")


class EntryOfTrip(_Body):
    """What is said of one trip."""

    model_config = ConfigDict(json_schema_extra={"examples": [_SAID]})

    trip_id: str = Field(max_length=60, description="As `id` of a trip")
    entry: EntryBody = Field(description="As for one trip")


class EntryBulk(Bulk[EntryOfTrip]):
    """Entries to be made all together, or none."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"items": [_SAID]}]})

    # Each finds its trip as people see it at that moment, after those before it: that takes a few milliseconds.
    items: list[EntryOfTrip] = Field(min_length=1, max_length=200, description="At most 200")


class EntriesKept(Schema):
    """The entries of one request, all of them made."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"items": [_ENTRY]}]})

    items: list[EntryAnswer] = Field(description="In the order they were sent")
