"""What the estimates know of a truck."""

from dataclasses import dataclass
from typing import Literal

Energy = Literal["petrol", "diesel", "lpg", "hybrid", "electric"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Truck:
    """What the estimates need to know of a truck. None means unknown, and what depends on it stays unknown."""

    energy: Energy = "petrol"
    displacement_cc: float | None = None
    volumetric_efficiency: float | None = None
    fuel_density_gpl: float = 745.0
