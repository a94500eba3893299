"""The fold: samples in time order to trips, stops and days.

`fold(state, samples, rules)` returns the new state and the facts. It is pure: it works on a copy, reads no clock, asks
no database. Folding in one go, sample by sample or across a stored state makes the same rows.
"""

from collections.abc import Iterable
from copy import deepcopy
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Final

from keitora.books.rows import DayRow, StopRow, TripRow
from keitora.books.rules import Rules
from keitora.books.sample import Sample
from keitora.books.state import ByDay, Day, Fix, Leg, State, Totals, add_by_day
from keitora.clock import instant
from keitora.derive import project
from keitora.fuel.meter import meter
from keitora.geo import distance_m
from keitora.positions.gate import admit
from keitora.trips.movement import moves

WHEEL_TRUST_MS: Final = 10_000
"""How long (ms) the last speed of the wheels, or fix, still speaks of the moment."""
CLIMB_STEP_M: Final = 10.0
"""Altitudes of satellites wander by metres: only steps of this size count as climb."""
PATH_STEP_M: Final = 10.0
"""The satellite path is measured in chords of at least this length, so that noise does not lengthen it."""
WALKING_MS: Final = 0.8
"""Slower progress than this (m/s) between two steps is not called movement throughout."""


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """The state after all samples up to and including `last_ms`: a place to fold on from when older ones arrive."""

    last_ms: int
    state: State


@dataclass(frozen=True, slots=True)
class Facts:
    """The rows of one fold: those that are settled, and those still open as far as they are known.

    `retracted_stops` are starts of stops that an earlier fold may have told as open and that turned out to be none: the
    truck was about to leave.
    """

    trips: list[TripRow] = field(default_factory=list)
    stops: list[StopRow] = field(default_factory=list)
    days: list[DayRow] = field(default_factory=list)
    retracted_stops: list[datetime] = field(default_factory=list)
    checkpoints: list[Checkpoint] = field(default_factory=list)


def fold(state: State, samples: Iterable[Sample], rules: Rules) -> tuple[State, Facts]:
    """Return the state after the samples and the facts they made.

    `samples` must be in the order of time, device and sequence, and newer than the state. Open rows (the trip that
    goes on, the stop that lasts, the day) stand in the facts as they are so far; later folds replace them.
    """
    folder = _Folder(deepcopy(state), rules)
    for sample in samples:
        folder.step(sample)
    folder.close_books()
    return folder.state, folder.facts


def step(state: State, sample: Sample, rules: Rules) -> tuple[State, Facts]:
    """Fold a single sample."""
    return fold(state, (sample,), rules)


