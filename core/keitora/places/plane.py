"""A flat map around a place, in metres. Pure.

Within 10 km of its centre it is true to a thousandth, far less than a fix is: an equirectangular projection.
"""

from dataclasses import dataclass
from math import cos, radians

from keitora.geo import EARTH_RADIUS_M


@dataclass(frozen=True, slots=True)
class Plane:
    """East and north of a point (degrees), in metres."""

    lat: float
    lon: float
    metres_a_degree_lon: float
    metres_a_degree_lat: float

    @classmethod
    def around(cls, lat: float, lon: float) -> "Plane":
        """Return the map around a point."""
        north = radians(1) * EARTH_RADIUS_M
        return cls(lat, lon, north * cos(radians(lat)), north)

    def xy(self, lat: float, lon: float) -> tuple[float, float]:
        """Return how far east and north a point is (m)."""
        return (lon - self.lon) * self.metres_a_degree_lon, (lat - self.lat) * self.metres_a_degree_lat

    def lon_lat(self, x: float, y: float) -> tuple[float, float]:
        """Return the longitude and latitude of a point of the map (degrees)."""
        return self.lon + x / self.metres_a_degree_lon, self.lat + y / self.metres_a_degree_lat
