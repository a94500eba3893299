"""Data that mislead: dongles that hang, satellites that wander, clocks that turn, trucks that are carried."""

from dataclasses import replace
from datetime import timedelta
from itertools import pairwise

import pytest

from keitora.books.rules import Rules
from keitora.books.sample import Sample
from keitora.books.state import State
from keitora.books.truck import Truck
from keitora.derive.facts import Facts
from keitora.derive.fold import fold
from tests.core.derive.drives import METRES_A_DEGREE, START, START_MS, Stretch, drive

RULES = Rules(truck=Truck(displacement_cc=658))
UNEVEN = [Stretch(10, 36, 2000), Stretch(10, 38, 2100)] * 30
PARKED = Stretch(900, 0, 0)


def facts_of(samples: list[Sample], rules: Rules = RULES) -> Facts:
    return fold(State(), samples, rules)[1]


def hung(samples: list[Sample], from_s: int, for_s: int, every_s: int = 1) -> list[Sample]:
    """The same dongle, which at a moment begins to repeat its last values."""
    before = [one for one in samples if one.at_ms <= START_MS + from_s * 1000]
    last = before[-1]
    return [*before, *(last._replace(at_ms=last.at_ms + 1000 * second) for second in range(1, for_s, every_s))]


@pytest.mark.parametrize("every_s", [1, 30])
def test_a_dongle_that_repeats_a_speed_for_hours_ends_its_trip_where_it_hung_itself_up(every_s: int) -> None:
    samples = hung(list(drive([Stretch(5), *UNEVEN], gnss=False)), 400, 3 * 3600, every_s)

    facts = facts_of(samples)

    [trip] = facts.trips
    assert trip.ended_at - START <= timedelta(seconds=400 + 61 + every_s)
    assert trip.distance_m == pytest.approx(4100, rel=0.2)
    assert sum(day.engine_on_s for day in facts.days) <= 400 + 900 + 60


@pytest.mark.parametrize("every_s", [1, 30])
@pytest.mark.parametrize("gnss", [True, False])
def test_a_dongle_that_wakes_up_with_an_old_speed_makes_no_trip(*, gnss: bool, every_s: int) -> None:
    """Where satellites are heard they say that the truck stands."""
    parked = drive([Stretch(3 * 3600)], gnss=gnss, every_s=every_s)
    samples = [one._replace(speed_kmh=23.0, engine_rpm=1500.0, gnss_speed_kmh=0.2 if gnss else None) for one in parked]

    assert facts_of(samples).trips == []


def test_wheels_that_are_stuck_at_zero_do_not_hide_a_trip_that_the_satellites_see() -> None:
    """A phone in the cab, and a dongle that answers 0 for a speed it cannot read."""
    course = [Stretch(300), *UNEVEN, PARKED]
    samples = [one._replace(speed_kmh=0.0) for one in drive(course)]

    [trip] = facts_of(samples).trips

    assert trip.distance_source == "gnss_path"
    assert trip.distance_m == pytest.approx(6170, rel=0.02)
    assert abs(trip.started_at - START - timedelta(seconds=300)) <= timedelta(seconds=10)
    assert trip.max_speed_kmh == 38


def test_satellites_that_wander_off_a_truck_whose_wheels_stand_make_no_trip() -> None:
    far = [0, 30, 90, 150, 220, 280, 240, 160, 80, 20] * 60
    samples = [
        Sample(START_MS + 5000 * i, 1, 35 + metres / METRES_A_DEGREE, 139.0, gnss_speed_kmh=2.0, speed_kmh=0.0)
        for i, metres in enumerate(far)
    ]

    assert facts_of(samples).trips == []


def test_a_quarter_of_an_hour_at_one_speed_on_a_motorway_without_satellites_is_driving() -> None:
    even = [
        one._replace(engine_rpm=None)
        for one in drive([Stretch(60, 50), Stretch(800, 80), Stretch(60, 50), PARKED], gnss=False)
    ]

    [trip] = facts_of(even).trips

    assert trip.distance_m == pytest.approx((60 * 50 + 800 * 80 + 60 * 50) / 3.6, rel=0.02)
    assert trip.moving_s == pytest.approx(920, abs=5)


def test_a_ferry_that_carries_the_truck_adds_no_way() -> None:
    here = list(drive([Stretch(5), *UNEVEN, Stretch(400)], wheels=False))
    over = drive([Stretch(5), *UNEVEN, PARKED], wheels=False, start_ms=here[-1].at_ms + 3_600_000)
    there = [one._replace(lat=(one.lat or 0) + 0.3) for one in over]

    trips = facts_of(here + there).trips

    assert [trip.distance_m for trip in trips] == [pytest.approx(6170, rel=0.03)] * 2


