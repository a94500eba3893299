"""A drawn road network: places joined by roads with bends and climbs, and the way from one place to another. Pure."""

import heapq
import math
from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import Final

STEP_M: Final = 5.0
_EARTH_M: Final = 6_371_000.0
_JUNCTION_KMH: Final = 13.0
_LATERAL_MS2: Final = 1.8  # what a calm driver takes in a bend


@dataclass(frozen=True, slots=True)
class Place:
    """A place: metres east and north of the network's origin, and altitude (m)."""

    east_m: float
    north_m: float
    altitude_m: float


@dataclass(frozen=True, slots=True)
class Road:
    """A road between two places. It swings `bend_m` to the side, `bends` times, and undulates by `rolling_m`."""

    start: str
    end: str
    limit_kmh: float
    bend_m: float
    bends: int
    rolling_m: float = 2.0


@dataclass(frozen=True)
class Path:
    """A way along roads, as points every `STEP_M`; all sequences have the same length."""

    east_m: Sequence[float]
    north_m: Sequence[float]
    altitude_m: Sequence[float]
    limit_ms: Sequence[float]
    junctions: Sequence[int]

    @property
    def length_m(self) -> float:
        """Length along the road."""
        return self.distance_m[-1]

    @cached_property
    def distance_m(self) -> Sequence[float]:
        """Distance from the start at each point."""
        points = list(zip(self.east_m, self.north_m, strict=True))
        total = [0.0]
        for a, b in pairwise(points):
            total.append(total[-1] + math.dist(a, b))
        return total

    def index_at(self, at_m: float) -> int:
        """Return the last point that is not beyond a distance from the start."""
        return max(0, min(bisect_right(self.distance_m, at_m) - 1, len(self.distance_m) - 2))

    def at(self, at_m: float) -> tuple[float, float, float, float, float]:
        """Return east, north, altitude (m), slope (m per m) and heading (deg) at a distance from the start."""
        i = self.index_at(at_m)
        span_m = self.distance_m[i + 1] - self.distance_m[i]
        share = min(1.0, max(0.0, (at_m - self.distance_m[i]) / span_m))
        east_m = self.east_m[i] + share * (self.east_m[i + 1] - self.east_m[i])
        north_m = self.north_m[i] + share * (self.north_m[i + 1] - self.north_m[i])
        climb_m = self.altitude_m[i + 1] - self.altitude_m[i]
        heading_deg = math.degrees(
            math.atan2(self.east_m[i + 1] - self.east_m[i], self.north_m[i + 1] - self.north_m[i])
        )
        return east_m, north_m, self.altitude_m[i] + share * climb_m, climb_m / span_m, heading_deg % 360


@dataclass(frozen=True)
class Network:
    """Places and roads around an origin (deg)."""

    lat: float
    lon: float
    places: Mapping[str, Place]
    roads: Sequence[Road]

    def position(self, east_m: float, north_m: float) -> tuple[float, float]:
        """Return latitude and longitude (deg) of a point."""
        lat = self.lat + math.degrees(north_m / _EARTH_M)
        return lat, self.lon + math.degrees(east_m / (_EARTH_M * math.cos(math.radians(self.lat))))

    def way(self, start: str, end: str) -> Path:
        """Return the quickest way. Raises ValueError if no road leads there."""
        if (start, end) not in self._ways:
            self._ways[start, end] = self._drawn_way(start, end)
        return self._ways[start, end]

    @cached_property
    def _ways(self) -> dict[tuple[str, str], Path]:
        """Ways drawn so far."""
        return {}

    def _drawn_way(self, start: str, end: str) -> Path:
        hops = self._quickest(start, end)
        east_m: list[float] = []
        north_m: list[float] = []
        altitude_m: list[float] = []
        limit_ms: list[float] = []
        junctions: list[int] = []
        for road, is_reversed in hops:
            points = _drawn(self.places[road.start], self.places[road.end], road)
            points = points[::-1] if is_reversed else points
            if east_m:
                junctions.append(len(east_m) - 1)
                points = points[1:]
            for x, y, z in points:
                east_m.append(x)
                north_m.append(y)
                altitude_m.append(z)
                limit_ms.append(road.limit_kmh / 3.6)
        capped = _capped(east_m, north_m, limit_ms, junctions)
        return Path(tuple(east_m), tuple(north_m), tuple(altitude_m), tuple(capped), tuple(junctions))

    def _quickest(self, start: str, end: str) -> list[tuple[Road, bool]]:
        """Find the way of least driving time (Dijkstra)."""
        queue: list[tuple[float, int, str, tuple[tuple[Road, bool], ...]]] = [(0.0, 0, start, ())]
        seen: set[str] = set()
        counter = 0
        while queue:
            time_s, _, place, way = heapq.heappop(queue)
            if place == end:
                return list(way)
            if place in seen:
                continue
            seen.add(place)
            for road in self.roads:
                for a, b, is_reversed in ((road.start, road.end, False), (road.end, road.start, True)):
                    if a == place and b not in seen:
                        counter += 1
                        hop_s = self._apart_m(a, b) / road.limit_kmh
                        heapq.heappush(queue, (time_s + hop_s, counter, b, (*way, (road, is_reversed))))
        raise ValueError(f"no road leads from {start} to {end}")

    def _apart_m(self, a: str, b: str) -> float:
        one, other = self.places[a], self.places[b]
        return math.hypot(one.east_m - other.east_m, one.north_m - other.north_m)


