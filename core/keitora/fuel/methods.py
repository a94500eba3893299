"""The ways to a flow of fuel, and how far each can be off."""

from enum import StrEnum
from typing import Final, Protocol


class FuelMethod(StrEnum):
    """How a flow of fuel was got, best first."""

    MEASURED = "measured"
    MAF = "maf"
    SPEED_DENSITY = "speed_density"
    ABSOLUTE_LOAD = "absolute_load"
    ROAD_LOAD = "road_load"


MEASURED, MAF, SPEED_DENSITY, ABSOLUTE_LOAD, ROAD_LOAD = FuelMethod
"""The same by short names, which cost nothing to look up once a sample."""

UNCERTAINTY: Final = {
    FuelMethod.MEASURED: 0.05,
    FuelMethod.MAF: 0.13,
    FuelMethod.SPEED_DENSITY: 0.20,
    FuelMethod.ABSOLUTE_LOAD: 0.20,
    FuelMethod.ROAD_LOAD: 0.35,
}
"""Relative error that nine of ten uncalibrated trucks stay within: MAF as measured on laps with noted litres, the
others set from how far their inputs can be off (docs/explanation/fuel.md)."""

CALIBRATED_UNCERTAINTY: Final = {
    FuelMethod.MEASURED: 0.04,
    FuelMethod.MAF: 0.10,
    FuelMethod.SPEED_DENSITY: 0.10,
    FuelMethod.ABSOLUTE_LOAD: 0.12,
    FuelMethod.ROAD_LOAD: 0.20,
}
"""What one trip's litres stay within, nine times of ten, once fill-ups have taught the truck's factor."""


class HasLitres(Protocol):
    """Anything with litres by method."""

    @property
    def measured_l(self) -> float:
        """Litres by the engine's own rate."""

    @property
    def maf_l(self) -> float:
        """Litres by air mass."""

    @property
    def speed_density_l(self) -> float:
        """Litres by manifold pressure."""

    @property
    def absolute_load_l(self) -> float:
        """Litres by absolute load."""

    @property
    def road_load_l(self) -> float:
        """Litres by how the truck went."""


def shares(row: HasLitres) -> dict[str, float]:
    """Return which share of the litres each method estimated (0 to 1), best method first; empty without litres."""
    litres = {
        FuelMethod.MEASURED: row.measured_l,
        FuelMethod.MAF: row.maf_l,
        FuelMethod.SPEED_DENSITY: row.speed_density_l,
        FuelMethod.ABSOLUTE_LOAD: row.absolute_load_l,
        FuelMethod.ROAD_LOAD: row.road_load_l,
    }
    whole = sum(litres.values())
    return {method.value: one / whole for method, one in litres.items() if one > 0}
