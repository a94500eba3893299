"""Does the truck really move? Pure, but for the resting point and the wheels' standing that it keeps in the state."""

from typing import Final

from keitora.books.fix import Fix
from keitora.books.rules import Rules
from keitora.books.sample import Sample
from keitora.books.state import Held, State, Wheels
from keitora.geo import distance_m

WHEEL_HOLD_MS: Final = 10_000
SATELLITES_HOLD_MS: Final = 30_000
HUNG_MS: Final = 900_000
"""A running engine's values change all the time; unchanged for so long, they are a dongle's that repeats itself."""
ODOMETER_STEP_M: Final = 1000.0
"""The coarsest odometers count whole kilometres: one may have been nearly full."""
AGREES: Final = 0.2
AGREES_KMH: Final = 3.0
FAR_FIXES: Final = 5
"""So many fixes in a row must be far off before the satellites overrule wheels that are told to stand."""


def note_life(state: State, sample: Sample) -> None:
    """Note whether the dongle lives.

    A speed, revolutions or air flow that changes tells it, or a speed that agrees with the satellites'. A dongle that
    wakes up is given the benefit of the doubt, but makes no trip without a change.
    """
    engine, wheels = state.engine, state.wheels
    at_ms, speed = sample.at_ms, sample.speed_kmh
    if speed is not None:
        _compare(wheels, wheels.speed, speed, at_ms)
        if speed != wheels.speed.value:
            wheels.doubted = False
    if sample.engine_rpm is not None:
        _compare(wheels, engine.rpm, sample.engine_rpm, at_ms)
    if sample.maf_gs is not None:
        _compare(wheels, engine.maf, sample.maf_gs, at_ms)
    if sample.map_kpa is not None:
        _compare(wheels, engine.pressure, sample.map_kpa, at_ms)
    if sample.gnss_speed_kmh is not None and sample.gnss_speed_kmh > 0:
        heard = wheels.speed.within(at_ms, WHEEL_HOLD_MS) if speed is None else speed
        if heard is not None and abs(heard - sample.gnss_speed_kmh) <= max(AGREES_KMH, AGREES * heard):
            wheels.alive_ms = wheels.changed_ms = at_ms


def _compare(wheels: Wheels, held: Held, value: float, at_ms: int) -> None:
    if at_ms - held.at_ms > HUNG_MS:
        wheels.alive_ms = at_ms
    elif value != held.value:
        wheels.alive_ms = wheels.changed_ms = at_ms


def heard_kmh(state: State, sample: Sample) -> float | None:
    """Return the speed of the wheels at this moment, or None where it is not heard or not believed."""
    if state.wheels.doubted:
        return None
    if sample.speed_kmh is not None:
        return sample.speed_kmh
    return state.wheels.speed.within(sample.at_ms, WHEEL_HOLD_MS)


def satellites_heard(state: State, sample: Sample) -> bool:
    """Tell whether a believed fix is recent enough to say where the truck is."""
    last = state.positions.last
    return last is not None and sample.at_ms - last.at_ms <= SATELLITES_HOLD_MS


def odometer_advance_m(state: State, sample: Sample, rules: Rules) -> float:
    """Return by how much (m) the odometer has counted on since it was last told; 0 where that cannot be driven."""
    held = state.odometer
    if sample.odometer_km is None or held.value <= 0:
        return 0.0
    advance_m = (sample.odometer_km - held.value) * 1000
    reach_m = ODOMETER_STEP_M + rules.fix_speed_ms * (sample.at_ms - held.at_ms) / 1000
    return advance_m if 0 < advance_m <= reach_m else 0.0


def moves(state: State, sample: Sample, fix: Fix | None, rules: Rules) -> bool:
    """Tell whether this sample shows real movement, and move the resting point along if so.

    The wheels decide where they are heard. Else the satellites: the truck must have left its resting point, by less
    where the receiver also measures speed. Drift about a parked truck comes back; driving does not. Where neither is
    heard, an odometer that counts on tells it.

    Wheels that tell the same speed for long, with nothing else changing, may be a dongle that repeats itself. The
    satellites decide then; without them the movement stays a claim until the speed changes. Wheels that are told to
    stand while the satellites drive on are not believed any more.
    """
    heard = heard_kmh(state, sample)
    if heard is not None and heard < rules.wheel_moving_kmh:
        if fix is None or not _overruled(state.wheels, fix, sample.gnss_speed_kmh, rules):
            if fix is not None:
                _note_rest(state, fix, rolls=False, rules=rules)
            return False
        state.rest = state.wheels.anchor
        heard = None
    if heard is None:
        if fix is None and not satellites_heard(state, sample):
            return odometer_advance_m(state, sample, rules) > 0
        return fix is not None and _left_rest(state, fix, sample.gnss_speed_kmh, rules)
    state.wheels.anchor = None
    if sample.at_ms - state.wheels.alive_ms > rules.wheel_steady_s * 1000:
        return _moves_steadily(state, sample, fix, rules)
    if fix is not None:
        _note_rest(state, fix, rolls=True, rules=rules)
    return sample.speed_kmh is not None  # a held speed has been judged with the sample that carried it


def _moves_steadily(state: State, sample: Sample, fix: Fix | None, rules: Rules) -> bool:
    leg, are_heard = state.leg, satellites_heard(state, sample)
    if leg is not None and (not are_heard or sample.at_ms - leg.moved_ms <= WHEEL_HOLD_MS):
        leg.claimed_ms = sample.at_ms
    return are_heard and fix is not None and _left_rest(state, fix, sample.gnss_speed_kmh, rules)


def _overruled(wheels: Wheels, fix: Fix, gnss_speed_kmh: float | None, rules: Rules) -> bool:
    """Tell whether the satellites have shown for some fixes that the truck drives on though its wheels tell 0."""
    anchor = wheels.anchor
    if anchor is None:
        wheels.anchor, wheels.far_count = fix, 0
        return False
    away_m = distance_m(anchor.lat, anchor.lon, fix.lat, fix.lon)
    if away_m <= max(rules.gnss_step_unsure_m, fix.accuracy_m, anchor.accuracy_m):
        wheels.anchor, wheels.far_count = anchor._replace(at_ms=fix.at_ms), 0
        return False
    if gnss_speed_kmh is not None and gnss_speed_kmh < rules.gnss_moving_kmh:
        return False
    wheels.far_count += 1
    wheels.doubted = wheels.far_count >= FAR_FIXES and away_m >= rules.gnss_overrules_m
    return wheels.doubted


def _note_rest(state: State, fix: Fix, *, rolls: bool, rules: Rules) -> None:
    rest = state.rest
    if rolls or rest is None or distance_m(rest.lat, rest.lon, fix.lat, fix.lon) > rules.gnss_step_unsure_m:
        state.rest = fix
    else:
        state.rest = rest._replace(at_ms=fix.at_ms)


def _left_rest(state: State, fix: Fix, gnss_speed_kmh: float | None, rules: Rules) -> bool:
    rest = state.rest
    if rest is None:
        state.rest = fix
        return False
    sure = gnss_speed_kmh is not None and gnss_speed_kmh >= rules.gnss_moving_kmh
    step_m = rules.gnss_step_m if sure else rules.gnss_step_unsure_m
    if distance_m(rest.lat, rest.lon, fix.lat, fix.lon) < max(step_m, fix.accuracy_m, rest.accuracy_m):
        state.rest = rest._replace(at_ms=fix.at_ms)  # still here
        return False
    state.rest = fix
    return True
