"""What is told and typed of fill-ups."""

from datetime import datetime
from decimal import Decimal
from typing import Final, Literal, Self

from pydantic import BaseModel, ConfigDict, Field
from pydantic.config import JsonDict

from keitora.fillups.model import FillUp, NewFillUp, Question, QuestionKind
from keitora_api.bulk import Bulk
from keitora_api.entered import Moment, Paid
from keitora_api.schemas import Position, Schema, position, rounded

_EXAMPLE: Final[JsonDict] = {
    "id": 41,
    "vehicle_id": 7,
    "filled_at": "2026-11-16T08:10:00Z",
    "volume_l": 28.4,
    "total_price": "4942.00",
    "currency": "JPY",
    "odometer_km": 48213.0,
    "trip_km": None,
    "is_full": True,
    "missed_before": False,
    "station": "JA-SS",
    "note": None,
    "photo_ref": None,
    "position": {"lat": 36.651289, "lon": 138.180956},
    "entered_by": "driver, key 3",
    "presence": "there",
    "question": None,
}
_ENTRY: Final[JsonDict] = {
    "vehicle_id": 7,
    "filled_at": "2026-11-16T17:10:00+09:00",
    "volume_l": 28.4,
    "total_price": "4942.00",
    "currency": "JPY",
    "odometer_km": 48213,
    "trip_km": 412.3,
    "is_full": True,
    "missed_before": False,
    "station": "JA-SS",
    "note": "タイヤの空気圧も",
    "photo_ref": "receipt-41.jpg",
    "lat": 36.651289,
    "lon": 138.180956,
}


class FillUpEntry(BaseModel):
    """A fill-up as typed at the pump."""

    model_config = ConfigDict(frozen=True, extra="forbid", json_schema_extra={"examples": [_ENTRY]})

    vehicle_id: int = Field(ge=1, le=2**31 - 1, description="The truck's number")
    filled_at: Moment = Field(description="When: RFC 3339 with an offset or Z")
    volume_l: float = Field(ge=0.001, le=1000, description="Litres filled (L)")
    total_price: Paid | None = Field(default=None, description="Paid in all, with up to two decimals")
    currency: str | None = Field(default=None, pattern="^[A-Z]{3}$", description="ISO 4217; the fleet's if left out")
    odometer_km: float | None = Field(default=None, ge=0, le=2_000_000, description="The odometer (km)")
    trip_km: float | None = Field(default=None, ge=0, le=5000, description="The trip meter (km)")
    is_full: bool = Field(default=True, description="Filled until the pump shut off")
    missed_before: bool = Field(default=False, description="A fill-up before this one was not entered")
    station: str | None = Field(default=None, max_length=200, description="Where")
    note: str | None = Field(default=None, max_length=2000, description="Anything else")
    photo_ref: str | None = Field(default=None, max_length=500, description="Name of a photo of the receipt")
    lat: float | None = Field(default=None, ge=-90, le=90, description="Latitude of the pump (degrees)")
    lon: float | None = Field(default=None, ge=-180, le=180, description="Longitude of the pump (degrees)")

    def new(self, currency: str) -> NewFillUp:
        """Return the fill-up to be stored; `currency` where none was typed."""
        values = self.model_dump(exclude={"vehicle_id", "currency"})
        return NewFillUp(currency=self.currency or currency, **values)


class QuestionAnswer(Schema):
    """Something odd about an entry. Until it is answered its tank is left out of economy and calibration."""

    kind: QuestionKind = Field(description="What looks mistyped, or `missed`: a fill-up before it was not entered")
    unit: str = Field(description="Unit of both values: km of `odometer`, else L; with `units=us` mi and gal")
    typed: float = Field(description="What was typed, in `unit`")
    proposed: float | None = Field(description="What would agree with its neighbours, in `unit`")

    @classmethod
    def of(cls, question: Question) -> Self:
        """Return what is told of a question."""
        return cls(
            kind=question.kind,
            unit=question.unit,
            typed=round(question.typed, 3),
            proposed=rounded(question.proposed, 2),
        )


class FillUpAnswer(Schema):
    """A fill-up as it was entered."""

    model_config = ConfigDict(json_schema_extra={"examples": [_EXAMPLE]})

    id: int = Field(description="The fill-up's number")
    vehicle_id: int = Field(description="The truck's number")
    filled_at: datetime = Field(description="When (UTC)")
    volume_l: float = Field(description="Litres filled (L)")
    total_price: Decimal | None = Field(description="Paid in all")
    currency: str = Field(description="ISO 4217")
    odometer_km: float | None = Field(description="The odometer (km)")
    trip_km: float | None = Field(description="The trip meter (km)")
    is_full: bool = Field(description="Filled until the pump shut off")
    missed_before: bool = Field(description="A fill-up before this one was not entered")
    station: str | None = Field(description="Where")
    note: str | None = Field(description="Anything else")
    photo_ref: str | None = Field(description="Name of a photo of the receipt")
    position: Position | None = Field(description="Where the pump is, as it was entered")
    entered_by: str = Field(description="Who entered it")
    presence: Literal["there", "elsewhere", "unknown"] | None = Field(
        description="Whether the truck was there, within 100 m and ten minutes; null: the entry has no place, or it "
        "has not been looked at yet"
    )
    question: QuestionAnswer | None = Field(description="What looks odd about it; null: nothing")

    @classmethod
    def of(cls, fill: FillUp, question: Question | None) -> Self:
        """Return what is told of a fill-up."""
        return cls(
            id=fill.fill_up_id,
            vehicle_id=fill.vehicle_id,
            filled_at=fill.filled_at,
            volume_l=round(fill.volume_l, 3),
            total_price=fill.total_price,
            currency=fill.currency,
            odometer_km=rounded(fill.odometer_km, 1),
            trip_km=rounded(fill.trip_km, 1),
            is_full=fill.is_full,
            missed_before=fill.missed_before,
            station=fill.station,
            note=fill.note,
            photo_ref=fill.photo_ref,
            position=position(fill.lat, fill.lon),
            entered_by=fill.entered_by,
            presence=fill.presence,
            question=None if question is None else QuestionAnswer.of(question),
        )


class FillUpList(Schema):
    """Fill-ups by time."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"time_zone": "Asia/Tokyo", "items": [_EXAMPLE], "next_cursor": None}]}
    )

    time_zone: str = Field(description="The fleet's IANA time zone")
    items: list[FillUpAnswer] = Field(description="By `filled_at`, ascending")
    next_cursor: str | None = Field(description="Pass as `cursor` for the next page; null: this is the last")


class FillUpBulk(Bulk[FillUpEntry]):
    """Fill-ups to be kept all together, or none."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"items": [_ENTRY]}]})


class FillUpsKept(Schema):
    """The fill-ups of one request, all of them kept."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"items": [_EXAMPLE], "new_count": 1}]})

    items: list[FillUpAnswer] = Field(description="In the order they were sent")
    new_count: int = Field(description="How many were not there already")
