"""Does the truck really move? Pure, but for the resting point it keeps in the state."""

from dataclasses import replace
from typing import Final

from keitora.books.rules import Rules
from keitora.books.sample import Sample
from keitora.books.state import Fix, State
from keitora.geo import distance_m

WHEEL_HOLD_MS: Final = 10_000


def moves(state: State, sample: Sample, fix: Fix | None, rules: Rules) -> bool:
    """Tell whether this sample shows real movement, and move the resting point along if so.

    The wheels decide where they are heard. Else the satellites: the truck must have left its resting point, by less
    where the receiver also measures speed. Drift about a parked truck comes back; driving does not.
    """
    heard_kmh = state.wheel.within(sample.at_ms, WHEEL_HOLD_MS) if sample.speed_kmh is None else sample.speed_kmh
    if heard_kmh is None:
        return fix is not None and _left_rest(state, fix, sample.gnss_speed_kmh, rules)
    rolls = heard_kmh >= rules.wheel_moving_kmh
    if fix is not None:
        _note_rest(state, fix, rolls=rolls, rules=rules)
    return rolls and sample.speed_kmh is not None  # a held speed has been judged with the sample that carried it


def _note_rest(state: State, fix: Fix, *, rolls: bool, rules: Rules) -> None:
    rest = state.rest
    if rolls or rest is None or distance_m(rest.lat, rest.lon, fix.lat, fix.lon) > rules.gnss_step_unsure_m:
        state.rest = fix
    else:
        state.rest = replace(rest, at_ms=fix.at_ms)


def _left_rest(state: State, fix: Fix, gnss_speed_kmh: float | None, rules: Rules) -> bool:
    rest = state.rest
    if rest is None:
        state.rest = fix
        return False
    sure = gnss_speed_kmh is not None and gnss_speed_kmh >= rules.gnss_moving_kmh
    step_m = rules.gnss_step_m if sure else rules.gnss_step_unsure_m
    if distance_m(rest.lat, rest.lon, fix.lat, fix.lon) < max(step_m, fix.accuracy_m, rest.accuracy_m):
        state.rest = replace(rest, at_ms=fix.at_ms)  # still here
        return False
    state.rest = fix
    return True
