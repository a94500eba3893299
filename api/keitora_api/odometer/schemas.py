"""What is told of a truck's own odometer and engine hours, and what a reading is made of."""

from datetime import datetime
from typing import Final, Literal

from pydantic import BaseModel, ConfigDict, Field
from pydantic.config import JsonDict

from keitora_api.bulk import Bulk
from keitora_api.entered import Moment
from keitora_api.schemas import VEHICLE_EXAMPLE, Schema, VehicleRef, defined

_EXAMPLE: Final[JsonDict] = {
    "vehicle": VEHICLE_EXAMPLE,
    "at": "2026-11-17T03:00:00Z",
    "odometer_km": 84234.6,
    "odometer_anchored_at": "2026-11-16T09:12:00Z",
    "engine_hours_h": 2110.4,
    "engine_hours_anchored_at": None,
}
_READ: Final[JsonDict] = {
    "vehicle_id": 7,
    "read_at": "2026-11-16T09:12:00Z",
    "odometer_km": 84211.0,
    "engine_hours_h": 2110.0,
    "source": "workshop",
}


class OdometerAnswer(Schema):
    """What a truck's own odometer and engine hours show at a moment."""

    model_config = ConfigDict(json_schema_extra={"examples": [_EXAMPLE]})

    vehicle: VehicleRef = Field(description="Which truck")
    at: datetime = Field(description="At which moment (UTC)")
    odometer_km: float = Field(description=defined("odometer"))
    odometer_anchored_at: datetime | None = Field(
        description="The newest reading it goes by (UTC); null: there is none before `at`"
    )
    engine_hours_h: float = Field(description=defined("engine_hours"))
    engine_hours_anchored_at: datetime | None = Field(description="The newest reading they go by (UTC)")


class ReadingBody(BaseModel):
    """What the truck's instruments read at a moment."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={"examples": [{"read_at": "2026-11-16T09:12:00Z", "odometer_km": 84211.0}]},
    )

    read_at: Moment = Field(description="When it was read")
    odometer_km: float | None = Field(default=None, ge=0, le=10_000_000, description="The odometer (km)")
    engine_hours_h: float | None = Field(default=None, ge=0, le=1_000_000, description="The engine's hour meter (h)")
    source: Literal["hand", "workshop"] = Field(default="hand", description="Who read it")


class ReadingOfTruck(ReadingBody):
    """What a truck's instruments read at a moment."""

    model_config = ConfigDict(json_schema_extra={"examples": [_READ]})

    vehicle_id: int = Field(ge=1, le=2**31 - 1, description="The truck's number")


class ReadingBulk(Bulk[ReadingOfTruck]):
    """Readings to be kept all together, or none."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"items": [_READ]}]})


class ReadingsKept(Schema):
    """How many readings of one request are kept: all."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"kept_count": 12, "new_count": 11}]})

    kept_count: int = Field(description="How many were sent")
    new_count: int = Field(description="How many were not there already")
