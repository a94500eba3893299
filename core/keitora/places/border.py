"""Borders, and which part of a straight course lies within them. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import sqrt
from typing import Final

from shapely.geometry import Point as Centre
from shapely.geometry import Polygon as Outline

from keitora.places.model import Circle, Place, Shape
from keitora.places.plane import Plane

Stretch = tuple[float, float]
"""A part of a straight course, from 0 (its start) to 1 (its end)."""
Point = tuple[float, float]
Edges = tuple[tuple[float, float, float, float], ...]

_EPSILON: Final = 1e-12
_WHOLE: Final[Stretch] = (0.0, 1.0)


@dataclass(frozen=True, slots=True)
class Round:
    """A circle about the origin of its map."""

    radius_m: float

    def stretches(self, a: Point, b: Point) -> list[Stretch]:
        """Return the part of the line from a to b that is inside, the border included."""
        (ax, ay), (dx, dy) = a, (b[0] - a[0], b[1] - a[1])
        square = dx * dx + dy * dy
        if square < _EPSILON:
            return [_WHOLE] if ax * ax + ay * ay <= self.radius_m**2 else []
        half = (ax * dx + ay * dy) / square
        root = half * half - (ax * ax + ay * ay - self.radius_m**2) / square
        if root < 0:
            return []
        begin, end = max(0.0, -half - sqrt(root)), min(1.0, -half + sqrt(root))
        return [(begin, end)] if begin <= end else []


@dataclass(frozen=True, slots=True)
class Outlined:
    """A polygon, holes included, by its edges."""

    edges: Edges

    def stretches(self, a: Point, b: Point) -> list[Stretch]:
        """Return the parts of the line from a to b that are inside, in order."""
        dx, dy = b[0] - a[0], b[1] - a[1]
        if dx * dx + dy * dy < _EPSILON:
            return [_WHOLE] if self._holds(*a) else []
        marks = sorted({0.0, 1.0, *self._crossings(a, dx, dy)})
        parts: list[Stretch] = []
        for begin, end in pairwise(marks):
            middle = (begin + end) / 2
            if not self._holds(a[0] + middle * dx, a[1] + middle * dy):
                continue
            if parts and parts[-1][1] == begin:
                begin = parts.pop()[0]  # noqa: PLW2901 -- the same part goes on
            parts.append((begin, end))
        return parts

    def _crossings(self, a: Point, dx: float, dy: float) -> list[float]:
        ax, ay = a
        found: list[float] = []
        for x, y, ex, ey in self.edges:
            across = dx * ey - dy * ex
            if across == 0.0:
                continue
            along = ((x - ax) * ey - (y - ay) * ex) / across
            if 0.0 < along < 1.0 and 0.0 <= ((x - ax) * dy - (y - ay) * dx) / across <= 1.0:
                found.append(along)
        return found

    def _holds(self, px: float, py: float) -> bool:
        inside = False
        for x, y, ex, ey in self.edges:
            if (y > py) != (y + ey > py) and px < x + (py - y) / ey * ex:
                inside = not inside
        return inside


Line = Round | Outlined


@dataclass(frozen=True, slots=True)
class Border:
    """A place's two borders on its own map: it is entered over the inner one and left over the outer one."""

    place: Place
    plane: Plane
    inner: Line
    outer: Line
    bounds: tuple[float, float, float, float]
    """West, south, east, north of the outer border (degrees)."""


def border_of(place: Place) -> Border:
    """Return a place's borders."""
    plane = plane_of(place.shape)
    margin_m = place.exit_margin_m
    if isinstance(place.shape, Circle):
        reach_m = place.shape.radius_m + margin_m
        inner: Line = Round(place.shape.radius_m)
        outer: Line = Round(reach_m)
        extent = (-reach_m, -reach_m, reach_m, reach_m)
    else:
        outline = outline_of(place.shape, plane)
        wider = outline.buffer(margin_m) if margin_m else outline
        inner, outer = Outlined(_edges(outline)), Outlined(_edges(wider))
        extent = wider.bounds
    west, south = plane.lon_lat(extent[0], extent[1])
    east, north = plane.lon_lat(extent[2], extent[3])
    return Border(place, plane, inner, outer, (west, south, east, north))


def plane_of(shape: Shape) -> Plane:
    """Return the map on which a shape is looked at: around its centre."""
    if isinstance(shape, Circle):
        return Plane.around(shape.lat, shape.lon)
    lons, lats = zip(*shape.rings[0], strict=True)
    return Plane.around((min(lats) + max(lats)) / 2, (min(lons) + max(lons)) / 2)


def outline_of(shape: Shape, plane: Plane) -> Outline:
    """Return a shape's outline in metres; a circle as 128 corners."""
    if isinstance(shape, Circle):
        return Centre(0.0, 0.0).buffer(shape.radius_m, quad_segs=32)
    outer, *holes = [[plane.xy(lat, lon) for lon, lat in ring] for ring in shape.rings]
    return Outline(outer, holes)


def _edges(outline: Outline) -> Edges:
    return tuple(edge for ring in (outline.exterior, *outline.interiors) for edge in _ring_edges(list(ring.coords)))


def _ring_edges(corners: Sequence[tuple[float, ...]]) -> list[tuple[float, float, float, float]]:
    return [(one[0], one[1], other[0] - one[0], other[1] - one[1]) for one, other in pairwise(corners)]
