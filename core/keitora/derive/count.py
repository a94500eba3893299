"""What happened since the last sample: metres, seconds, litres. Pure, but for the held values it moves along."""

from typing import Final

from keitora.books.fix import Fix
from keitora.books.rules import Rules
from keitora.books.sample import Sample
from keitora.books.state import State
from keitora.books.totals import Totals
from keitora.fuel.meter import meter
from keitora.fuel.road_meter import meter_road
from keitora.geo import distance_m
from keitora.trips.movement import HUNG_MS, heard_kmh, odometer_advance_m

HOLD_MS: Final = 10_000
"""How long (ms) the last speed of the wheels, or fix, still speaks of the moment."""
CLIMB_STEP_M: Final = 10.0
"""Altitudes of satellites wander by metres: only steps of this size count as climb."""
PATH_STEP_M: Final = 10.0
"""The satellite path is measured in chords of at least this length, so that noise does not lengthen it."""
BLIND_M: Final = 500.0
"""After so far (m) on wheels without a fix, the last place says nothing about where the truck is."""


def count(state: State, sample: Sample, fix: Fix | None, rules: Rules, *, moving: bool) -> Totals:
    """Return the sums of the time from the last sample to this one."""
    totals = Totals(sample_count=1)
    rolls = moving or rolls_now(state, sample, rules)
    if sample.speed_kmh is not None:
        _count_wheels(state, sample, fix, totals, rules)
    if fix is not None:
        _count_path(state, fix, sample, totals, rolls=rolls, moving=moving)
    if sample.odometer_km is not None:
        _count_odometer(state, sample, sample.odometer_km, totals, rules)
    alive = sample.at_ms - state.wheels.alive_ms <= HUNG_MS
    meter(state.engine, sample, rules.truck, totals, alive=alive)
    if rules.truck.energy == "petrol":
        believed = rolls and _is_believed(state, sample, rules)
        meter_road(state, sample, fix, rules.truck, totals, rolls=believed, alive=alive)
    if totals.fuel_known_s and not rolls:
        totals.idle_l = totals.fuel_l
    if state.last_ms is not None and sample.at_ms > state.last_ms:
        _count_time(state, sample, state.last_ms, totals, rules, rolls=rolls)
    return totals


def _is_believed(state: State, sample: Sample, rules: Rules) -> bool:
    """Tell whether a speed is more than a dongle's repetition: satellites told it, or something has changed lately."""
    if heard_kmh(state, sample) is None:
        return True
    return sample.at_ms - state.wheels.changed_ms <= rules.wheel_steady_s * 1000


def rolls_now(state: State, sample: Sample, rules: Rules) -> bool:
    """Tell whether a speed of this moment says that the truck rolls, though it has not left its resting point."""
    if sample.gnss_speed_kmh is not None and sample.speed_kmh is None:
        return sample.gnss_speed_kmh >= rules.gnss_moving_kmh
    heard = heard_kmh(state, sample)
    return heard is not None and heard >= rules.wheel_moving_kmh


def _count_wheels(state: State, sample: Sample, fix: Fix | None, totals: Totals, rules: Rules) -> None:
    wheels, speed_kmh = state.wheels, sample.speed_kmh or 0.0
    before, before_ms = wheels.speed.value, wheels.speed.at_ms
    wheels.speed.value, wheels.speed.at_ms = speed_kmh, sample.at_ms
    hung = speed_kmh > 0 and sample.at_ms - wheels.alive_ms > HUNG_MS
    if wheels.doubted or hung:
        wheels.fix = None
        return
    totals.located_count += 1
    totals.max_speed_kmh = max(totals.max_speed_kmh, speed_kmh)
    here = state.positions.last
    lasted_ms = sample.at_ms - before_ms
    if 0 < lasted_ms <= HOLD_MS:
        rolled_m = (speed_kmh + before) / 7.2 * lasted_ms / 1000
        totals.wheel_m += rolled_m
        totals.wheel_s += lasted_ms / 1000
        totals.way_m += rolled_m
        if fix is None:
            _roll_blind(state, rolled_m)
    elif lasted_ms <= rules.dropout_s * 1000 and wheels.fix is not None and here is not None:
        # The wheels were not heard for a while: the straight line between the fixes is what is known.
        straight_m = distance_m(wheels.fix.lat, wheels.fix.lon, here.lat, here.lon)
        totals.wheel_m += straight_m
        totals.way_m += max(0.0, straight_m - wheels.path_counted_m)
    wheels.path_waiting_m = wheels.path_counted_m = 0.0
    fresh = here is not None and sample.at_ms - here.at_ms <= HOLD_MS
    wheels.fix = here if fresh else None


