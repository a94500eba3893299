"""Distances on the Earth."""

from math import asin, cos, radians, sin, sqrt
from typing import Final

EARTH_RADIUS_M: Final = 6_371_008.8
"""Mean radius R1 of the WGS 84 ellipsoid (Moritz, Geodetic Reference System 1980): within 0.3 % of the geodesic."""
_RADIAN: Final = radians(1)
METRES_A_DEGREE: Final = radians(1) * EARTH_RADIUS_M
"""Of latitude, and of longitude on the equator."""


def distance_m(lat_a: float, lon_a: float, lat_b: float, lon_b: float) -> float:
    """Return the great-circle distance between two points given in degrees (m), by the haversine formula."""
    phi_a, phi_b = lat_a * _RADIAN, lat_b * _RADIAN
    sin_phi, sin_lambda = sin((phi_b - phi_a) / 2), sin((lon_b - lon_a) * _RADIAN / 2)
    half_chord = sqrt(sin_phi * sin_phi + cos(phi_a) * cos(phi_b) * (sin_lambda * sin_lambda))
    return 2 * EARTH_RADIUS_M * asin(min(1.0, half_chord))
