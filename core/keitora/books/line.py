"""What the fold remembers of the line a truck draws: the part of the trace that is not yet handed out."""

from dataclasses import dataclass, field

from keitora.books.fix import Fix
from keitora.books.totals import Totals


@dataclass(slots=True)
class Sums:
    """What a piece of the trace adds up: metres, seconds, litres, kilowatt-hours. `part_count`: from how many parts."""

    part_count: int = 0
    distance_m: float = 0.0
    moving_s: float = 0.0
    unsure_s: float = 0.0
    engine_on_s: float = 0.0
    engine_known_s: float = 0.0
    fuel_l: float = 0.0
    fuel_known_s: float = 0.0
    energy_kwh: float = 0.0
    energy_known_s: float = 0.0
    gap_s: float = 0.0
    presumed_s: float = 0.0
    presumed_l: float = 0.0

    def add(self, other: "Sums") -> None:
        """Add another piece's sums."""
        if other.part_count == 0:
            return
        self.part_count += other.part_count
        self.distance_m += other.distance_m
        self.moving_s += other.moving_s
        self.unsure_s += other.unsure_s
        self.engine_on_s += other.engine_on_s
        self.engine_known_s += other.engine_known_s
        self.fuel_l += other.fuel_l
        self.fuel_known_s += other.fuel_known_s
        self.energy_kwh += other.energy_kwh
        self.energy_known_s += other.energy_known_s
        self.gap_s += other.gap_s
        self.presumed_s += other.presumed_s
        self.presumed_l += other.presumed_l

    def count(self, totals: Totals, gap_s: float) -> None:
        """Add what one sample brought."""
        self.part_count += 1
        self.distance_m += totals.way_m
        self.moving_s += totals.moving_s
        self.unsure_s += totals.unsure_s
        self.engine_on_s += totals.engine_on_s
        self.engine_known_s += totals.engine_known_s
        if totals.fuel_known_s:
            self.fuel_l += totals.fuel_l
            self.fuel_known_s += totals.fuel_known_s
            self.presumed_s += totals.presumed_s
            self.presumed_l += totals.presumed_l
        if totals.energy_known_s:
            self.energy_kwh += totals.energy_kwh
            self.energy_known_s += totals.energy_known_s
        self.gap_s += gap_s

    def count_gap(self, gap_s: float) -> None:
        """Add time of which nothing is known."""
        if gap_s > 0:
            self.part_count += 1
            self.gap_s += gap_s

    def stand_still(self) -> None:
        """Take out what is no movement after all, and an engine presumed to run because of it."""
        self.distance_m = self.moving_s = self.unsure_s = 0.0
        self.engine_known_s = max(0.0, self.engine_known_s - self.presumed_s)
        self.engine_on_s = max(0.0, self.engine_on_s - self.presumed_s)
        self.fuel_known_s = max(0.0, self.fuel_known_s - self.presumed_s)
        self.fuel_l = max(0.0, self.fuel_l - self.presumed_l)
        self.presumed_s = self.presumed_l = 0.0


@dataclass(slots=True)
class Point:
    """A point of the trace that waits until the truck is known to have driven. Sums are since the one before."""

    at_ms: int
    place: Fix | None
    speed_kmh: float | None
    altitude_m: float | None
    sums: Sums


@dataclass(slots=True)
class End:
    """The newest fix of the line: where its next point will be, unless the line goes on straight."""

    fix: Fix
    speed_kmh: float | None
    altitude_m: float | None


@dataclass(slots=True)
class Line:
    """The open end of the trace.

    `given_ms` is the time of the last point handed out. While driving, `kept` and `kept_ms` are the last point of the
    line, `west`…`north` the velocities (m/s) for which a straight line from it passes every fix since closely enough,
    `to_end` the sums up to the newest fix and `since` those after it. `edge` is the last movement: the trip's end, if
    no other movement follows. `held` are points before it that wait until the trip is known to be one, `after` those
    since.
    """

    given_ms: int | None = None
    driving: bool = False
    engine_on: bool = False
    kept_ms: int = 0
    kept: Fix | None = None
    metres_a_degree_east: float = 0.0
    west: float = 0.0
    east: float = 0.0
    south: float = 0.0
    north: float = 0.0
    end: End | None = None
    to_end: Sums = field(default_factory=Sums)
    since: Sums = field(default_factory=Sums)
    keep_next: bool = False
    held: list[Point] = field(default_factory=list)
    edge: Point | None = None
    after: list[Point] = field(default_factory=list)
