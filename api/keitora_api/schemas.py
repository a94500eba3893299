"""What the answers of several routes have in common."""

from datetime import datetime
from typing import Annotated, Final
from zoneinfo import ZoneInfo

from pydantic import BaseModel, ConfigDict, Field
from pydantic.config import JsonDict

from keitora.definitions import definition

UtcTime = Annotated[datetime, Field(description="RFC 3339, UTC")]

VEHICLE_EXAMPLE: Final[JsonDict] = {"id": 7, "name": "キャリイ1号"}


class Schema(BaseModel):
    """A part of an answer. Every field is always there; null is: not known."""

    model_config = ConfigDict(frozen=True, extra="forbid", json_schema_serialization_defaults_required=True)


class VehicleRef(Schema):
    """Which truck."""

    id: int = Field(description="The truck's number")
    name: str = Field(description="What the fleet calls it")


class DriverRef(Schema):
    """Which driver."""

    id: int = Field(description="The driver's number")
    name: str = Field(description="The driver's name")


class PlaceRef(Schema):
    """Which named place."""

    id: int = Field(description="The place's number")
    name: str = Field(description="What the fleet calls it")


class Position(Schema):
    """A point on the Earth (WGS 84)."""

    lat: float = Field(description="Latitude (degrees)")
    lon: float = Field(description="Longitude (degrees)")


def defined(key: str, *more: str) -> str:
    """Return a field's description: the sentence that defines its number, and what else is to be said."""
    return " ".join((definition(key).en, *more))


def local_text(at: datetime, zone: str) -> str:
    """Return a moment as people of the fleet read it on their clock, to the minute."""
    return at.astimezone(ZoneInfo(zone)).strftime("%Y-%m-%d %H:%M")


def rounded(value: float | None, digits: int) -> float | None:
    """Return the value with as many decimals as it is worth; None stays None."""
    return None if value is None else round(value, digits)


def a_km(cost: float | None, distance_m: float | None) -> float | None:
    """Return what a kilometre cost; None if either is not known, or nothing was driven."""
    return round(cost / distance_m * 1000, 2) if cost is not None and distance_m else None


def position(lat: float | None, lon: float | None) -> Position | None:
    """Return the position, to about a decimetre; None if it is not known."""
    return None if lat is None or lon is None else Position(lat=round(lat, 6), lon=round(lon, 6))
