"""What is told of what fill-ups have taught."""

from datetime import datetime
from typing import Final, Self

from pydantic import ConfigDict, Field
from pydantic.config import JsonDict

from keitora.calibration.reading import TruckFactor
from keitora_api.schemas import VEHICLE_EXAMPLE, Schema, VehicleRef, defined

_EXAMPLE: Final[JsonDict] = {
    "vehicle": VEHICLE_EXAMPLE,
    "method": "speed_density",
    "from_at": None,
    "to_at": None,
    "factor_ratio": 1.062,
    "plus_minus_ratio": 0.031,
    "tank_count": 7,
}


class FactorAnswer(Schema):
    """What a truck's litres by one method are multiplied by."""

    model_config = ConfigDict(json_schema_extra={"examples": [_EXAMPLE]})

    vehicle: VehicleRef = Field(description="Which truck")
    method: str = Field(description="`measured`, `maf`, `speed_density`, `absolute_load` or `road_load`")
    from_at: datetime | None = Field(description="For trips from then on (UTC); null: from the beginning")
    to_at: datetime | None = Field(description="For trips before then (UTC); null: until something changes")
    factor_ratio: float = Field(description=defined("fuel_factor"))
    plus_minus_ratio: float = Field(description=defined("fuel_factor_plus_minus"))
    tank_count: int = Field(description=defined("tank_count"))

    @classmethod
    def of(cls, one: TruckFactor) -> Self:
        """Return what is told of a factor."""
        return cls(
            vehicle=VehicleRef(id=one.vehicle_id, name=one.vehicle_name),
            method=one.method,
            from_at=one.from_at,
            to_at=one.to_at,
            factor_ratio=round(one.factor, 4),
            plus_minus_ratio=round(one.uncertainty_ratio, 4),
            tank_count=one.tank_count,
        )


class FactorList(Schema):
    """What fill-ups have taught."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"time_zone": "Asia/Tokyo", "items": [_EXAMPLE], "next_cursor": None}]}
    )

    time_zone: str = Field(description="The fleet's IANA time zone")
    items: list[FactorAnswer] = Field(description="By truck, then method, then time")
    next_cursor: None = Field(description="Always null: the list is whole")
