"""The trace: a truck's line with few points, no fix further than 8 m from it. Pure, but for the `Line` it keeps.

An online form of the sleeve method (Zhao and Saalfeld, "Linear-time sleeve-fitting polyline simplification algorithms",
Auto-Carto 13, 1997) over time and place together: the line from the last kept point is an even velocity, and a fix may
end it only if that velocity passes every fix between at the moment it was taken. So speed is kept as well as shape.
"""

from math import cos, radians, sqrt
from typing import Final

from keitora.books.fix import Fix
from keitora.books.line import End, Line, Point, Sums
from keitora.books.rows import TracePoint
from keitora.books.sample import Sample
from keitora.books.totals import Totals
from keitora.geo import METRES_A_DEGREE

EPSILON_M: Final = 8.0
"""No believed fix of a drive lies further from the trace at its moment."""
_HALF_SIDE_M: Final = EPSILON_M / sqrt(2)
"""Half the side of the square that fits into the circle of EPSILON_M: each axis is judged alone."""
_ANY_MS: Final = 1e9
AT_LEAST_EVERY_MS: Final = 900_000
"""While data come, a point comes at least so often, standing or driving."""
EDGE_FIX_MS: Final = 10_000
MOST_HELD: Final = 400
"""Points that wait at most; further ones are left out. A truck that shuffles about all day must cost no memory."""