def field_path(place: Place, *, rows: int, row_m: float) -> Path:
    """Return a way up and down between the rows of an orchard beside a place, three metres apart, and back."""
    points: list[tuple[float, float]] = []
    for row in range(rows):
        ends = (0.0, row_m) if row % 2 == 0 else (row_m, 0.0)
        count = max(2, round(row_m / STEP_M))
        points += [(row * 3.0, ends[0] + (ends[1] - ends[0]) * i / count) for i in range(count + 1)]
    points += points[-2::-1]
    return Path(
        tuple(place.east_m + x for x, _ in points),
        tuple(place.north_m + y for _, y in points),
        tuple(place.altitude_m + 0.06 * y for _, y in points),
        tuple(1.4 for _ in points),
        (),
    )


def _drawn(a: Place, b: Place, road: Road) -> list[tuple[float, float, float]]:
    """Draw a road: it leaves and reaches its places straight, and swings in between."""
    straight_m = math.hypot(b.east_m - a.east_m, b.north_m - a.north_m)
    count = max(4, round(straight_m * 1.05 / STEP_M))
    side_east, side_north = -(b.north_m - a.north_m) / straight_m, (b.east_m - a.east_m) / straight_m
    points = []
    for i in range(count + 1):
        t = i / count
        fade = math.sin(math.pi * t) ** 2
        swing_m = road.bend_m * fade * math.sin(math.pi * road.bends * t + 0.6 * road.bends)
        rise = t * t * (3 - 2 * t)
        points.append(
            (
                a.east_m + t * (b.east_m - a.east_m) + swing_m * side_east,
                a.north_m + t * (b.north_m - a.north_m) + swing_m * side_north,
                a.altitude_m + rise * (b.altitude_m - a.altitude_m) + road.rolling_m * fade * math.sin(9 * math.pi * t),
            )
        )
    return points


def _capped(
    east_m: Sequence[float], north_m: Sequence[float], limit_ms: Sequence[float], junctions: Sequence[int]
) -> list[float]:
    """Return the speed (m/s) at each point that the limit, the bend and a junction allow."""
    capped = list(limit_ms)
    for i in range(4, len(capped) - 4):
        before = math.atan2(east_m[i] - east_m[i - 4], north_m[i] - north_m[i - 4])
        after = math.atan2(east_m[i + 4] - east_m[i], north_m[i + 4] - north_m[i])
        turn = abs((after - before + math.pi) % (2 * math.pi) - math.pi)
        if turn > 0.005:
            span_m = math.hypot(east_m[i + 4] - east_m[i - 4], north_m[i + 4] - north_m[i - 4]) / 2
            capped[i] = min(capped[i], max(2.2, math.sqrt(_LATERAL_MS2 * span_m / turn)))
    for i in junctions:
        capped[i] = min(capped[i], _JUNCTION_KMH / 3.6)
    return capped
