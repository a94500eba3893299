"""When a leg is a trip, and when it is over. Pure, but for the leg's note of when it was heard again."""

from typing import Final

from keitora.books.rules import Rules
from keitora.books.sample import Sample
from keitora.books.state import Leg, State
from keitora.derive.count import HOLD_MS, rolls_now
from keitora.geo import distance_m

WALKING_MS: Final = 0.8
"""Slower progress than this (m/s) between two steps is not called movement throughout."""


def is_over(leg: Leg, state: State, sample: Sample, rules: Rules) -> bool:
    """Tell whether the trip ended with its last movement, now that one came after the time that ends a trip.

    Two things keep it open for a while: wheels that go on telling an even speed, and a silence of the logger that
    began in mid-drive, if it ends in mid-drive as well.
    """
    still_ms = sample.at_ms - leg.moved_ms
    longest_ms = rules.dropout_s * 1000
    if leg.claimed_ms is not None and sample.at_ms - leg.claimed_ms <= rules.trip_end_s * 1000:
        return still_ms > longest_ms
    last_ms = state.last_ms or 0
    silent_ms = sample.at_ms - last_ms
    if rules.trip_end_s * 1000 < silent_ms <= longest_ms and _fell_silent_at_a_roll(leg, state, last_ms, rules):
        leg.resumed_ms = sample.at_ms
    if leg.resumed_ms is None or sample.at_ms - leg.resumed_ms > HOLD_MS or _came_no_further(state, sample, rules):
        return True
    if sample.speed_kmh is None and sample.gnss_speed_kmh is None:
        return sample.lat is not None  # a place alone does not tell whether the truck drives
    return not rolls_now(state, sample, rules)


def _fell_silent_at_a_roll(leg: Leg, state: State, last_ms: int, rules: Rules) -> bool:
    """Tell whether the last that was heard was a roll: one who stops and switches off at once had stopped."""
    if last_ms - max(leg.moved_ms, leg.claimed_ms or 0) > HOLD_MS:
        return False
    wheels = state.wheels
    heard_kmh = None if wheels.doubted else wheels.speed.within(last_ms, HOLD_MS)
    return heard_kmh is None or heard_kmh >= rules.wheel_moving_kmh


def _came_no_further(state: State, sample: Sample, rules: Rules) -> bool:
    """Tell whether the satellites see the truck where it fell silent: then it stood there, say, to unload."""
    here = state.positions.last
    if here is None or sample.lat is None or sample.lon is None:
        return False
    silent_ms = sample.at_ms - here.at_ms
    if silent_ms <= rules.trip_end_s * 1000:
        return False
    return distance_m(here.lat, here.lon, sample.lat, sample.lon) < WALKING_MS * silent_ms / 1000


def is_drive(leg: Leg, state: State, rules: Rules) -> bool:
    """Tell whether a leg has become a trip: the truck has really got somewhere."""
    wheel_m = sum(totals.wheel_m for totals in leg.settled.values())
    believes_wheels = wheel_m > 0 and not state.wheels.doubted
    if believes_wheels and leg.wheels_changed:
        return wheel_m >= rules.start_distance_m
    if sum(totals.odometer_m for totals in leg.settled.values()) >= rules.start_distance_m:
        return True
    if not believes_wheels and sum(totals.gnss_m for totals in leg.settled.values()) >= rules.start_path_m:
        return True
    # Wheels that have told one speed since the leg began may be a dongle that repeats itself: satellites decide.
    start, here = leg.start, leg.end
    if start is None or here is None:
        return False
    return distance_m(start.lat, start.lon, here.lat, here.lon) >= rules.start_distance_m
