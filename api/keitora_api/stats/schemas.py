"""What is told of fuel over time."""

from datetime import UTC, date, datetime, time
from typing import Final, Self
from zoneinfo import ZoneInfo

from pydantic import ConfigDict, Field
from pydantic.config import JsonDict

from keitora.fuel.economy import km_per_l, known_ratio, l_per_100km
from keitora.fuel.methods import shares
from keitora.stats.model import Span, StatRow
from keitora_api.schemas import VEHICLE_EXAMPLE, Schema, VehicleRef, defined, rounded

_EXAMPLE: Final[JsonDict] = {
    "bucket": "2026-11-15T15:00:00Z",
    "bucket_local_date": "2026-11-16",
    "vehicle": VEHICLE_EXAMPLE,
    "trip_count": 6,
    "distance_km": 48.21,
    "moving_s": 5210,
    "idle_s": 1440,
    "gap_s": 0,
    "engine_on_s": 6650,
    "engine_known_s": 6700,
    "max_speed_kmh": 61.0,
    "fuel_l": 3.412,
    "fuel_plus_minus_l": 0.341,
    "fuel_shares": {"speed_density": 1.0},
    "fuel_known_ratio": 0.997,
    "km_per_l": 14.13,
    "l_per_100km": 7.08,
    "energy_kwh": None,
}


class FuelStat(Schema):
    """What was driven and used in one bucket of the fleet's local days."""

    bucket: datetime = Field(description="When the bucket begins in the fleet's time zone (UTC)")
    bucket_local_date: date = Field(description="The local date on which it begins; weeks begin on Monday")
    vehicle: VehicleRef | None = Field(description="Which truck; null for the whole fleet")
    trip_count: int = Field(description=defined("trip_count"))
    distance_km: float | None = Field(description=defined("distance"))
    moving_s: float = Field(description=defined("moving"))
    idle_s: float | None = Field(description=defined("idle"))
    gap_s: float = Field(description=defined("gap"))
    engine_on_s: float | None = Field(description=defined("engine_on"))
    engine_known_s: float = Field(description=defined("engine_known"))
    max_speed_kmh: float | None = Field(description=defined("max_speed"))
    fuel_l: float | None = Field(description=defined("fuel", "Standing is included."))
    fuel_plus_minus_l: float | None = Field(
        description=defined("fuel_plus_minus", "Added up over one truck's days, by squares over different trucks.")
    )
    fuel_shares: dict[str, float] = Field(description="Which share of the litres each method estimated (0 to 1)")
    fuel_known_ratio: float | None = Field(description=defined("fuel_known"))
    km_per_l: float | None = Field(description=defined("km_per_l"))
    l_per_100km: float | None = Field(description=defined("l_per_100km"))
    energy_kwh: float | None = Field(description=defined("energy"))

    @classmethod
    def of(cls, span: Span, row: StatRow, zone: ZoneInfo) -> Self:
        """Return what is told of a bucket, by truck or (a row without a key) of the whole fleet."""
        truck = None if row.key is None or row.name is None else VehicleRef(id=int(row.key), name=row.name)
        return cls(
            bucket=datetime.combine(span.begins, time(), zone).astimezone(UTC),
            bucket_local_date=span.begins,
            vehicle=truck,
            trip_count=row.trip_count or 0,
            distance_km=None if row.distance_m is None else round(row.distance_m / 1000, 3),
            moving_s=round(row.moving_s, 1),
            idle_s=rounded(row.idle_s, 1) if row.engine_known_s > 0 else None,
            gap_s=round(row.gap_s, 1),
            engine_on_s=round(row.engine_on_s, 1) if row.engine_known_s > 0 else None,
            engine_known_s=round(row.engine_known_s, 1),
            max_speed_kmh=rounded(row.max_speed_kmh, 1),
            fuel_l=rounded(row.fuel_l, 3),
            fuel_plus_minus_l=rounded(row.fuel_plus_minus_l, 3),
            fuel_shares={method: round(share, 3) for method, share in shares(row).items()},
            fuel_known_ratio=rounded(known_ratio(row.fuel_known_s, row.engine_on_s), 3),
            km_per_l=rounded(km_per_l(row.economy_m, row.economy_l), 2),
            l_per_100km=rounded(l_per_100km(row.economy_m, row.economy_l), 2),
            energy_kwh=rounded(row.energy_kwh, 3),
        )


class FuelStats(Schema):
    """Fuel and distance by time, and by truck or for the whole fleet."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {"time_zone": "Asia/Tokyo", "bucket": "day", "items": [_EXAMPLE], "next_cursor": None},
            ]
        }
    )

    time_zone: str = Field(description="The fleet's IANA time zone, whose days these are")
    bucket: str = Field(description="The bucket that was used: `day`, `week` or `month`")
    items: list[FuelStat] = Field(
        description="By `bucket`, then truck, ascending; a bucket without any data is left out"
    )
    next_cursor: str | None = Field(description="Always null: the list is whole")
