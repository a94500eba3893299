"""What is told of a truck's present."""

from datetime import datetime
from typing import Final, Self

from pydantic import ConfigDict, Field
from pydantic.config import JsonDict

from keitora.positions.activity import Activity, activity
from keitora.positions.model import LatestValues
from keitora_api.schemas import VEHICLE_EXAMPLE, Schema, VehicleRef, defined, rounded

_EXAMPLE: Final[JsonDict] = {
    "vehicle": VEHICLE_EXAMPLE,
    "state": "moving",
    "sampled_at": "2026-11-22T00:00:00Z",
    "position_at": "2026-11-22T00:00:00Z",
    "lat": 36.651289,
    "lon": 138.180956,
    "altitude_m": 371.0,
    "heading_deg": 92.0,
    "accuracy_m": 4.0,
    "speed_at": "2026-11-22T00:00:00Z",
    "speed_kmh": 38.5,
    "engine_at": "2026-11-22T00:00:00Z",
    "engine_rpm": 3120.0,
    "coolant_at": "2026-11-22T00:00:00Z",
    "coolant_temp_c": 84.0,
    "battery_at": "2026-11-22T00:00:00Z",
    "battery_v": 14.1,
    "fuel_level_at": None,
    "fuel_level_pct": None,
    "soc_at": None,
    "soc_pct": None,
}


class LatestAnswer(Schema):
    """A truck's newest values. Each has the time it was taken: an old one is shown as old, not as present."""

    vehicle: VehicleRef = Field(description="Which truck")
    state: Activity = Field(description=defined("state"))
    sampled_at: datetime = Field(description="When the newest sample was taken (UTC)")
    position_at: datetime | None = Field(description="When the position was taken (UTC)")
    lat: float | None = Field(description="Latitude (degrees, WGS 84)")
    lon: float | None = Field(description="Longitude (degrees, WGS 84)")
    altitude_m: float | None = Field(description="Altitude (m)")
    heading_deg: float | None = Field(description="Course over ground (degrees, north = 0)")
    accuracy_m: float | None = Field(description="Radius of confidence of the position (m)")
    speed_at: datetime | None = Field(description="When the speed was taken (UTC)")
    speed_kmh: float | None = Field(description="Speed of the wheels, else of the satellite receiver (km/h)")
    engine_at: datetime | None = Field(description="When the engine speed was taken (UTC)")
    engine_rpm: float | None = Field(description="Engine speed (rpm)")
    coolant_at: datetime | None = Field(description="When the coolant temperature was taken (UTC)")
    coolant_temp_c: float | None = Field(description="Coolant temperature (°C)")
    battery_at: datetime | None = Field(description="When the 12 V voltage was taken (UTC)")
    battery_v: float | None = Field(description="Starter battery (V)")
    fuel_level_at: datetime | None = Field(description="When the tank level was taken (UTC)")
    fuel_level_pct: float | None = Field(description="Tank level (%)")
    soc_at: datetime | None = Field(description="When the charge was taken (UTC)")
    soc_pct: float | None = Field(description="Charge of the traction battery (%)")

    @classmethod
    def of(cls, latest: LatestValues, now: datetime) -> Self:
        """Return what is told of a truck's newest values at the moment `now`."""
        return cls(
            vehicle=VehicleRef(id=latest.vehicle_id, name=latest.vehicle_name),
            state=activity(latest, now),
            sampled_at=latest.sampled_at,
            position_at=latest.position_at,
            lat=rounded(latest.lat, 6),
            lon=rounded(latest.lon, 6),
            altitude_m=rounded(latest.altitude_m, 1),
            heading_deg=rounded(latest.heading_deg, 1),
            accuracy_m=rounded(latest.accuracy_m, 1),
            speed_at=latest.speed_at,
            speed_kmh=rounded(latest.speed_kmh, 1),
            engine_at=latest.engine_at,
            engine_rpm=rounded(latest.engine_rpm, 0),
            coolant_at=latest.coolant_at,
            coolant_temp_c=rounded(latest.coolant_temp_c, 1),
            battery_at=latest.battery_at,
            battery_v=rounded(latest.battery_v, 2),
            fuel_level_at=latest.fuel_level_at,
            fuel_level_pct=rounded(latest.fuel_level_pct, 1),
            soc_at=latest.soc_at,
            soc_pct=rounded(latest.soc_pct, 1),
        )


class LatestList(Schema):
    """The newest values of the trucks, the one heard of longest ago first."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"time_zone": "Asia/Tokyo", "items": [_EXAMPLE], "next_cursor": None}]}
    )

    time_zone: str = Field(description="The fleet's IANA time zone")
    items: list[LatestAnswer] = Field(description="By `sampled_at`, ascending; trucks never heard of are left out")
    next_cursor: str | None = Field(description="Always null: the list is whole")
