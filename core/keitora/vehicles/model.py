"""What is known of a truck."""

from dataclasses import dataclass
from typing import Final, Literal, get_args

Energy = Literal["petrol", "diesel", "lpg", "hybrid", "electric"]
ENERGIES: Final[tuple[Energy, ...]] = get_args(Energy)


@dataclass(frozen=True, slots=True)
class Vehicle:
    """A truck. None means not known; an unknown displacement yields no fuel estimate rather than a guessed one.

    `volumetric_efficiency` is a ratio (0.85: the cylinders fill to 85 %), `fuel_density_gpl` grams a litre.
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
