"""Distances on the Earth."""

from math import asin, cos, radians, sin, sqrt
from typing import Final

EARTH_RADIUS_M: Final = 6_371_008.8
"""Mean radius R1 of the WGS 84 ellipsoid (Moritz, Geodetic Reference System 1980): within 0.3 % of the geodesic."""
METRES_A_DEGREE: Final = radians(1) * EARTH_RADIUS_M
"""Of latitude, and of longitude on the equator."""


def distance_m(lat_a: float, lon_a: float, lat_b: float, lon_b: float) -> float:
    """Return the great-circle distance between two points given in degrees (m), by the haversine formula."""
    phi_a, phi_b = radians(lat_a), radians(lat_b)
    half_phi, half_lambda = (phi_b - phi_a) / 2, radians(lon_b - lon_a) / 2
    chord = sin(half_phi) ** 2 + cos(phi_a) * cos(phi_b) * sin(half_lambda) ** 2
    return 2 * EARTH_RADIUS_M * asin(min(1.0, sqrt(chord)))
