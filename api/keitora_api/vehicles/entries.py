"""What is said of a truck, new or changed: each of its properties, with what can be true of it."""

from datetime import date
from typing import Annotated, Any, Literal

from pydantic import ConfigDict, Field

from keitora.vehicles.model import Energy, Induction
from keitora_api.entered import VISIBLE
from keitora_api.session.schemas import Entry

Name = Annotated[str, Field(min_length=1, max_length=100, pattern=VISIBLE, description="What the fleet calls it")]
Plate = Annotated[str | None, Field(max_length=40, description="Number plate")]
Maker = Annotated[str | None, Field(max_length=60, description="Such as Suzuki")]
Model = Annotated[str | None, Field(max_length=60, description="Such as Carry")]
ChassisCode = Annotated[
    str | None,
    Field(max_length=40, pattern=r"^[^\x00]*$", description="Such as DA63T, EBD-DA63T or DA63T-123456"),
]
DisplacementCc = Annotated[float | None, Field(ge=50, le=20_000, description="Engine displacement (cm³)")]
TankL = Annotated[float | None, Field(ge=1, le=1000, description="Tank (L)")]
BatteryKwh = Annotated[float | None, Field(ge=1, le=1000, description="Usable traction battery (kWh)")]
KerbKg = Annotated[float | None, Field(ge=100, le=10_000, description="Kerb weight (kg)")]
BuiltOn = Annotated[date | None, Field(description="When it was built; tells generations apart")]


class VehicleEntry(Entry):
    """A new truck. What the catalogue knows of its chassis code is filled in where nothing is said."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"name": "キャリイ2号", "chassis_code": "DA16T"}]})

    name: Name
    plate: Plate = None
    maker: Maker = None
    model: Model = None
    chassis_code: ChassisCode = None
    energy: Energy | None = Field(default=None, description="What it runs on; petrol if nothing is known")
    displacement_cc: DisplacementCc = None
    tank_l: TankL = None
    battery_kwh: BatteryKwh = None
    kerb_kg: KerbKg = None
    built_on: BuiltOn = None


def _unsaid() -> Literal[""]:
    """Stand in for what is not said and cannot be null; only what was sent is ever read (`VehicleChange.said`)."""
    return ""


class VehicleChange(Entry):
    """What to change of a truck: what is not said stays, null takes a value back. Nothing is filled in."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"name": "白いキャリイ", "displacement_cc": 658, "archived": False}]}
    )

    name: Name = Field(default_factory=_unsaid)
    plate: Plate = None
    maker: Maker = None
    model: Model = None
    chassis_code: ChassisCode = None
    energy: Energy = Field(default_factory=lambda: "petrol", description="What it runs on")
    displacement_cc: DisplacementCc = None
    volumetric_efficiency: float | None = Field(
        default=None, ge=0.3, le=2, description="How full the cylinders get (ratio, 1 = full)"
    )
    induction: Induction = Field(default_factory=lambda: "natural", description="How the engine breathes")
    has_fuel_cut: bool | None = Field(
        default=None, description="Whether injection stops on the overrun; a carburettor's does not"
    )
    tank_l: TankL = None
    battery_kwh: BatteryKwh = None
    kerb_kg: KerbKg = None
    built_on: BuiltOn = None
    archived: bool = Field(default_factory=bool, description="Put away: told in no list any more, kept with all it did")

    def said(self) -> dict[str, Any]:
        """Return what was sent, by field."""
        return self.model_dump(exclude_unset=True)
