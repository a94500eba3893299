"""Where a truck stood often and no place is named yet. Pure."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import product
from typing import Final

from keitora.geo import distance_m
from keitora.places.index import PlaceIndex

REACH_M: Final = 80.0
"""Stops this near the middle of others are at the same place."""
LEAST_STOPS: Final = 3
LEAST_STOOD_S: Final = 3600.0


@dataclass(frozen=True, slots=True)
class Stood:
    """Stops within about ten metres: where on average, how many, of which trucks, how long (s), and when they began."""

    lat: float
    lon: float
    stop_count: int
    vehicle_ids: Sequence[int]
    stood_s: float
    longest_s: float
    first_at: datetime
    last_at: datetime


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A place worth a name: its middle, a radius that holds all stops with a little room, and why."""

    lat: float
    lon: float
    radius_m: float
    stop_count: int
    vehicle_count: int
    stood_s: float
    first_at: datetime
    last_at: datetime


def suggest(stops: Iterable[Stood], named: PlaceIndex, *, limit: int = 20) -> list[Suggestion]:
    """Return places worth a name, those where most time was spent first.

    Worth a name: three stops or more, an hour or more in all, and outside every place that has one.
    """
    heaps: list[_Heap] = []
    reached: dict[tuple[int, int], list[_Heap]] = {}
    for stood in sorted(stops, key=lambda one: (-one.longest_s, one.first_at, one.lat, one.lon)):
        if _is_named(stood, named):
            continue
        row, column = _cell(stood.lat, stood.lon)
        heap = _nearest(reached.get((row, column), ()), stood)
        if heap is None:
            heap = _Heap(stood.lat, stood.lon, [])
            heaps.append(heap)
            for cell in product((row - 1, row, row + 1), (column - 1, column, column + 1)):
                reached.setdefault(cell, []).append(heap)
        heap.stops.append(stood)
    found = [_told(heap.stops) for heap in heaps if _is_worth(heap.stops)]
    return sorted(found, key=lambda one: (-one.stood_s, one.lat, one.lon))[:limit]


@dataclass(frozen=True, slots=True)
class _Heap:
    """Stops about where the longest of them was."""

    lat: float
    lon: float
    stops: list[Stood]


def _is_named(stop: Stood, named: PlaceIndex) -> bool:
    for border in named.near(stop.lon, stop.lat, stop.lon, stop.lat):
        here = border.plane.xy(stop.lat, stop.lon)
        if border.outer.stretches(here, here):
            return True
    return False


def _cell(lat: float, lon: float) -> tuple[int, int]:
    return round(lat * 500), round(lon * 500)  # 0.002°: 100 m or more up to latitude 60


def _nearest(heaps: Iterable[_Heap], stop: Stood) -> _Heap | None:
    near = [(distance_m(heap.lat, heap.lon, stop.lat, stop.lon), heap.lat, heap.lon, heap) for heap in heaps]
    found = min(near, key=lambda one: one[:3], default=None)
    return found[3] if found is not None and found[0] <= REACH_M else None


def _is_worth(stops: Sequence[Stood]) -> bool:
    return sum(one.stop_count for one in stops) >= LEAST_STOPS and sum(one.stood_s for one in stops) >= LEAST_STOOD_S


def _told(stops: Sequence[Stood]) -> Suggestion:
    count = sum(one.stop_count for one in stops)
    lat = sum(one.lat * one.stop_count for one in stops) / count
    lon = sum(one.lon * one.stop_count for one in stops) / count
    reach_m = max(distance_m(lat, lon, one.lat, one.lon) for one in stops)
    return Suggestion(
        lat=lat,
        lon=lon,
        radius_m=max(50.0, round(reach_m + 20.0)),
        stop_count=count,
        vehicle_count=len({vehicle_id for one in stops for vehicle_id in one.vehicle_ids}),
        stood_s=sum(one.stood_s for one in stops),
        first_at=min(one.first_at for one in stops),
        last_at=max(one.last_at for one in stops),
    )
