"""The fuel used between two samples by an engine that says nothing, from how the truck went."""

from math import exp
from typing import Final

from keitora.books.fix import Fix
from keitora.books.sample import Sample
from keitora.books.state import Engine, Road, State
from keitora.books.totals import Totals
from keitora.books.truck import Truck
from keitora.fuel.estimate import RUNNING_RPM
from keitora.fuel.meter import HOLD_MS, SLOW_HOLD_MS, add_fuel
from keitora.fuel.methods import ROAD_LOAD, UNCERTAINTY
from keitora.fuel.motion import SEEN_WHOLE_S, Motion
from keitora.fuel.road import IDLE_RPM, idle_lph, road_load_lph
from keitora.fuel.warmth import cold_extra_l, cooled, warmed
from keitora.geo import distance_m

SILENCE_MS: Final = 120_000
"""Between two positions further apart than this, how the truck went is not known."""
WAITS_MS: Final = 60_000
"""A truck that stands for less than this keeps its engine running, if nothing says otherwise: lights, a gate."""
CHARGING_V: Final = 13.2
"""A starter battery above this is being charged: the engine runs."""
_STEP_MS: Final = 30_000
"""A truck that has made no step in this time stands."""
_ALTITUDE_S: Final = 15.0
_STEEPEST: Final = 0.25
_CREEP_MS: Final = 0.5


def meter_road(
    state: State, sample: Sample, fix: Fix | None, truck: Truck, totals: Totals, *, rolls: bool, alive: bool
) -> None:
    """Add the fuel of the time since the last speed or fix, where the engine's own signals do not tell it.

    A truck that moves has its engine running; one that stands does if its ignition or its battery's voltage say so.
    """
    engine, road = state.engine, state.road
    ran = _runs(engine, sample.at_ms)
    _take(engine, sample)
    if totals.fuel_l > 0:
        _warm(state, sample.at_ms, 0.0, totals.fuel_l)
    speed_ms = _speed_ms(road, sample, fix, rolls=rolls)
    if speed_ms is None:
        return
    before_ms, before_speed_ms, moved_ms = road.at_ms, road.speed_ms, road.moved_ms
    lasted_s = (sample.at_ms - before_ms) / 1000
    way_m = _way_m(road, sample, fix) if lasted_s > SEEN_WHOLE_S else None
    climb_m = _advance(road, sample, fix, speed_ms, rolls=rolls)
    rpm = engine.rpm.within(sample.at_ms, HOLD_MS) if alive else None
    if not 0 < lasted_s <= SILENCE_MS / 1000 or _engine_tells(engine, sample.at_ms, rpm):
        return
    comes_to_stand = not rolls and before_speed_ms > _CREEP_MS
    if rolls or comes_to_stand:
        motion = Motion(
            from_ms=before_speed_ms,
            to_ms=speed_ms,
            climb_m=climb_m,
            lasted_s=lasted_s,
            way_m=way_m,
            of_means=_told_kmh(sample) is None,
        )
        lph, runs = road_load_lph(motion, truck, rpm), True
    else:
        lph = idle_lph(truck, IDLE_RPM if rpm is None else rpm)
        known = True if rpm is not None else _runs(engine, sample.at_ms) if ran is None else ran
        runs = sample.at_ms - moved_ms <= WAITS_MS if known is None else known
        if known is not None and rpm is None:
            _note_engine(totals, lasted_s, runs=runs)
    if lph is None or not runs:
        return
    lph += _warm(state, sample.at_ms, lasted_s, lph * lasted_s / 3600) / lasted_s * 3600
    if rolls and rpm is None:
        _presume(totals, lph, lasted_s)
    else:
        if comes_to_stand and rpm is None and _is_driven(state) and _told_kmh(sample) is not None:
            _note_engine(totals, lasted_s, runs=True)  # a speed of 0 tells when it stood, a near fix does not
        add_fuel(totals, ROAD_LOAD, lph, lasted_s)


def _warm(state: State, at_ms: int, lasted_s: float, warm_l: float) -> float:
    """Let the engine get warm by what it burns, and return what it burns more while it is cold (L)."""
    held = state.warmth
    before = cooled(held.value, (at_ms - held.at_ms) / 1000 - lasted_s)
    if before == 1.0:
        held.at_ms = at_ms
        return 0.0
    held.value, held.at_ms = warmed(before, warm_l), at_ms
    return cold_extra_l(before, warm_l)


