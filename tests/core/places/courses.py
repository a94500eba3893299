"""Courses for tests: points in metres east and north of a field's middle."""

from collections.abc import Iterable
from typing import Any

from keitora.books.rows import TracePoint
from keitora.places.model import Circle, Place, Polygon, Shape
from keitora.places.plane import Plane
from keitora.places.shapes import area_m2

HERE = Plane.around(36.65, 138.18)
START_MS = 1_775_000_000_000


def point(at_s: float, x: float, y: float, lasted_s: float = 0.0, **sums: Any) -> TracePoint:
    lon, lat = HERE.lon_lat(x, y)
    values: dict[str, Any] = {
        "altitude_m": None,
        "speed_kmh": None,
        "kind": "drive",
        "distance_m": 0.0,
        "lasted_s": lasted_s,
        "moving_s": 0.0,
        "engine_on_s": lasted_s,
        "engine_known_s": lasted_s,
        "fuel_l": lasted_s / 3600,
        "fuel_known_s": lasted_s,
        "energy_kwh": 0.0,
        "energy_known_s": 0.0,
        "gap_s": 0.0,
    }
    return TracePoint(at_ms=START_MS + round(at_s * 1000), lat=lat, lon=lon, **(values | sums))


def course(stops: Iterable[tuple[float, float, float]]) -> list[TracePoint]:
    """Points at (seconds since the start, metres east, metres north); the engine runs throughout."""
    points: list[TracePoint] = []
    before: tuple[float, float, float] | None = None
    for at_s, x, y in stops:
        if before is None:
            points.append(point(at_s, x, y))
        else:
            metres = ((x - before[1]) ** 2 + (y - before[2]) ** 2) ** 0.5
            lasted_s = at_s - before[0]
            moving_s = lasted_s if metres else 0.0
            points.append(point(at_s, x, y, lasted_s, distance_m=metres, moving_s=moving_s))
        before = (at_s, x, y)
    return points


def circle(radius_m: float, x: float = 0.0, y: float = 0.0) -> Circle:
    lon, lat = HERE.lon_lat(x, y)
    return Circle(lat, lon, radius_m)


def rectangle(west: float, south: float, east: float, north: float) -> Polygon:
    corners = [(west, south), (east, south), (east, north), (west, north), (west, south)]
    return Polygon((tuple(HERE.lon_lat(x, y) for x, y in corners),))


def place(place_id: int, shape: Shape, **changes: Any) -> Place:
    values: dict[str, Any] = {"name": f"place {place_id}", "exit_margin_m": 30.0, "dwell_s": 180, "away_s": 180}
    return Place(place_id=place_id, shape=shape, area_m2=area_m2(shape), **(values | changes))
