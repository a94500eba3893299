"""The trace: few points, none of the truck's fixes far from it, and nothing lost between them."""

from bisect import bisect_right
from dataclasses import dataclass
from itertools import pairwise
from math import cos, radians, sin

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from keitora.books.rows import TracePoint
from keitora.books.rules import Rules
from keitora.books.sample import Sample
from keitora.books.state import Positions, State
from keitora.books.truck import Truck
from keitora.clock import instant
from keitora.derive.facts import Facts
from keitora.derive.fold import fold
from keitora.geo import METRES_A_DEGREE, distance_m
from keitora.positions.gate import admit
from keitora.trips.line import AT_LEAST_EVERY_MS, EPSILON_M
from tests.core.derive.drives import START_MS, Stretch, drive
from tests.core.derive.test_fold_properties import Logger, loggers, samples_of, starts_ms

RULES = Rules(truck=Truck(displacement_cc=658))


@dataclass(frozen=True)
class Bend:
    """So many seconds at a speed, turning so fast, with fixes off by up to so much."""

    seconds: int
    speed_kmh: float
    turn_degs: float
    noise_m: float


bends = st.lists(
    st.builds(
        Bend,
        seconds=st.sampled_from([1, 7, 30, 90]),
        speed_kmh=st.sampled_from([0.0, 4.0, 15.0, 40.0, 90.0]),
        turn_degs=st.sampled_from([0.0, 0.0, -2.0, 7.0, 30.0]),
        noise_m=st.sampled_from([0.0, 1.0, 4.0, 9.0]),
    ),
    min_size=1,
    max_size=6,
)


def winding(course: list[Bend], *, wheels: bool, every_s: int = 1) -> list[Sample]:
    """Return the samples of a truck on a winding road, then parked."""
    north_m = east_m = heading = 0.0
    samples = []
    for second, bend in enumerate(bend for one in [*course, Bend(400, 0, 0, 1.0)] for bend in [one] * one.seconds):
        heading += radians(bend.turn_degs)
        north_m += bend.speed_kmh / 3.6 * cos(heading)
        east_m += bend.speed_kmh / 3.6 * sin(heading)
        if second % every_s:
            continue
        wander = bend.noise_m * sin(second * 1.7), bend.noise_m * cos(second * 2.3)
        samples.append(
            Sample(
                at_ms=START_MS + second * 1000,
                device_id=1,
                lat=35 + (north_m + wander[0]) / METRES_A_DEGREE,
                lon=139 + (east_m + wander[1]) / METRES_A_DEGREE / cos(radians(35)),
                gnss_speed_kmh=bend.speed_kmh,
                speed_kmh=bend.speed_kmh + second % 2 / 10 if wheels and bend.speed_kmh else 0.0 if wheels else None,
                engine_rpm=None if second % 3 else 900.0 + second % 7,
            )
        )
    return samples


def believed(samples: list[Sample]) -> list[Sample]:
    positions = Positions()
    return [sample for sample in samples if admit(positions, sample, RULES) is not None]


class Drawn:
    """The trace as a map draws it."""

    def __init__(self, points: list[TracePoint]) -> None:
        self.placed = [point for point in points if point.lat is not None]
        self.times = [point.at_ms for point in self.placed]

    def off_m(self, sample: Sample) -> float:
        """How far a fix lies from where the trace says the truck was at that moment (m)."""
        after = bisect_right(self.times, sample.at_ms - 1)
        b = self.placed[after]
        a = self.placed[after - 1] if after else b
        part = 0.0 if a.at_ms == b.at_ms else (sample.at_ms - a.at_ms) / (b.at_ms - a.at_ms)
        assert a.lat is not None and a.lon is not None and b.lat is not None and b.lon is not None  # noqa: PT018 -- mypy
        lat, lon = a.lat + part * (b.lat - a.lat), a.lon + part * (b.lon - a.lon)
        return distance_m(lat, lon, sample.lat or 0, sample.lon or 0)


@settings(max_examples=60)
@given(course=bends, wheels=st.booleans(), every_s=st.sampled_from([1, 5, 30]))
def test_no_fix_of_a_drive_lies_further_from_the_trace_than_promised(
    course: list[Bend], *, wheels: bool, every_s: int
) -> None:
    samples = winding(course, wheels=wheels, every_s=every_s)

    _, facts = fold(State(), samples, RULES)

    drawn, fixes = Drawn(facts.trace), believed(samples)
    for trip in facts.trips:
        for sample in fixes:
            if trip.started_at < instant(sample.at_ms) < trip.ended_at:
                assert drawn.off_m(sample) <= EPSILON_M + 0.02