def _roll_blind(state: State, rolled_m: float) -> None:
    positions = state.positions
    positions.blind_m += rolled_m
    if positions.blind_m > BLIND_M:
        state.rest = None
        if state.leg is not None:
            state.leg.end = None


def _count_path(state: State, fix: Fix, sample: Sample, totals: Totals, *, rolls: bool, moving: bool) -> None:
    track = state.positions
    totals.located_count += 1
    if sample.gnss_speed_kmh is not None and moving and (sample.speed_kmh is None or state.wheels.doubted):
        totals.max_speed_kmh = max(totals.max_speed_kmh, sample.gnss_speed_kmh)
    if state.leg is None:
        return
    if track.path_end is None:
        track.path_end = fix
    else:
        apart_m = distance_m(track.path_end.lat, track.path_end.lon, fix.lat, fix.lon)
        if apart_m >= PATH_STEP_M and rolls:
            totals.gnss_m += apart_m
            track.path_end = fix
            _count_way(state, sample, totals, apart_m)
    _count_climb(state, sample, totals)


def _count_way(state: State, sample: Sample, totals: Totals, apart_m: float) -> None:
    """Count the satellites' chord where no wheels are heard; while they may come back any moment, it waits."""
    wheels = state.wheels
    wheels.path_waiting_m += apart_m
    if heard_kmh(state, sample) is None:
        totals.way_m += wheels.path_waiting_m
        wheels.path_counted_m += wheels.path_waiting_m
        wheels.path_waiting_m = 0.0


def _count_climb(state: State, sample: Sample, totals: Totals) -> None:
    if sample.altitude_m is None:
        return
    totals.altitude_count += 1
    track = state.positions
    if track.altitude_m is None or sample.altitude_m <= track.altitude_m - CLIMB_STEP_M:
        track.altitude_m = sample.altitude_m
    elif sample.altitude_m >= track.altitude_m + CLIMB_STEP_M:
        totals.climb_m += sample.altitude_m - track.altitude_m
        track.altitude_m = sample.altitude_m


def _count_odometer(state: State, sample: Sample, odometer_km: float, totals: Totals, rules: Rules) -> None:
    totals.located_count += 1
    held = state.odometer
    advance_m = odometer_advance_m(state, sample, rules)
    begins_here = state.leg is not None and state.leg.started_ms == sample.at_ms
    if advance_m > 0 and not begins_here:
        totals.odometer_m += advance_m
        if state.positions.path_end is None and state.wheels.fix is None and heard_kmh(state, sample) is None:
            totals.way_m += advance_m  # no other will tell of this way, now or later
        if abs(odometer_km * 10 - round(odometer_km * 10)) > 0.01:
            totals.odometer_fine_count += 1
    held.value, held.at_ms = odometer_km, sample.at_ms


def _count_time(state: State, sample: Sample, last_ms: int, totals: Totals, rules: Rules, *, rolls: bool) -> None:
    if state.leg is not None and state.leg.started_ms == sample.at_ms:
        return  # the trip begins with this sample
    lasted_s = (sample.at_ms - last_ms) / 1000
    if lasted_s > rules.gap_s:
        totals.gap_s += lasted_s
    elif rolls:
        totals.moving_s += lasted_s
    elif totals.engine_on_s > 0 or (state.engine.rpm.within(sample.at_ms, HOLD_MS) or 0.0) > 0:
        totals.idle_s += lasted_s
    elif sample.gnss_speed_kmh is None and heard_kmh(state, sample) is None:
        totals.unsure_s += lasted_s
