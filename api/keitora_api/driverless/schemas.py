"""What is told of trips nobody has named a driver for."""

from datetime import datetime
from typing import Final

from pydantic import ConfigDict, Field
from pydantic.config import JsonDict

from keitora_api.schemas import VEHICLE_EXAMPLE, Schema, VehicleRef, defined

_EXAMPLE: Final[JsonDict] = {
    "trip_id": "7-mi1e8s00",
    "vehicle": VEHICLE_EXAMPLE,
    "started_at": "2026-11-16T22:05:00Z",
    "ended_at": "2026-11-16T22:31:00Z",
    "distance_km": 12.4,
    "overdue_h": 3.5,
    "is_late": False,
}


class DriverlessAnswer(Schema):
    """A trip whose driver should have been named by now."""

    model_config = ConfigDict(json_schema_extra={"examples": [_EXAMPLE]})

    trip_id: str = Field(description="As `id` of the trip")
    vehicle: VehicleRef = Field(description="Which truck")
    started_at: datetime = Field(description="First movement (UTC)")
    ended_at: datetime = Field(description="Last movement (UTC)")
    distance_km: float | None = Field(description=defined("distance"))
    overdue_h: float = Field(description=defined("overdue"))
    is_late: bool = Field(description=defined("late"))


class DriverlessList(Schema):
    """A page of trips nobody has named a driver for."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"time_zone": "Asia/Tokyo", "items": [_EXAMPLE], "next_cursor": None}]}
    )

    time_zone: str = Field(description="The fleet's IANA time zone")
    items: list[DriverlessAnswer] = Field(description="By `started_at`, newest first")
    next_cursor: str | None = Field(description="Pass as `cursor` for the next page; null: there is no more")