@settings(max_examples=40)
@given(course=bends, wheels=st.booleans())
def test_a_trip_begins_and_ends_with_a_point(course: list[Bend], *, wheels: bool) -> None:
    _, facts = fold(State(), winding(course, wheels=wheels), RULES)

    moments = {instant(point.at_ms) for point in facts.trace}
    for trip in facts.trips:
        assert {trip.started_at, trip.ended_at} <= moments


def summed(state: State, facts: Facts, name: str) -> float:
    """Add up a column of the trace and what it has not handed out yet."""
    line = state.line
    waiting = [point.sums for point in (*line.held, *line.after)] + ([line.edge.sums] if line.edge else [])
    rest = sum(getattr(sums, name) for sums in (*waiting, line.to_end, line.since))
    return float(sum(getattr(point, name) for point in facts.trace) + rest)


@given(devices=loggers, start_ms=starts_ms)
def test_sums_over_the_trace_are_the_sums_of_the_days(devices: list[Logger], start_ms: int) -> None:
    state, facts = fold(State(), samples_of(devices, start_ms), RULES)
    if state.leg is not None:
        return  # a leg under way is booked to its day only as far as it is known to be one

    for name in ("moving_s", "engine_on_s", "engine_known_s", "fuel_known_s"):
        assert summed(state, facts, name) == pytest.approx(sum(getattr(day, name) for day in facts.days)), name
    times = [point.at_ms for point in facts.trace]
    assert all(later > earlier for earlier, later in pairwise(times))
    assert sum(point.lasted_s for point in facts.trace) == pytest.approx((times[-1] - times[0]) / 1000 if times else 0)
    assert sum(point.gap_s for point in facts.trace if point.kind == "drive") == pytest.approx(
        sum(trip.gap_s for trip in facts.trips)
    )


@pytest.mark.parametrize("heard", [{"wheels": False}, {"gnss": False}])
def test_with_one_source_the_metres_of_the_trace_are_the_trips(heard: dict[str, bool]) -> None:
    course = [Stretch(5), *[Stretch(20, 30), Stretch(20, 33)] * 10, Stretch(400)]

    state, facts = fold(State(), drive(course, **heard), RULES)

    [trip] = facts.trips
    assert summed(state, facts, "distance_m") == pytest.approx(trip.distance_m)


def test_a_straight_road_at_an_even_speed_needs_two_points_every_quarter_of_an_hour() -> None:
    _, facts = fold(State(), winding([Bend(2400, 40, 0, 1.0)], wheels=True), RULES)

    assert len([point for point in facts.trace if point.kind == "drive"]) <= 8


def test_a_standing_truck_has_a_point_every_quarter_of_an_hour_and_where_the_engine_starts_or_stops() -> None:
    course = [Stretch(600, 0, 0), Stretch(1200, 0, 800), Stretch(4000, 0, 0)]

    _, facts = fold(State(), drive(course), RULES)

    times = [(point.at_ms - START_MS) // 1000 for point in facts.trace]
    assert {600, 1800} <= set(times)
    assert all(later - earlier <= AT_LEAST_EVERY_MS / 1000 for earlier, later in pairwise(times))
    assert {point.kind for point in facts.trace} == {"stand"}
    running = [point for point in facts.trace if 600 < (point.at_ms - START_MS) / 1000 <= 1800]
    assert sum(point.engine_on_s for point in running) == pytest.approx(1200, abs=2)


def test_a_shuffle_about_the_yard_is_standing_and_brings_no_metres() -> None:
    state, facts = fold(State(), drive([Stretch(30, 10, 1200), Stretch(2000, 0, 0)]), RULES)

    assert {point.kind for point in facts.trace} == {"stand"}
    assert summed(state, facts, "distance_m") == 0


def test_the_points_of_a_field_that_is_driven_to_and_fro_all_day_stay_bounded_in_memory() -> None:
    to_and_fro = [
        Sample(START_MS + second * 1000, 1, 35 + abs(second % 40 - 20) / METRES_A_DEGREE, 139.0, speed_kmh=0.9)
        for second in range(20_000)
    ]

    state, _ = fold(State(), to_and_fro, RULES)

    assert len(state.line.held) + len(state.line.after) <= 400
