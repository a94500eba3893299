"""What is told of visits, and of the farm's own ground."""

from datetime import date, datetime
from typing import Final, Self

from pydantic import ConfigDict, Field
from pydantic.config import JsonDict

from keitora.places.model import FarmBucket, PlaceKind, Visit
from keitora_api.schemas import VEHICLE_EXAMPLE, PlaceRef, Schema, VehicleRef, defined, rounded

_VISIT: Final[JsonDict] = {
    "vehicle": VEHICLE_EXAMPLE,
    "place": {"id": 3, "name": "上の畑"},
    "kind": "field",
    "on_farm": True,
    "entered_at": "2026-11-16T22:31:00Z",
    "left_at": "2026-11-16T23:42:10Z",
    "inside_s": 4190.0,
    "away_s": 80.0,
    "moving_s": 900.0,
    "engine_on_s": 2210.0,
    "distance_km": 2.1,
    "fuel_l": 0.61,
    "energy_kwh": None,
    "cost": 106.14,
    "gap_s": 0.0,
}
_FARM: Final[JsonDict] = {
    "bucket": "2026-10-31T15:00:00Z",
    "bucket_local_date": "2026-11-01",
    "vehicle": VEHICLE_EXAMPLE,
    "on_farm_km": 84.2,
    "road_km": 511.7,
    "on_farm_s": 201_400.0,
    "on_farm_moving_s": 40_100.0,
    "road_moving_s": 61_900.0,
    "on_farm_engine_on_s": 88_000.0,
    "on_farm_fuel_l": 24.1,
}


class VisitAnswer(Schema):
    """A truck's visit to a named place. Null is: not known."""

    vehicle: VehicleRef = Field(description="Which truck")
    place: PlaceRef = Field(description="Which place")
    kind: PlaceKind = Field(description="What the place is")
    on_farm: bool = Field(description="The farm's own ground")
    entered_at: datetime = Field(description=defined("visit", "When it came over the border (UTC)."))
    left_at: datetime | None = Field(description="When it had left (UTC); null: it is still there")
    inside_s: float = Field(description=defined("inside", "Of a visit that lasts: as far as the course is known."))
    away_s: float = Field(description=defined("away"))
    moving_s: float = Field(description=defined("moving", "Inside."))
    engine_on_s: float | None = Field(description=defined("engine_on", "Inside."))
    distance_km: float = Field(description=defined("inside_distance"))
    fuel_l: float | None = Field(description=defined("fuel", "Inside."))
    energy_kwh: float | None = Field(description=defined("energy", "Inside."))
    cost: float | None = Field(description=defined("cost", "Inside."))
    gap_s: float = Field(description=defined("inside_gap"))

    @classmethod
    def of(cls, visit: Visit) -> Self:
        """Return what is told of a visit."""
        return cls(
            vehicle=VehicleRef(id=visit.vehicle_id, name=visit.vehicle_name),
            place=PlaceRef(id=visit.place_id, name=visit.place_name),
            kind=visit.place_kind,
            on_farm=visit.on_farm,
            entered_at=visit.entered_at,
            left_at=visit.left_at,
            inside_s=round(visit.inside_s, 1),
            away_s=round(visit.away_s, 1),
            moving_s=round(visit.moving_s, 1),
            engine_on_s=rounded(visit.engine_on_s, 1),
            distance_km=round(visit.distance_m / 1000, 3),
            fuel_l=rounded(visit.fuel_l, 3),
            energy_kwh=rounded(visit.energy_kwh, 3),
            cost=rounded(visit.cost, 2),
            gap_s=round(visit.gap_s, 1),
        )


class VisitList(Schema):
    """A page of visits."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"time_zone": "Asia/Tokyo", "items": [_VISIT], "next_cursor": None}]}
    )

    time_zone: str = Field(description="The fleet's IANA time zone")
    items: list[VisitAnswer] = Field(description="By `entered_at`, newest first")
    next_cursor: str | None = Field(description="Pass as `cursor` for the next page; null: there is no more")


class FarmStat(Schema):
    """What a truck did on visits to the farm's own ground, and elsewhere, in one bucket of the fleet's local days."""

    bucket: datetime = Field(description="When the bucket begins in the fleet's time zone (UTC)")
    bucket_local_date: date = Field(description="The local date on which it begins; weeks begin on Monday")
    vehicle: VehicleRef = Field(description="Which truck")
    on_farm_km: float = Field(description=defined("on_farm", "Distance."))
    road_km: float = Field(description=defined("road", "Distance."))
    on_farm_s: float = Field(description=defined("on_farm", "Time."))
    on_farm_moving_s: float = Field(description=defined("on_farm", "Time moving."))
    road_moving_s: float = Field(description=defined("road", "Time moving."))
    on_farm_engine_on_s: float | None = Field(description=defined("on_farm", "Time with the engine on."))
    on_farm_fuel_l: float | None = Field(description=defined("on_farm", "Fuel, as far as it is known."))

    @classmethod
    def of(cls, row: FarmBucket) -> Self:
        """Return what is told of a bucket."""
        return cls(
            bucket=row.bucket_at,
            bucket_local_date=row.bucket_local_date,
            vehicle=VehicleRef(id=row.vehicle_id, name=row.vehicle_name),
            on_farm_km=round(row.farm_m / 1000, 3),
            road_km=round(row.road_m / 1000, 3),
            on_farm_s=round(row.farm_s, 1),
            on_farm_moving_s=round(row.farm_moving_s, 1),
            road_moving_s=round(row.road_moving_s, 1),
            on_farm_engine_on_s=rounded(row.farm_engine_on_s, 1),
            on_farm_fuel_l=rounded(row.farm_fuel_l, 3),
        )


class FarmStats(Schema):
    """On the farm and on the road, by time and truck."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"time_zone": "Asia/Tokyo", "bucket": "month", "items": [_FARM], "next_cursor": None}]
        }
    )

    time_zone: str = Field(description="The fleet's IANA time zone, whose days these are")
    bucket: str = Field(description="The bucket that was used: `day`, `week` or `month`")
    items: list[FarmStat] = Field(description="By `bucket`, then truck, ascending")
    next_cursor: str | None = Field(description="Always null: the list is whole")
