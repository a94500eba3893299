"""What is told and typed of upkeep."""

from datetime import date, datetime
from decimal import Decimal
from typing import Final, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator
from pydantic.config import JsonDict

from keitora.upkeep.model import Done, DoneDraft, Due, UpkeepDraft, UpkeepKind, UpkeepState, UpkeepTask
from keitora_api.entered import VISIBLE, Day, Paid
from keitora_api.schemas import VEHICLE_EXAMPLE, Schema, VehicleRef, defined, rounded

_EXAMPLE: Final[JsonDict] = {
    "id": 3,
    "vehicle": VEHICLE_EXAMPLE,
    "kind": "oil",
    "name": "オイル交換",
    "every_months": 6,
    "every_km": 5000.0,
    "every_hours_h": None,
    "state": "soon",
    "due_on": "2026-12-04",
    "left_days": 12,
    "left_km": 410.5,
    "left_hours_h": None,
    "done_on": "2026-06-20",
    "since_km": 4589.5,
    "since_hours_h": 151.2,
    "given_due_on": None,
    "counts_from": "2026-01-01",
}
_BODY_EXAMPLE: Final[JsonDict] = {
    "vehicle_id": 7,
    "kind": "inspection",
    "name": "車検",
    "every_months": 24,
    "due_on": "2027-03-31",
}


class UpkeepBody(BaseModel):
    """Work that comes round: after months, kilometres or engine hours, whichever is first, or on a given date."""

    model_config = ConfigDict(frozen=True, extra="forbid", json_schema_extra={"examples": [_BODY_EXAMPLE]})

    vehicle_id: int = Field(ge=1, le=2**31 - 1, description="The truck's number")
    kind: UpkeepKind = Field(description="What it is about; `inspection` is the 車検, `legal_check` the 法定点検")
    name: str = Field(min_length=1, max_length=200, pattern=VISIBLE, description="What the fleet calls it")
    every_months: int | None = Field(default=None, ge=1, le=240, description="Comes round after so many months")
    every_km: float | None = Field(default=None, ge=100, le=1_000_000, description="After so many kilometres (km)")
    every_hours_h: float | None = Field(default=None, ge=1, le=100_000, description="After so many engine hours (h)")
    due_on: Day | None = Field(default=None, description="A given date, as on a certificate; counts until it is done")
    counts_from: Day | None = Field(
        default=None, description="From when intervals count until it is done; today if left out"
    )

    @model_validator(mode="after")
    def _comes_round(self) -> Self:
        if self.every_months is None and self.every_km is None and self.every_hours_h is None and self.due_on is None:
            raise ValueError("say when it is due: every_months, every_km, every_hours_h or due_on")
        return self

    def draft(self, today: date) -> UpkeepDraft:
        """Return the task to be kept."""
        values = self.model_dump(exclude={"counts_from"})
        return UpkeepDraft(**values, counts_from=self.counts_from or today)


class UpkeepAnswer(Schema):
    """Work that comes round on a truck, and how far off it is."""

    model_config = ConfigDict(json_schema_extra={"examples": [_EXAMPLE]})

    id: int = Field(description="The task's number")
    vehicle: VehicleRef = Field(description="Which truck")
    kind: UpkeepKind = Field(description="What it is about")
    name: str = Field(description="What the fleet calls it")
    every_months: int | None = Field(description="Comes round after so many months")
    every_km: float | None = Field(description="After so many kilometres (km)")
    every_hours_h: float | None = Field(description="After so many engine hours (h)")
    state: UpkeepState = Field(
        description="`overdue`; `soon`: within 30 days or a tenth of the interval; `ok`; `done`: does not come round"
    )
    due_on: date | None = Field(
        description="When it is due, the first of all reasons; distance and hours as the last 90 days foretell"
    )
    left_days: int | None = Field(description=defined("upkeep_left_days"))
    left_km: float | None = Field(description=defined("upkeep_left_km"))
    left_hours_h: float | None = Field(description=defined("upkeep_left_hours"))
    done_on: date | None = Field(description="When it was done last")
    since_km: float = Field(description=defined("upkeep_since_km"))
    since_hours_h: float = Field(description=defined("upkeep_since_hours"))
    given_due_on: date | None = Field(description="The date that was given when the task was entered")
    counts_from: date = Field(description="From when intervals count as long as it was never done")

    @classmethod
    def of(cls, task: UpkeepTask, found: Due) -> Self:
        """Return what is told of a task."""
        return cls(
            id=task.upkeep_task_id,
            vehicle=VehicleRef(id=task.vehicle_id, name=task.vehicle_name),
            kind=task.kind,
            name=task.name,
            every_months=task.every_months,
            every_km=task.every_km,
            every_hours_h=task.every_hours_h,
            state=found.state,
            due_on=found.due_on,
            left_days=found.left_days,
            left_km=rounded(found.left_km, 1),
            left_hours_h=rounded(found.left_hours_h, 1),
            done_on=task.done_on,
            since_km=round(task.since_m / 1000, 1),
            since_hours_h=round(task.since_engine_s / 3600, 1),
            given_due_on=task.due_on,
            counts_from=task.counts_from,
        )