def test_a_fix_at_the_null_island_before_the_first_true_one_adds_no_way() -> None:
    samples = list(drive([Stretch(20), *UNEVEN, PARKED]))
    samples[:5] = [one._replace(lat=0.0, lon=0.0) for one in samples[:5]]

    [trip] = facts_of(samples).trips

    assert trip.distance_second_m == pytest.approx(6170, rel=0.03)


def test_a_clock_that_jumps_ahead_and_a_stretch_told_twice_give_no_impossible_numbers() -> None:
    first = list(drive([Stretch(5), *UNEVEN], gnss=False))
    wrong = [one._replace(at_ms=one.at_ms + 11 * 3_600_000, device_id=1) for one in first[200:]]
    again = [one._replace(at_ms=one.at_ms + 500) for one in first[100:300]]

    facts = facts_of(sorted([*first[:200], *again, *wrong]))

    for trip in facts.trips:
        lasted_s = (trip.ended_at - trip.started_at).total_seconds()
        assert trip.moving_s + trip.idle_s + trip.gap_s <= lasted_s + 1
        assert (trip.distance_m or 0) <= lasted_s * 38 / 3.6 * 1.01


@pytest.mark.parametrize("hz", [1, 2, 10])
def test_ten_samples_a_second_make_the_trip_that_one_makes(hz: int) -> None:
    slow = list(drive([Stretch(5), *UNEVEN, PARKED]))
    samples = [
        now._replace(
            at_ms=now.at_ms + 1000 * part // hz, lat=(now.lat or 0) + ((after.lat or 0) - (now.lat or 0)) * part / hz
        )
        for now, after in pairwise(slow)
        for part in range(hz)
    ]

    [trip] = facts_of(samples).trips

    assert trip.distance_m == pytest.approx(6170, rel=0.01)
    assert trip.moving_s == pytest.approx(600, abs=6)


@pytest.mark.parametrize(
    ("local_date", "hours", "start"),
    [("2026-11-01", 25, "2026-11-01T05:00"), ("2026-03-08", 23, "2026-03-08T06:00")],
)
def test_a_day_on_which_the_clocks_turn_has_its_hours_and_its_trip_once(
    local_date: str, hours: int, start: str
) -> None:
    """New York: 1:30 comes twice in November and never is 2:30 in March. The truck idles all day but for one drive."""
    begin_ms = round(START.fromisoformat(f"{start}+00:00").timestamp() * 1000) - 3_600_000
    rules = replace(RULES, time_zone="America/New_York")
    course = [Stretch(2 * 3600, 0, 800), *UNEVEN, Stretch(26 * 3600, 0, 800)]

    facts = facts_of(list(drive(course, start_ms=begin_ms, every_s=10)), rules)

    [day] = [one for one in facts.days if one.local_date.isoformat() == local_date]
    assert day.trip_count == 1
    assert day.engine_on_s == pytest.approx(hours * 3600, rel=0.001)


def test_distance_and_engine_hours_nobody_told_are_unknown_and_not_zero() -> None:
    facts = facts_of([Sample(START_MS + 60_000 * minute, 1) for minute in range(30)])

    [day] = facts.days
    assert day.distance_m is None
    assert (day.engine_known_s, day.energy_kwh, day.fuel_l) == (0, None, None)


def test_a_truck_that_was_heard_to_stand_all_day_drove_zero() -> None:
    [day] = facts_of(list(drive([Stretch(3600)], every_s=60))).days

    assert day.distance_m == 0


def test_idling_beyond_the_limit_is_told_within_trips_and_stops_and_shorter_is_not() -> None:
    course = [Stretch(280, 0, 800), *UNEVEN, Stretch(290, 0, 800), *UNEVEN, Stretch(700, 0, 800), Stretch(60, 0, 0)]

    facts = facts_of(list(drive(course)), replace(RULES, idling_s=285))

    in_trip, after = facts.idlings
    assert [one.lasted_s for one in facts.idlings] == [pytest.approx(290, abs=3), pytest.approx(700, abs=3)]
    [trip] = facts.trips
    assert trip.started_at < in_trip.started_at < trip.ended_at
    assert after.started_at == trip.ended_at
    assert after.ended_at is not None
    assert after.fuel_l == pytest.approx(700 * 1.6 * 3600 / 14.7 / 745 / 3600, rel=0.02)
