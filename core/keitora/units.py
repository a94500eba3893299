"""Units people read, from those that are stored. The one place of these numbers. Pure."""

from typing import Final

KM_A_MILE: Final = 1.609344
L_A_US_GALLON: Final = 3.785411784


def mpg_us(km_per_l: float) -> float:
    """Return miles per US gallon."""
    return km_per_l * L_A_US_GALLON / KM_A_MILE


def l_per_100km(km_per_l: float) -> float:
    """Return litres per 100 km. Raises ZeroDivisionError for 0."""
    return 100 / km_per_l


def miles(km: float) -> float:
    """Return miles."""
    return km / KM_A_MILE


def us_gallons(litres: float) -> float:
    """Return US gallons."""
    return litres / L_A_US_GALLON
