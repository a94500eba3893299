"""What the estimates know of a truck."""

from dataclasses import dataclass
from typing import Literal

Energy = Literal["petrol", "diesel", "lpg", "hybrid", "electric"]
Induction = Literal["natural", "supercharged", "turbo"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Truck:
    """What the estimates need to know of a truck. None means unknown, and what depends on it stays unknown.

    `has_fuel_cut`: None is unknown; a carburettor goes on feeding on the overrun.
    """

    energy: Energy = "petrol"
    displacement_cc: float | None = None
    volumetric_efficiency: float | None = None
    fuel_density_gpl: float = 745.0
    induction: Induction = "natural"
    has_fuel_cut: bool | None = None
    kerb_kg: float | None = None