def _is_driven(state: State) -> bool:
    """Tell whether the truck is on a trip: one that is not may only have been seen to drift."""
    return state.leg is not None and state.leg.confirmed


def _engine_tells(engine: Engine, at_ms: int, rpm: float | None) -> bool:
    """Tell whether the engine's own signals speak of this time, or may yet."""
    if rpm is not None and rpm < RUNNING_RPM:
        return True
    return at_ms - engine.flow_at_ms <= HOLD_MS and (engine.flow_lph is not None or rpm is None)


def _note_engine(totals: Totals, lasted_s: float, *, runs: bool) -> None:
    totals.engine_known_s += lasted_s
    if runs:
        totals.engine_on_s += lasted_s


def _presume(totals: Totals, lph: float, lasted_s: float) -> None:
    """Book an engine that must run, since the truck moves; it is taken out again if that was no movement after all."""
    _note_engine(totals, lasted_s, runs=True)
    add_fuel(totals, ROAD_LOAD, lph, lasted_s)
    totals.presumed_s += lasted_s
    totals.presumed_l += lph * lasted_s / 3600
    totals.presumed_plus_minus_l += lph * lasted_s / 3600 * UNCERTAINTY[ROAD_LOAD]


def _take(engine: Engine, sample: Sample) -> None:
    if sample.ignition_on is not None:
        engine.ignition.value, engine.ignition.at_ms = float(sample.ignition_on), sample.at_ms
    if sample.battery_v is not None:
        engine.starter_battery.value, engine.starter_battery.at_ms = sample.battery_v, sample.at_ms


def _speed_ms(road: Road, sample: Sample, fix: Fix | None, *, rolls: bool) -> float | None:
    """Return the speed now: as told, or between fixes; 0 for the drift of a parked truck; None where it is not known.

    Positions alone tell that it rolls at a step of some length only, so a step is waited for.
    """
    told_kmh = _told_kmh(sample)
    if told_kmh is not None:
        return told_kmh / 3.6 if rolls else 0.0
    if fix is None:
        return None
    if not rolls:
        return None if sample.at_ms - road.at_ms < _STEP_MS else 0.0
    if road.fix is None or fix.at_ms <= road.fix.at_ms:
        return road.speed_ms
    apart_m = distance_m(road.fix.lat, road.fix.lon, fix.lat, fix.lon)
    return min(40.0, apart_m * 1000 / (fix.at_ms - road.fix.at_ms))


def _told_kmh(sample: Sample) -> float | None:
    return sample.speed_kmh if sample.speed_kmh is not None else sample.gnss_speed_kmh


def _way_m(road: Road, sample: Sample, fix: Fix | None) -> float | None:
    """Return how far it is from the fix of the sample before to this one; None where no speed was told for itself."""
    if (
        _told_kmh(sample) is None
        or fix is None
        or road.fix is None
        or road.fix.at_ms != road.at_ms
        or fix.at_ms != sample.at_ms
    ):
        return None
    return distance_m(road.fix.lat, road.fix.lon, fix.lat, fix.lon)


def _advance(road: Road, sample: Sample, fix: Fix | None, speed_ms: float, *, rolls: bool) -> float:
    """Move the state on to the sample, and return the metres climbed since the one before."""
    lasted_s = (sample.at_ms - road.at_ms) / 1000
    climb_m = 0.0
    if sample.altitude_m is not None and fix is not None:
        if road.altitude_m is None or lasted_s > SILENCE_MS / 1000:
            road.altitude_m = sample.altitude_m
        elif rolls:
            # Altitudes of satellites wander: only what lasts is a climb.
            share = 1 - exp(-lasted_s / _ALTITUDE_S)
            risen_m = (sample.altitude_m - road.altitude_m) * share
            most_m = _STEEPEST * (speed_ms + road.speed_ms) / 2 * lasted_s
            climb_m = max(-most_m, min(most_m, risen_m))
            road.altitude_m += risen_m
    if fix is not None:
        road.fix = fix
    if rolls:
        road.moved_ms = sample.at_ms
    road.speed_ms, road.at_ms = speed_ms, sample.at_ms
    return climb_m


def _runs(engine: Engine, at_ms: int) -> bool | None:
    ignition = engine.ignition.within(at_ms, SLOW_HOLD_MS)
    if ignition is not None:
        return ignition > 0
    volts = engine.starter_battery.within(at_ms, SLOW_HOLD_MS)
    return None if volts is None else volts >= CHARGING_V
