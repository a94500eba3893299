"""How far an electric truck will go, by its own habit. Pure."""

from collections.abc import Sequence
from statistics import median
from typing import Final

from keitora.energy.pack import Pack

RESERVE_PCT: Final = 8.0
"""Nobody plans to arrive empty, and a gauge is not exact there."""
LEAST_KM: Final = 30.0


def habit_kwh_per_km(trips: Sequence[tuple[float, float]]) -> float | None:
    """Return what the truck uses a kilometre, from (km, kWh) of its trips, newest last; None before 30 km.

    Half of it is the last trips (of the last 100 km), half the median of all: today's cold and load count, one odd
    trip does not.
    """
    good = [(km, kwh) for km, kwh in trips if km > 0.5 and kwh > 0]
    if sum(km for km, _ in good) < LEAST_KM:
        return None
    usual = median(kwh / km for km, kwh in good)
    recent_km = recent_kwh = 0.0
    for km, kwh in reversed(good):
        recent_km, recent_kwh = recent_km + km, recent_kwh + kwh
        if recent_km >= 100:
            break
    return (usual + recent_kwh / recent_km) / 2


def range_left_km(pack: Pack, soc_pct: float, kwh_a_km: float) -> float:
    """Return how far the truck goes until its reserve (km)."""
    return max(0.0, pack.energy_kwh(soc_pct, RESERVE_PCT)) / kwh_a_km if soc_pct > RESERVE_PCT else 0.0


def km_per_kwh(km: float | None, kwh: float | None) -> float | None:
    """Return kilometres a kilowatt-hour; None if either is unknown or not positive."""
    return km / kwh if km and kwh and km > 0 and kwh > 0 else None
