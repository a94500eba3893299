"""A coarse map of where a truck was when, so that naming a place need not read a year of courses. Pure.

The Earth is ruled into cells of a hundredth of a degree, about a kilometre. A run is the time from the first leg that
touches a cell to the last leg after it that does without one in between that does not.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from math import floor
from typing import Final

from keitora.places.visits import BRIDGED_GAP_S, Leg

_A_DEGREE: Final = 100
_AROUND: Final = 360 * _A_DEGREE
MAX_CELLS: Final = 200
"""A leg over more cells (a ferry; a course of 200 km without a bend) counts for those of its ends only."""


@dataclass(frozen=True, slots=True)
class Run:
    """The truck was in a cell, or on its way through it, from one point of its course to another (Unix ms)."""

    cell: int
    from_ms: int
    to_ms: int


def cells_of(west: float, south: float, east: float, north: float) -> list[int]:
    """Return the cells that a rectangle (degrees) touches."""
    return [
        row * _AROUND + column
        for row in range(_row(south), _row(north) + 1)
        for column in range(_column(west), _column(east) + 1)
    ]


def runs_of(open_runs: Iterable[Run], legs: Iterable[Leg]) -> list[Run]:
    """Return the runs of a course: those handed in, which end where it begins, carried on, and new ones."""
    growing = {run.cell: run for run in open_runs}
    done: list[Run] = []
    for leg in legs:
        start, end, touched = leg.start, leg.end, _touched(leg)
        done += [growing.pop(cell) for cell in growing.keys() - touched]
        for cell in touched:
            run = growing.get(cell)
            growing[cell] = Run(cell, start.at_ms if run is None else run.from_ms, end.at_ms)
    return sorted([*done, *growing.values()], key=lambda run: (run.from_ms, run.cell))


def joined(runs: Iterable[Run], tails: Iterable[Run], at_ms: int) -> list[Run]:
    """Return the runs up to a point of the course, those that end there carried on by the `tails` that reach beyond."""
    by_end = {(run.cell, run.to_ms): run for run in runs}
    for tail in tails:
        before = by_end.pop((tail.cell, at_ms), None)
        by_end[tail.cell, tail.to_ms] = Run(tail.cell, at_ms if before is None else before.from_ms, tail.to_ms)
    return list(by_end.values())


def _touched(leg: Leg) -> set[int]:
    start, end = leg.start, leg.end
    if leg.gap_s <= BRIDGED_GAP_S:
        rows = abs(_row(start.lat) - _row(end.lat)) + 1
        if rows * (abs(_column(start.lon) - _column(end.lon)) + 1) <= MAX_CELLS:
            west, east = sorted((start.lon, end.lon))
            south, north = sorted((start.lat, end.lat))
            return set(cells_of(west, south, east, north))
    return {cell for one in (start, end) for cell in cells_of(one.lon, one.lat, one.lon, one.lat)}


def _row(lat: float) -> int:
    return floor((lat + 90) * _A_DEGREE)


def _column(lon: float) -> int:
    return floor((lon + 180) * _A_DEGREE)