class _Folder:
    """One run of the fold over a state it owns."""

    def __init__(self, state: State, rules: Rules) -> None:
        self.state = state
        self.rules = rules
        self.zone = rules.zone()
        self.trip_end_ms = rules.trip_end_s * 1000
        self.facts = Facts()

    def step(self, sample: Sample) -> None:
        state = self.state
        self._take_checkpoint(sample.at_ms)
        closed = state.leg is not None and sample.at_ms - state.leg.moved_ms > self.trip_end_ms
        if closed:
            self._end_leg(state.leg)  # type: ignore[arg-type] # closed says so
        self._turn_day(sample.at_ms)
        was_fix = state.positions.last
        fix = admit(state.positions, sample, self.rules)
        rest = state.rest
        moving = moves(state, sample, fix, self.rules)
        if state.stood_since_ms is None and state.leg is None:
            state.stood_since_ms = sample.at_ms
        if moving and state.leg is None:
            self._begin_leg(sample, rest or was_fix or fix)
        totals = self._account(moving=moving)
        self._count(sample, fix, totals, moving=moving)
        state.last_ms = sample.at_ms
        if state.leg is None:
            self._stand({state.day: totals})
        elif moving:
            self._advance(state.leg, sample, fix)
        if closed and sample.at_ms - state.checkpoint_ms >= self.rules.checkpoint_every_s * 1000:
            state.checkpoint_due = True

    def _take_checkpoint(self, at_ms: int) -> None:
        """Set a due checkpoint down before the first sample of a later instant: all of its own instant are in it."""
        state = self.state
        if state.checkpoint_due and state.last_ms is not None and at_ms > state.last_ms:
            state.checkpoint_due = False
            state.checkpoint_ms = state.last_ms
            self.facts.checkpoints.append(Checkpoint(state.last_ms, deepcopy(state)))

    def close_books(self) -> None:
        """Add the open rows, as they are so far, to the facts."""
        state = self.state
        if state.last_ms is None:
            return
        if state.leg is not None and state.leg.confirmed:
            self.facts.trips.append(project.trip(state.leg))
        if state.stood_since_ms is not None and (state.leg is None or not state.leg.confirmed):
            self.facts.stops.append(project.stop(state, ended_ms=None))
        self.facts.days.extend(project.day(day, books) for day, books in sorted(project.open_days(state).items()))

    # --- the course of a day -----------------------------------------------------------------------------------

    def _turn_day(self, at_ms: int) -> None:
        state = self.state
        if at_ms < state.day_end_ms:
            return
        if state.leg is None:
            self._retire_days()
        local = datetime.fromtimestamp(at_ms / 1000, UTC).astimezone(self.zone)
        state.day = local.date().isoformat()
        midnight = datetime.combine(local.date() + timedelta(days=1), datetime.min.time(), self.zone)
        state.day_end_ms = round(midnight.timestamp() * 1000)
        state.days.setdefault(state.day, Day())

    def _retire_days(self) -> None:
        """Hand out the days before the one that ends: a trip's start may be walked back over one midnight at most."""
        state = self.state
        for day in sorted(state.days):
            if day < state.day:
                self.facts.days.append(project.day(day, state.days.pop(day)))

    # --- legs and stops ----------------------------------------------------------------------------------------

    def _begin_leg(self, sample: Sample, origin: Fix | None) -> None:
        """Open what may become a trip, at the last sample before the movement showed."""
        state = self.state
        started_ms = sample.at_ms
        if state.last_ms is not None and sample.at_ms - state.last_ms <= self.rules.gap_s * 1000:
            started_ms = state.last_ms
        last = origin if origin is not None and sample.at_ms - origin.at_ms <= self.trip_end_ms else None
        if sample.speed_kmh is None and last is not None and state.positions.last is not None:
            # The satellites show a departure only some way off: it began where the truck last stood.
            started_ms = min(started_ms, max(last.at_ms, state.stood_since_ms or last.at_ms))
        if started_ms == sample.at_ms:
            state.wheel_fix = last = None  # what came before is not the trip's
        if state.positions.path_end is None:
            state.positions.path_end = last
        state.leg = Leg(
            started_ms=started_ms, moved_ms=sample.at_ms, start_day=self._day_of(started_ms), start=last, end=last
        )

    def _advance(self, leg: Leg, sample: Sample, fix: Fix | None) -> None:
        """Note a movement: what was pending belongs to the trip now."""
        if leg.pending:
            self._judge_unsure(leg, sample)
            add_by_day(leg.settled, leg.pending)
            leg.pending = {}
        leg.moved_ms = sample.at_ms
        here = fix or self.state.positions.last
        if here is not None and sample.at_ms - here.at_ms <= WHEEL_TRUST_MS:
            leg.end = here
            leg.start = leg.start or here
        if not leg.confirmed and self._is_drive(leg):
            self._confirm(leg)

    def _judge_unsure(self, leg: Leg, sample: Sample) -> None:
        """Call the time without any speed movement if the truck has got on at a walking pace or faster."""
        lasted_s = (sample.at_ms - leg.moved_ms) / 1000
        if self.rules.gnss_step_unsure_m >= WALKING_MS * lasted_s:
            for totals in leg.pending.values():
                totals.moving_s += totals.unsure_s
                totals.unsure_s = 0.0

    def _is_drive(self, leg: Leg) -> bool:
        whole_m = sum(totals.wheel_m for totals in leg.settled.values())
        if whole_m >= self.rules.start_distance_m:
            return True
        start, here = leg.start, leg.end
        if start is None or here is None or whole_m > 0:
            return False
        return distance_m(start.lat, start.lon, here.lat, here.lon) >= self.rules.start_distance_m

    def _confirm(self, leg: Leg) -> None:
        state = self.state
        leg.confirmed = True
        if state.stood_since_ms is not None:
            if state.stood_since_ms < leg.started_ms:
                self.facts.stops.append(project.stop(state, ended_ms=leg.started_ms))
            else:
                self.facts.retracted_stops.append(instant(state.stood_since_ms))
        state.stood_since_ms = None
        state.standing = Totals()

    def _end_leg(self, leg: Leg) -> None:
        """Close the leg at its last movement; what came after belongs to the stop that began there."""
        state = self.state
        state.leg = None
        state.positions.path_end = None
        if leg.confirmed:
            self.facts.trips.append(project.trip(leg))
            project.book_trip(state.days, leg)
            state.stood_since_ms = leg.moved_ms
        else:
            self._stand(leg.settled)  # a shuffle about the yard
        self._stand(leg.pending)

    def _stand(self, by_day: ByDay) -> None:
        """Book sums to the stop and to its days."""
        state = self.state
        for totals in by_day.values():
            state.standing.add(totals)
        project.book_standing(state.days, by_day)

    def _day_of(self, at_ms: int) -> str:
        return datetime.fromtimestamp(at_ms / 1000, UTC).astimezone(self.zone).date().isoformat()

    # --- what happened since the last sample ---------------------------------------------------------------------

    def _account(self, *, moving: bool) -> Totals:
        """Return the sums that the time since the last sample is booked to."""
        leg = self.state.leg
        if leg is None:
            return Totals()
        book = leg.settled if moving and not leg.pending else leg.pending
        return book.setdefault(self.state.day, Totals())

    def _count(self, sample: Sample, fix: Fix | None, totals: Totals, *, moving: bool) -> None:
        state = self.state
        totals.sample_count += 1
        self._count_wheels(sample, totals)
        if fix is not None:
            self._count_path(fix, sample, totals, moving=moving)
        self._count_odometer(sample, totals)
        meter(state.engine, sample, self.rules.truck, totals)
        if state.last_ms is not None and sample.at_ms > state.last_ms:
            self._count_time(sample, totals, moving=moving)

    def _count_wheels(self, sample: Sample, totals: Totals) -> None:
        if sample.speed_kmh is None:
            return
        state = self.state
        wheel = state.wheel
        lasted_ms = sample.at_ms - wheel.at_ms
        here = state.positions.last
        if 0 < lasted_ms <= WHEEL_TRUST_MS:
            totals.wheel_m += (sample.speed_kmh + wheel.value) / 7.2 * lasted_ms / 1000
            totals.wheel_s += lasted_ms / 1000
        elif lasted_ms <= self.trip_end_ms and state.wheel_fix is not None and here is not None:
            # The wheels were not heard for a while: the straight line between the fixes is what is known.
            totals.wheel_m += distance_m(state.wheel_fix.lat, state.wheel_fix.lon, here.lat, here.lon)
        wheel.value, wheel.at_ms = sample.speed_kmh, sample.at_ms
        fresh = here is not None and sample.at_ms - here.at_ms <= WHEEL_TRUST_MS
        state.wheel_fix = here if fresh else None
        totals.max_speed_kmh = max(totals.max_speed_kmh, sample.speed_kmh)

    def _count_path(self, fix: Fix, sample: Sample, totals: Totals, *, moving: bool) -> None:
        track = self.state.positions
        leg = self.state.leg
        if sample.gnss_speed_kmh is not None and moving and sample.speed_kmh is None:
            totals.max_speed_kmh = max(totals.max_speed_kmh, sample.gnss_speed_kmh)
        if leg is None:
            return
        if track.path_end is None:
            track.path_end = fix
        else:
            apart_m = distance_m(track.path_end.lat, track.path_end.lon, fix.lat, fix.lon)
            if apart_m >= PATH_STEP_M and (moving or self._rolls(sample)):
                totals.gnss_m += apart_m
                track.path_end = fix
        self._count_climb(sample, totals)

    def _rolls(self, sample: Sample) -> bool:
        """Tell whether a speed of this moment says that the truck rolls, though it has not left its resting point."""
        if sample.gnss_speed_kmh is not None and sample.speed_kmh is None:
            return sample.gnss_speed_kmh >= self.rules.gnss_moving_kmh
        wheel_kmh = self.state.wheel.within(sample.at_ms, WHEEL_TRUST_MS)
        return wheel_kmh is not None and wheel_kmh >= self.rules.wheel_moving_kmh

    def _count_climb(self, sample: Sample, totals: Totals) -> None:
        if sample.altitude_m is None:
            return
        totals.altitude_count += 1
        track = self.state.positions
        if track.altitude_m is None or sample.altitude_m <= track.altitude_m - CLIMB_STEP_M:
            track.altitude_m = sample.altitude_m
        elif sample.altitude_m >= track.altitude_m + CLIMB_STEP_M:
            totals.climb_m += sample.altitude_m - track.altitude_m
            track.altitude_m = sample.altitude_m

    def _count_odometer(self, sample: Sample, totals: Totals) -> None:
        if sample.odometer_km is None:
            return
        held = self.state.odometer
        advance_m = (sample.odometer_km - held.value) * 1000
        reach_m = 1000 + self.rules.fix_speed_ms * (sample.at_ms - held.at_ms) / 1000
        if held.value > 0 and 0 < advance_m <= reach_m:
            totals.odometer_m += advance_m
        held.value, held.at_ms = sample.odometer_km, sample.at_ms

    def _count_time(self, sample: Sample, totals: Totals, *, moving: bool) -> None:
        state = self.state
        if state.leg is not None and state.leg.started_ms == sample.at_ms:
            return  # the trip begins with this sample
        lasted_s = (sample.at_ms - (state.last_ms or sample.at_ms)) / 1000
        if lasted_s > self.rules.gap_s:
            totals.gap_s += lasted_s
        elif moving or self._rolls(sample):
            totals.moving_s += lasted_s
        elif (state.engine.rpm.within(sample.at_ms, WHEEL_TRUST_MS) or 0.0) > 0:
            totals.idle_s += lasted_s
        elif sample.gnss_speed_kmh is None and state.wheel.within(sample.at_ms, WHEEL_TRUST_MS) is None:
            totals.unsure_s += lasted_s