class Tracer:
    """Writes the trace of one run of the fold into `points`."""

    def __init__(self, line: Line, points: list[TracePoint]) -> None:
        self.line = line
        self.points = points

    # --- standing ------------------------------------------------------------------------------------------------

    def stand(self, sample: Sample, totals: Totals, rest: Fix | None, last_ms: int | None, gap_ms: int) -> None:
        """Count a sample of a truck that is not on a leg."""
        line = self.line
        if line.given_ms is None or last_ms is None:
            line.since.count(totals, 0.0)
            self._give(Point(sample.at_ms, rest, _speed(sample), sample.altitude_m, line.since), "stand")
            line.since = Sums()
            return
        lasted_ms = sample.at_ms - last_ms
        engine_on = totals.engine_on_s > 0 if totals.engine_known_s > 0 else line.engine_on
        if engine_on != line.engine_on or lasted_ms > AT_LEAST_EVERY_MS:
            self._stand_until(last_ms, rest)
            line.engine_on = engine_on
        line.since.count(totals, lasted_ms / 1000 if lasted_ms > gap_ms else 0.0)
        line.since.stand_still()
        if sample.at_ms - line.given_ms >= AT_LEAST_EVERY_MS:
            if line.since.engine_known_s == 0:
                line.engine_on = False
            self._stand_until(sample.at_ms, rest)

    def _stand_until(self, at_ms: int, rest: Fix | None) -> None:
        line = self.line
        if line.given_ms is None or at_ms > line.given_ms:
            self._give(Point(at_ms, rest, 0.0, None, line.since), "stand")
            line.since = Sums()

    # --- driving -------------------------------------------------------------------------------------------------

    def begin(self, started_ms: int, last_ms: int, origin: Fix | None, rest: Fix | None, gap_ms: int) -> None:
        """Begin a leg at a moment, which may lie before the last sample, or `gap_ms` of silence after it."""
        line = self.line
        if gap_ms > AT_LEAST_EVERY_MS:
            self._stand_until(last_ms, rest)
        line.since.count_gap(gap_ms / 1000)
        given_ms = line.given_ms
        self._stand_until(started_ms if given_ms is None or started_ms > given_ms else last_ms, rest)
        line.driving = True
        line.edge = line.end = None
        line.keep_next = False
        line.held, line.after = [], []
        self._open(origin, line.given_ms or started_ms)

    def drive(
        self, sample: Sample, totals: Totals, fix: Fix | None, gap_s: float, *, moving: bool, last_ms: int
    ) -> None:
        """Count a sample of a leg. `gap_s`: how much of the time since the last one is a gap."""
        line = self.line
        if not moving and line.edge is None:
            self._set_edge(last_ms)
        if gap_s > 0:
            self._keep_end(last_ms)
            line.keep_next = True
        if fix is None:
            line.since.count(totals, gap_s)
        else:
            self._extend(End(fix, _speed(sample), sample.altitude_m), totals, gap_s)
        if sample.at_ms - line.kept_ms >= AT_LEAST_EVERY_MS:
            self._keep_end(sample.at_ms)

    def has_waiting(self) -> bool:
        """Tell whether anything waits for the truck to move on."""
        line = self.line
        return line.edge is not None or bool(line.held) or bool(line.after)

    def settle(self, *, confirmed: bool, moved: bool) -> None:
        """Note that the truck moved on: what came since its last movement is part of the leg.

        `moved`: the time in which no speed was heard is movement.
        """
        line = self.line
        if line.edge is not None:
            for sums in (*(point.sums for point in line.after), line.to_end, line.since):
                if moved:
                    sums.moving_s += sums.unsure_s
                    sums.unsure_s = 0.0
            self._dissolve_edge(line.edge)
            line.held += line.after
            line.edge, line.after = None, []
        if confirmed:
            self.confirm()

    def confirm(self) -> None:
        """Hand out the points of a leg that is a trip."""
        if self.line.held:
            for point in self.line.held:
                self._give(point, "drive")
            self.line.held = []

    def end(self, *, confirmed: bool, rest: Fix | None, last_ms: int) -> None:
        """End the leg at its last movement; what came since, or all of it if it was no trip, is standing."""
        line = self.line
        if line.edge is None:
            self._set_edge(last_ms)
        edge = line.edge
        still = Sums()
        if edge is not None and confirmed:
            self._end_drive(edge, rest)
        elif edge is not None:
            for point in (*line.held, edge):
                still.add(point.sums)
        for sums in (*(point.sums for point in line.after), line.to_end, line.since):
            still.add(sums)
        still.stand_still()
        line.since, line.to_end = still, Sums()
        line.driving, line.edge, line.end = False, None, None
        line.held, line.after = [], []

    def break_at(self, last_ms: int, rest: Fix | None) -> None:
        """Set a point at the last sample, so that sums do not reach over it (a local midnight)."""
        if self.line.driving:
            self._keep_end(last_ms)
        else:
            self._stand_until(last_ms, rest)

    # --- the sleeve ----------------------------------------------------------------------------------------------

    def _open(self, kept: Fix | None, kept_ms: int) -> None:
        """Begin a new straight piece at a point."""
        line = self.line
        line.kept, line.kept_ms = kept, kept_ms
        if kept is not None:
            line.metres_a_degree_east = METRES_A_DEGREE * cos(radians(kept.lat))
        line.west = line.south = -_ANY_MS
        line.east = line.north = _ANY_MS

    def _extend(self, end: End, totals: Totals, gap_s: float) -> None:
        """Draw the line on to a fix, and count what its sample brought."""
        line = self.line
        fix = end.fix
        if line.kept is not None and fix.at_ms > line.kept_ms:
            east, north, lasted_s = self._velocity(line.kept, fix)
            if not (line.west <= east <= line.east and line.south <= north <= line.north):
                self._keep_end(fix.at_ms)
                east, north, lasted_s = self._velocity(line.kept, fix)
            slack = _HALF_SIDE_M / lasted_s
            line.west, line.east = max(line.west, east - slack), min(line.east, east + slack)
            line.south, line.north = max(line.south, north - slack), min(line.north, north + slack)
        line.end = end
        if line.since.part_count:
            line.to_end.add(line.since)
            line.since = Sums()
        line.to_end.count(totals, gap_s)
        if line.keep_next or line.kept is None:
            line.keep_next = False
            self._keep_end(fix.at_ms)

    def _velocity(self, origin: Fix, fix: Fix) -> tuple[float, float, float]:
        line = self.line
        lasted_s = (fix.at_ms - line.kept_ms) / 1000
        east_m = (fix.lon - origin.lon) * line.metres_a_degree_east
        north_m = (fix.lat - origin.lat) * METRES_A_DEGREE
        return east_m / lasted_s, north_m / lasted_s, lasted_s

    def _keep_end(self, last_ms: int) -> None:
        """Set a point at the newest fix; without one, at the last sample, its place unknown."""
        line = self.line
        end, edge = line.end, line.edge
        if end is None or end.fix.at_ms <= line.kept_ms:
            lost = line.kept is None or last_ms - line.kept_ms >= AT_LEAST_EVERY_MS
            if lost and last_ms > line.kept_ms and edge is None:
                line.to_end.add(line.since)
                line.since = Sums()
                self._hold(Point(last_ms, None, None, None, line.to_end))
                line.to_end = Sums()
                line.kept, line.kept_ms = None, last_ms
            return
        if edge is not None and end.fix.at_ms <= edge.at_ms:
            sums, edge.sums = edge.sums, Sums()
            line.held.append(Point(end.fix.at_ms, end.fix, end.speed_kmh, end.altitude_m, sums))
        else:
            sums, line.to_end = line.to_end, Sums()
            self._hold(Point(end.fix.at_ms, end.fix, end.speed_kmh, end.altitude_m, sums))
        self._open(end.fix, end.fix.at_ms)

    def _hold(self, point: Point) -> None:
        line = self.line
        if len(line.held) + len(line.after) >= MOST_HELD:
            point.sums.add(line.to_end)
            line.to_end = point.sums
        elif line.edge is None:
            line.held.append(point)
        else:
            line.after.append(point)

    # --- the last movement ---------------------------------------------------------------------------------------

    def _set_edge(self, last_ms: int) -> None:
        line = self.line
        line.to_end.add(line.since)
        end = line.end
        line.edge = Point(last_ms, end.fix if end else None, None, end.altitude_m if end else None, line.to_end)
        line.to_end, line.since = Sums(), Sums()

    def _dissolve_edge(self, edge: Point) -> None:
        """Give the edge's sums to the next point: it is none itself."""
        line = self.line
        if line.after:
            line.after[0].sums.add(edge.sums)
        elif line.end is not None and line.end.fix.at_ms > edge.at_ms:
            line.to_end.add(edge.sums)
        else:
            line.to_end = edge.sums

    def _end_drive(self, edge: Point, rest: Fix | None) -> None:
        line = self.line
        self.confirm()
        given_ms = line.given_ms or edge.at_ms
        fix = edge.place
        if fix is not None and given_ms < fix.at_ms < edge.at_ms:
            self._give(Point(fix.at_ms, fix, None, edge.altitude_m, edge.sums), "drive")
            edge.sums = Sums()
        fresh = fix is not None and edge.at_ms - fix.at_ms <= EDGE_FIX_MS
        edge.place = fix if fresh else rest
        edge.speed_kmh = 0.0
        if edge.at_ms > (line.given_ms or 0):
            self._give(edge, "drive")
        else:
            line.since.add(edge.sums)

    def _give(self, point: Point, kind: str) -> None:
        line = self.line
        sums, place = point.sums, point.place
        lasted_ms = point.at_ms - line.given_ms if line.given_ms is not None else 0
        line.given_ms = point.at_ms
        self.points.append(
            TracePoint(
                at_ms=point.at_ms,
                lat=place.lat if place else None,
                lon=place.lon if place else None,
                altitude_m=point.altitude_m,
                speed_kmh=point.speed_kmh,
                kind="drive" if kind == "drive" else "stand",
                lasted_s=lasted_ms / 1000,
                distance_m=sums.distance_m,
                moving_s=sums.moving_s,
                engine_on_s=sums.engine_on_s,
                engine_known_s=sums.engine_known_s,
                fuel_l=sums.fuel_l,
                fuel_known_s=sums.fuel_known_s,
                energy_kwh=sums.energy_kwh,
                energy_known_s=sums.energy_known_s,
                gap_s=sums.gap_s,
            )
        )


def _speed(sample: Sample) -> float | None:
    return sample.gnss_speed_kmh if sample.speed_kmh is None else sample.speed_kmh
