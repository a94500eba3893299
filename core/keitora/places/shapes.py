"""Shapes from GeoJSON (RFC 7946) and back, and what is wrong with those that cannot be a place. Pure."""

import math
from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any, Final

from shapely.validation import explain_validity

from keitora.errors import KeitoraError
from keitora.places.border import outline_of, plane_of
from keitora.places.model import Circle, Polygon, Ring, Shape

MAX_CORNERS: Final = 1000
MIN_RADIUS_M: Final = 10.0
MAX_RADIUS_M: Final = 50_000.0
MIN_AREA_M2: Final = 50.0
MAX_SPAN_DEGREES: Final = 2.0
"""A place is looked at on a flat map: one larger than about 200 km is no place."""


class ShapeError(KeitoraError):
    """A shape that cannot be a place; the text says why, in words for who drew it."""


def checked(shape: Shape) -> Shape:
    """Return the shape. Raises ShapeError if it cannot be a place."""
    if isinstance(shape, Circle):
        _check_position(shape.lon, shape.lat)
        if not MIN_RADIUS_M <= shape.radius_m <= MAX_RADIUS_M:
            raise ShapeError(f"the radius must be {MIN_RADIUS_M:.0f} to {MAX_RADIUS_M:.0f} m")
        return shape
    _check_rings(shape.rings)
    outline = outline_of(shape, plane_of(shape))
    if not outline.is_valid:
        raise ShapeError(f"the outline is not a simple one: {_explained(explain_validity(outline))}")
    if outline.area < MIN_AREA_M2:
        raise ShapeError(f"the area must be {MIN_AREA_M2:.0f} m² or more")
    return shape


def area_m2(shape: Shape) -> float:
    """Return a shape's area, on its flat map (m²)."""
    if isinstance(shape, Circle):
        return math.pi * shape.radius_m**2
    return outline_of(shape, plane_of(shape)).area


def centre_of(shape: Shape) -> tuple[float, float]:
    """Return latitude and longitude of a point inside a shape, to write its name at."""
    if isinstance(shape, Circle):
        return shape.lat, shape.lon
    plane = plane_of(shape)
    point = outline_of(shape, plane).representative_point()
    lon, lat = plane.lon_lat(point.x, point.y)
    return lat, lon


def shape_from_geojson(geometry: Mapping[str, Any], *, radius_m: float | None = None) -> Shape:
    """Return the shape a GeoJSON geometry draws: a Polygon, or a Point with a radius (m).

    Raises ShapeError for anything else, and for what cannot be a place.
    """
    kind, coordinates = geometry.get("type"), geometry.get("coordinates")
    if kind == "Point":
        if radius_m is None:
            raise ShapeError("a Point needs a radius_m to be a circle")
        lon, lat = _position(coordinates)
        return checked(Circle(lat, lon, radius_m))
    if kind != "Polygon":
        raise ShapeError(f"a place is a Polygon, or a Point with a radius_m; this is {str(kind)[:40]!r}")
    if not isinstance(coordinates, Sequence) or isinstance(coordinates, str):
        raise ShapeError("a Polygon's coordinates are a list of rings")
    shape = Polygon(tuple(_ring(ring) for ring in coordinates))
    checked(shape)
    return wound(shape)


def shape_to_geojson(shape: Shape) -> dict[str, Any]:
    """Return the GeoJSON geometry of a shape; a circle is a Point, its radius stands beside it."""
    if isinstance(shape, Circle):
        return {"type": "Point", "coordinates": [shape.lon, shape.lat]}
    return {"type": "Polygon", "coordinates": [[list(corner) for corner in ring] for ring in shape.rings]}


def wound(shape: Polygon) -> Polygon:
    """Return the shape with its outline against the clock and its holes with it, as RFC 7946 (3.1.6) has them."""
    rings = (
        ring if _runs_with_the_clock(ring) == (place > 0) else ring[::-1] for place, ring in enumerate(shape.rings)
    )
    return Polygon(tuple(rings))


def _runs_with_the_clock(ring: Ring) -> bool:
    # The area with its sign, from the first corner: places far from 0° lose nothing in it.
    (lon, lat), *_ = ring
    return sum((a[0] - lon) * (b[1] - lat) - (b[0] - lon) * (a[1] - lat) for a, b in pairwise(ring)) < 0


def _ring(value: object) -> Ring:
    if not isinstance(value, Sequence) or isinstance(value, str):
        raise ShapeError("a ring is a list of positions")
    if len(value) > MAX_CORNERS:
        raise ShapeError(f"a place has at most {MAX_CORNERS} corners")
    return tuple(_position(corner) for corner in value)


def _position(value: object) -> tuple[float, float]:
    if not isinstance(value, Sequence) or isinstance(value, str) or not 2 <= len(value) <= 3:
        raise ShapeError("a position is [longitude, latitude]")
    lon, lat = value[0], value[1]
    if not all(isinstance(part, int | float) and not isinstance(part, bool) for part in (lon, lat)):
        raise ShapeError("a position is [longitude, latitude], in numbers")
    return float(lon), float(lat)


def _check_position(lon: float, lat: float) -> None:
    if not (-180 <= lon <= 180 and -85 <= lat <= 85):
        raise ShapeError(f"[{lon}, {lat}] is no [longitude, latitude] a truck can be at; are they the wrong way round?")


def _check_rings(rings: Sequence[Ring]) -> None:
    if not rings:
        raise ShapeError("a Polygon needs an outline")
    if sum(len(ring) for ring in rings) > MAX_CORNERS:
        raise ShapeError(f"a place has at most {MAX_CORNERS} corners")
    for ring in rings:
        if len(ring) < 4 or ring[0] != ring[-1]:
            raise ShapeError("a ring has three corners or more, and ends with the corner it began with")
        for lon, lat in ring:
            _check_position(lon, lat)
    lons, lats = zip(*rings[0], strict=True)
    if max(lons) - min(lons) > 180:
        raise ShapeError("a place cannot lie across the 180th meridian; draw two")
    if max(lons) - min(lons) > MAX_SPAN_DEGREES or max(lats) - min(lats) > MAX_SPAN_DEGREES:
        raise ShapeError(f"a place reaches at most {MAX_SPAN_DEGREES:.0f} degrees from side to side")


def _explained(reason: str) -> str:
    words = reason.split("[", maxsplit=1)[0].strip().lower()
    return {"self-intersection": "it crosses itself", "ring self-intersection": "it touches itself"}.get(words, words)
