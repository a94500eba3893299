"""What is told of the trucks."""

from datetime import date, datetime
from typing import Final, Self

from pydantic import ConfigDict, Field
from pydantic.config import JsonDict

from keitora.vehicles.model import Induction, Vehicle
from keitora_api.schemas import Schema

VEHICLE: Final[JsonDict] = {
    "id": 7,
    "name": "キャリイ1号",
    "plate": "長野 480 あ 12-34",
    "maker": "Suzuki",
    "model": "Carry",
    "chassis_code": "DA63T",
    "energy": "petrol",
    "displacement_cc": 658.0,
    "volumetric_efficiency": 0.85,
    "tank_l": 40.0,
    "battery_kwh": None,
    "kerb_kg": 690.0,
    "built_on": "2011-04-01",
    "induction": "natural",
    "has_fuel_cut": True,
    "archived_at": None,
}


class VehicleAnswer(Schema):
    """A truck."""

    model_config = ConfigDict(json_schema_extra={"examples": [VEHICLE]})

    id: int = Field(description="The truck's number")
    name: str = Field(description="What the fleet calls it")
    plate: str | None = Field(description="Number plate")
    maker: str | None = Field(description="Such as Suzuki")
    model: str | None = Field(description="Such as Carry")
    chassis_code: str | None = Field(description="Such as DA63T")
    energy: str = Field(description="`petrol`, `diesel`, `lpg`, `hybrid` or `electric`")
    displacement_cc: float | None = Field(description="Engine displacement (cm³)")
    volumetric_efficiency: float | None = Field(description="How full the cylinders get (ratio, 1 = full)")
    tank_l: float | None = Field(description="Tank (L)")
    battery_kwh: float | None = Field(description="Usable traction battery (kWh)")
    kerb_kg: float | None = Field(description="Kerb weight (kg)")
    built_on: date | None = Field(description="When it was built")
    induction: Induction = Field(description="How the engine breathes")
    has_fuel_cut: bool | None = Field(description="Whether injection stops on the overrun")
    archived_at: datetime | None = Field(description="Since when it is put away; null: in service (UTC)")

    @classmethod
    def of(cls, truck: Vehicle) -> Self:
        """Return what is told of a truck."""
        return cls(
            id=truck.vehicle_id,
            name=truck.name,
            plate=truck.plate,
            maker=truck.maker,
            model=truck.model,
            chassis_code=truck.chassis_code,
            energy=truck.energy,
            displacement_cc=truck.displacement_cc,
            volumetric_efficiency=truck.volumetric_efficiency,
            tank_l=truck.tank_l,
            battery_kwh=truck.battery_kwh,
            kerb_kg=truck.kerb_kg,
            built_on=truck.built_on,
            induction=truck.induction,
            has_fuel_cut=truck.has_fuel_cut,
            archived_at=truck.archived_at,
        )


class VehicleList(Schema):
    """Trucks, by name."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"time_zone": "Asia/Tokyo", "items": [VEHICLE], "next_cursor": None}]}
    )

    time_zone: str = Field(description="The fleet's IANA time zone")
    items: list[VehicleAnswer] = Field(description="By name")
    next_cursor: str | None = Field(description="Always null: the list is whole")
