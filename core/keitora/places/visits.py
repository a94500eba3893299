"""From a truck's course and the fleet's places to stays. Pure.

A stay begins where the course crosses the drawn border inwards and ends where it crosses the exit border outwards,
which lies a margin further out. A truck that comes back soon had not left. A stay that lasted is a visit; else the
truck passed by. Carrying on from stored stays makes the same rows as looking at the whole course at once.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields
from typing import Final, NamedTuple

from keitora.books.rows import TracePoint
from keitora.places.border import Border, Point, Stretch
from keitora.places.index import PlaceIndex
from keitora.places.model import Stay

BRIDGED_GAP_S: Final = 300.0
"""Over a longer silence the course is not known: no border is crossed there, a stay goes on or has ended before it."""
ROAMED_M: Final = 500.0
"""A truck known to have driven further than this during a long silence was not standing there all the time."""
_STEP: Final = 1e-9
"""Part of a leg by which the walk gets on at least, whatever the rounding at a corner."""


class Spot(NamedTuple):
    """A moment of the course at which it is known where the truck was (degrees)."""

    at_ms: int
    lat: float
    lon: float


class Leg(NamedTuple):
    """The straight line between two spots that follow each other, and what the trace says of it.

    `gap_s` is the time in it in which the truck was not heard, or it was not known where it was.
    """

    start: Spot
    end: Spot
    sums: TracePoint
    gap_s: float


def leg_to(start: Spot, point: TracePoint) -> Leg | None:
    """Return the leg from a spot to a point of the trace; None if the point has no place."""
    if point.lat is None or point.lon is None:
        return None
    unknown_s = max(0.0, (point.at_ms - start.at_ms) / 1000 - point.lasted_s)
    return Leg(start, Spot(point.at_ms, point.lat, point.lon), point, point.gap_s + unknown_s)


def legs_of(points: Iterable[TracePoint]) -> Iterable[Leg]:
    """Yield the lines between points that follow each other; points without a place are passed over."""
    before: Spot | None = None
    for point in points:
        if point.lat is None or point.lon is None:
            continue
        leg = None if before is None else leg_to(before, point)
        if leg is not None:
            yield leg
        before = Spot(point.at_ms, point.lat, point.lon)


def may_go_on(stay: Stay, *, at_ms: int, away_s: int) -> bool:
    """Tell whether at a moment a stay lasts, or may still be taken up again."""
    return stay.left_ms is None or at_ms - stay.left_ms <= away_s * 1000


def follow(stays: Iterable[Stay], legs: Iterable[Leg], index: PlaceIndex) -> list[Stay]:
    """Return the stays after the legs: those handed in, carried on, and new ones, by place and time.

    `stays` are those that may go on. `legs` are in the order of time; legs out of reach of every place may be missing.
    """
    follower = _Follower(stays, index)
    for leg in legs:
        follower.step(leg)
    return follower.stays()


@dataclass(slots=True)
class _Open:
    """A stay as it grows."""

    place_id: int
    entered_ms: int
    left_ms: int | None = None
    inside_s: float = 0.0
    away_s: float = 0.0
    moving_s: float = 0.0
    engine_on_s: float = 0.0
    engine_known_s: float = 0.0
    distance_m: float = 0.0
    fuel_l: float = 0.0
    fuel_known_s: float = 0.0
    energy_kwh: float = 0.0
    energy_known_s: float = 0.0
    gap_s: float = 0.0
    aways: tuple[tuple[int, int], ...] = ()

    def book(self, leg: Leg, from_ms: int, to_ms: int) -> None:
        """Add a part of a leg, its sums by the share of its time."""
        sums = leg.sums
        share = (to_ms - from_ms) / (leg.end.at_ms - leg.start.at_ms)
        self.inside_s += (to_ms - from_ms) / 1000
        self.moving_s += sums.moving_s * share
        self.engine_on_s += sums.engine_on_s * share
        self.engine_known_s += sums.engine_known_s * share
        self.distance_m += sums.distance_m * share
        self.fuel_l += sums.fuel_l * share
        self.fuel_known_s += sums.fuel_known_s * share
        self.energy_kwh += sums.energy_kwh * share
        self.energy_known_s += sums.energy_known_s * share
        self.gap_s += leg.gap_s * share


_SUMS: Final = tuple(item.name for item in fields(_Open))


class _Follower:
    """One run over a course."""

    def __init__(self, stays: Iterable[Stay], index: PlaceIndex) -> None:
        self.index = index
        self.open = {stay.place_id: _Open(**{name: getattr(stay, name) for name in _SUMS}) for stay in stays}
        self.closed: list[_Open] = []

    def stays(self) -> list[Stay]:
        """Return all stays of this run. One that never had any time inside is none."""
        every = [one for one in (*self.closed, *self.open.values()) if one.left_ms is None or one.inside_s > 0]
        return [self._row(one) for one in sorted(every, key=lambda one: (one.place_id, one.entered_ms))]

    def _row(self, one: _Open) -> Stay:
        dwell_s = self.index.borders[one.place_id].place.dwell_s
        return Stay(is_visit=one.inside_s >= dwell_s, **{name: getattr(one, name) for name in _SUMS})

    def step(self, leg: Leg) -> None:
        """Follow the truck over one leg."""
        start, end = leg.start, leg.end
        if end.at_ms <= start.at_ms:
            return
        west, east = (start.lon, end.lon) if start.lon <= end.lon else (end.lon, start.lon)
        south, north = (start.lat, end.lat) if start.lat <= end.lat else (end.lat, start.lat)
        touched = {border.place.place_id: border for border in self.index.near(west, south, east, north)}
        for place_id, one in self.open.items():
            if one.left_ms is None:
                touched.setdefault(place_id, self.index.borders[place_id])
        for border in touched.values():
            a, b = border.plane.xy(start.lat, start.lon), border.plane.xy(end.lat, end.lon)
            if leg.gap_s > BRIDGED_GAP_S:
                self._leap(border, leg, b)
            else:
                self._walk(border, leg, a, b)

    def _walk(self, border: Border, leg: Leg, a: Point, b: Point) -> None:
        """Follow the line from border to border."""
        inner = border.inner.stretches(a, b)
        outer = border.outer.stretches(a, b)
        at = 0.0
        one = self._inside(border)
        while True:
            if one is None:
                begin = _next_begin(inner, at)
                if begin is None:
                    return
                at = begin
                one = self._enter(border, _moment(leg, at))
            end = _end_of(outer, at)
            one.book(leg, _moment(leg, at), _moment(leg, end))
            if end >= 1.0:
                return
            one.left_ms = _moment(leg, end)
            one, at = None, max(end, at + _STEP)

    def _leap(self, border: Border, leg: Leg, b: Point) -> None:
        """Take in a leg of which little but its ends is known."""
        one = self._inside(border)
        if one is not None:
            if leg.sums.distance_m <= ROAMED_M and border.outer.stretches(b, b):
                one.book(leg, leg.start.at_ms, leg.end.at_ms)
                return
            one.left_ms = leg.start.at_ms
        if border.inner.stretches(b, b):
            self._enter(border, leg.end.at_ms)

    def _inside(self, border: Border) -> _Open | None:
        one = self.open.get(border.place.place_id)
        return one if one is not None and one.left_ms is None else None

    def _enter(self, border: Border, at_ms: int) -> _Open:
        """Begin a stay, or take up again the one that was hardly left."""
        place = border.place
        one = self.open.get(place.place_id)
        if one is not None:
            away_ms = at_ms - (one.left_ms or 0)
            if away_ms <= place.away_s * 1000:
                one.aways = (*one.aways, (at_ms - away_ms, at_ms))
                one.left_ms = None
                one.away_s += away_ms / 1000
                return one
            self.closed.append(one)
        one = self.open[place.place_id] = _Open(place.place_id, at_ms)
        return one


def _moment(leg: Leg, part: float) -> int:
    return leg.start.at_ms + round(part * (leg.end.at_ms - leg.start.at_ms))


def _next_begin(stretches: Sequence[Stretch], at: float) -> float | None:
    """Return where the line is next within the border, from `at` on."""
    for begin, end in stretches:
        if end > at:
            return max(begin, at)
    return None


def _end_of(stretches: Sequence[Stretch], at: float) -> float:
    """Return where the stretch that holds `at` ends; `at` itself if none does."""
    for begin, end in stretches:
        if begin <= at <= end:
            return end
    return at