class UpkeepList(Schema):
    """The fleet's upkeep, what is due first first."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"time_zone": "Asia/Tokyo", "items": [_EXAMPLE], "next_cursor": None}]}
    )

    time_zone: str = Field(description="The fleet's IANA time zone, whose days these are")
    items: list[UpkeepAnswer] = Field(description="By `due_on`, ascending, what has none last; then by number")
    next_cursor: str | None = Field(description="Always null: the list is whole")


_DONE_EXAMPLE: Final[JsonDict] = {
    "id": 12,
    "done_on": "2026-06-20",
    "next_due_on": None,
    "total_price": "4400.00",
    "currency": "JPY",
    "workshop": "信州モータース",
    "note": None,
    "entered_by": "manager, key 1",
    "entered_at": "2026-06-20T03:10:00Z",
}


class DoneBody(BaseModel):
    """That a task was done."""

    model_config = ConfigDict(
        frozen=True, extra="forbid", json_schema_extra={"examples": [{"done_on": "2026-11-20", "total_price": "4400"}]}
    )

    done_on: Day = Field(description="On which local day")
    next_due_on: Day | None = Field(default=None, description="Until when a new certificate holds")
    total_price: Paid | None = Field(default=None, description="Paid in all, with up to two decimals")
    currency: str | None = Field(default=None, pattern="^[A-Z]{3}$", description="ISO 4217; the fleet's if left out")
    workshop: str | None = Field(default=None, max_length=200, description="Who did it")
    note: str | None = Field(default=None, max_length=2000, description="Anything else")

    def draft(self, currency: str) -> DoneDraft:
        """Return the entry to be kept; `currency` where none was typed."""
        return DoneDraft(**self.model_dump(exclude={"currency"}), currency=self.currency or currency)


class DoneAnswer(Schema):
    """That a task was done."""

    model_config = ConfigDict(json_schema_extra={"examples": [_DONE_EXAMPLE]})

    id: int = Field(description="The entry's number")
    done_on: date = Field(description="On which local day")
    next_due_on: date | None = Field(description="Until when a new certificate holds")
    total_price: Decimal | None = Field(description="Paid in all")
    currency: str = Field(description="ISO 4217")
    workshop: str | None = Field(description="Who did it")
    note: str | None = Field(description="Anything else")
    entered_by: str = Field(description="Who entered it")
    entered_at: datetime = Field(description="When (UTC)")

    @classmethod
    def of(cls, done: Done) -> Self:
        """Return what is told of an entry."""
        return cls(
            id=done.upkeep_done_id,
            done_on=done.done_on,
            next_due_on=done.next_due_on,
            total_price=done.total_price,
            currency=done.currency,
            workshop=done.workshop,
            note=done.note,
            entered_by=done.entered_by,
            entered_at=done.entered_at,
        )


class DoneList(Schema):
    """When a task was done."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"items": [_DONE_EXAMPLE], "next_cursor": None}]})

    items: list[DoneAnswer] = Field(description="By `done_on`, newest first")
    next_cursor: str | None = Field(description="Always null: the list is whole")
