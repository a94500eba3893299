"""What is told of stops and idlings."""

from collections.abc import Mapping
from datetime import datetime
from typing import Final, Self

from pydantic import ConfigDict, Field
from pydantic.config import JsonDict

from keitora.places.queries import Label
from keitora.stops.model import Standing
from keitora_api.schemas import VEHICLE_EXAMPLE, PlaceRef, Position, Schema, VehicleRef, defined, position, rounded

_IDLING: Final[JsonDict] = {
    "vehicle": VEHICLE_EXAMPLE,
    "started_at": "2026-11-16T22:31:00Z",
    "ended_at": "2026-11-16T22:43:00Z",
    "lasted_s": 720.0,
    "position": {"lat": 36.651289, "lon": 138.180956},
    "place": {"id": 3, "name": "上の畑"},
    "fuel_l": 0.11,
    "fuel_plus_minus_l": 0.01,
}
_STOP: Final[JsonDict] = {**_IDLING, "engine_on_s": 90.0, "engine_known_s": 720.0}
_IDLING_TOLD: Final[JsonDict] = {**_IDLING, "is_excused": False}


class _StandingAnswer(Schema):
    vehicle: VehicleRef = Field(description="Which truck")
    started_at: datetime = Field(description="When it began (UTC)")
    ended_at: datetime | None = Field(description="When it was over (UTC); null: it lasts")
    lasted_s: float = Field(description=defined("stood", "Of one that lasts: as far as is known."))
    position: Position | None = Field(description="Where the truck stood")
    place: PlaceRef | None = Field(description="The named place it stood at; of several the smallest")
    fuel_l: float | None = Field(description=defined("fuel"))
    fuel_plus_minus_l: float | None = Field(description=defined("fuel_plus_minus"))


def _shared(row: Standing, labels: Mapping[tuple[int, datetime], Label]) -> dict[str, object]:
    label = labels.get((row.vehicle_id, row.started_at))
    return {
        "vehicle": VehicleRef(id=row.vehicle_id, name=row.vehicle_name),
        "started_at": row.started_at,
        "ended_at": row.ended_at,
        "lasted_s": round(row.lasted_s, 1),
        "position": position(row.lat, row.lon),
        "place": None if label is None else PlaceRef(id=label.place_id, name=label.name),
        "fuel_l": rounded(row.fuel_l, 3),
        "fuel_plus_minus_l": rounded(row.fuel_plus_minus_l, 3),
    }


class StopAnswer(_StandingAnswer):
    """A stop between two trips. Null is: not known."""

    model_config = ConfigDict(json_schema_extra={"examples": [_STOP]})

    engine_on_s: float | None = Field(description=defined("engine_on"))
    engine_known_s: float | None = Field(description=defined("engine_known"))

    @classmethod
    def of(cls, row: Standing, labels: Mapping[tuple[int, datetime], Label]) -> Self:
        """Return what is told of a stop; `labels` tells where trucks were at moments."""
        own = {"engine_on_s": rounded(row.engine_on_s, 1), "engine_known_s": rounded(row.engine_known_s, 1)}
        return cls.model_validate({**_shared(row, labels), **own})


class IdlingAnswer(_StandingAnswer):
    """The engine running while the truck stood. Null is: not known."""

    model_config = ConfigDict(json_schema_extra={"examples": [_IDLING_TOLD]})

    is_excused: bool = Field(description=defined("idling_excused", "The place's `excuses_idling`."))

    @classmethod
    def of(cls, row: Standing, labels: Mapping[tuple[int, datetime], Label]) -> Self:
        """Return what is told of an idling; `labels` tells where trucks were at moments."""
        label = labels.get((row.vehicle_id, row.started_at))
        return cls.model_validate({**_shared(row, labels), "is_excused": label is not None and label.excuses_idling})


class StopList(Schema):
    """A page of stops."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"time_zone": "Asia/Tokyo", "items": [_STOP], "next_cursor": None}]}
    )

    time_zone: str = Field(description="The fleet's IANA time zone")
    items: list[StopAnswer] = Field(description=defined("stop", "By `started_at`, newest first."))
    next_cursor: str | None = Field(description="Pass as `cursor` for the next page; null: there is no more")


class IdlingList(Schema):
    """A page of idlings."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"time_zone": "Asia/Tokyo", "items": [_IDLING_TOLD], "next_cursor": None}]}
    )

    time_zone: str = Field(description="The fleet's IANA time zone")
    items: list[IdlingAnswer] = Field(description=defined("idling", "By `started_at`, newest first."))
    next_cursor: str | None = Field(description="Pass as `cursor` for the next page; null: there is no more")
