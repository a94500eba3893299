"""CO2 from fuel, by the factor of the country, with its source. Pure."""

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Co2Factor:
    """Kilograms of CO2 for a litre burnt, and who says so."""

    kg_per_l: float
    source: str


_JAPAN_PETROL: Final = Co2Factor(
    34.6 * 0.0183 * 44 / 12,
    "Japan, Ministry of the Environment and METI, manual 4.9: 34.6 GJ/kL x 0.0183 tC/GJ x 44/12 (until fiscal 2022; "
    "new factors hold for reports since 2024-04)",
)
_FACTORS: Final = {
    ("JP", "petrol"): _JAPAN_PETROL,
    ("JP", "hybrid"): _JAPAN_PETROL,
    ("JP", "diesel"): Co2Factor(2.58, "Japan, Ministry of the Environment and METI: 2.58 kg/L"),
    ("US", "petrol"): Co2Factor(8.887 / 3.785411784, "US EPA: 8,887 g a gallon of petrol"),
    ("US", "hybrid"): Co2Factor(8.887 / 3.785411784, "US EPA: 8,887 g a gallon of petrol"),
    ("US", "diesel"): Co2Factor(10.180 / 3.785411784, "US EPA: 10,180 g a gallon of diesel"),
}


def co2_factor(country: str, energy: str) -> Co2Factor | None:
    """Return a country's factor (ISO 3166 code) for what a truck burns; None where none is known, as for current."""
    return _FACTORS.get((country, energy))


def co2_kg(country: str, energy: str, fuel_l: float | None) -> float | None:
    """Return the CO2 of litres burnt (kg); None where litres or factor are not known."""
    factor = co2_factor(country, energy)
    return None if factor is None or fuel_l is None else fuel_l * factor.kg_per_l
