"""Kilometres per litre, and whether it may be told. Pure."""

from typing import Final

KNOWN_ENOUGH: Final = 0.95
"""Share of the engine's running time for which fuel must be known before distance is divided by it."""


def known_ratio(fuel_known_s: float, engine_on_s: float) -> float | None:
    """Return for what share of the engine's running time the fuel is known (0 to 1); None if it never ran."""
    return min(1.0, fuel_known_s / engine_on_s) if engine_on_s > 0 else None


def km_per_l(distance_m: float | None, fuel_l: float | None) -> float | None:
    """Return kilometres per litre; None if either is unknown or zero."""
    return distance_m / 1000 / fuel_l if distance_m and fuel_l else None


def l_per_100km(distance_m: float | None, fuel_l: float | None) -> float | None:
    """Return litres per 100 km; None if either is unknown or zero."""
    return fuel_l / distance_m * 100_000 if distance_m and fuel_l else None


def is_known_enough(fuel_known_s: float, engine_on_s: float) -> bool:
    """Tell whether fuel covers so much of the engine's running time that it may be set against the distance."""
    return (known_ratio(fuel_known_s, engine_on_s) or 0.0) >= KNOWN_ENOUGH
