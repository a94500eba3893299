"""What is known of a truck."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Final, Literal, get_args

Energy = Literal["petrol", "diesel", "lpg", "hybrid", "electric"]
ENERGIES: Final[tuple[Energy, ...]] = get_args(Energy)
Induction = Literal["natural", "supercharged", "turbo"]


@dataclass(frozen=True, slots=True)
class Vehicle:
    """A truck. None means not known; an unknown displacement yields no fuel estimate rather than a guessed one.

    `volumetric_efficiency` is a ratio (0.85: the cylinders fill to 85 %), `fuel_density_gpl` grams a litre;
    `has_fuel_cut` tells whether injection stops on the overrun; `archived_at` since when it is put away.
    """

    vehicle_id: int
    fleet_id: int
    name: str
    plate: str | None
    maker: str | None
    model: str | None
    chassis_code: str | None
    energy: Energy
    displacement_cc: float | None
    volumetric_efficiency: float | None
    fuel_density_gpl: float
    tank_l: float | None
    battery_kwh: float | None
    kerb_kg: float | None
    built_on: date | None
    induction: Induction
    has_fuel_cut: bool | None
    archived_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class NewVehicle:
    """A truck as it is entered. None means not known."""

    name: str
    plate: str | None = None
    maker: str | None = None
    model: str | None = None
    chassis_code: str | None = None
    energy: Energy = "petrol"
    displacement_cc: float | None = None
    tank_l: float | None = None
    battery_kwh: float | None = None
    kerb_kg: float | None = None
    built_on: date | None = None
    induction: str = "natural"
    has_fuel_cut: bool | None = None
