"""Drives about which people could differ: what is decided is pinned here, and called a rule, not the truth."""

from collections.abc import Iterable
from datetime import timedelta

import pytest

from keitora.books.rules import Rules
from keitora.books.sample import Sample
from keitora.books.state import State
from keitora.books.truck import Truck
from keitora.derive.facts import Facts
from keitora.derive.fold import fold
from tests.core.derive.drives import METRES_A_DEGREE, START, START_MS, Stretch, drive

PETROL = Truck(displacement_cc=658)
HOUR_MS = 3_600_000
UNEVEN = [Stretch(10, 36, 2000), Stretch(10, 38, 2100)] * 15
PARKED = Stretch(900, 0, 0)


def facts_of(samples: Iterable[Sample], truck: Truck = PETROL) -> Facts:
    return fold(State(), sorted(samples), Rules(truck=truck))[1]


def test_a_hybrid_that_creeps_and_waits_with_its_engine_off_is_on_one_trip_and_burns_nothing_meanwhile() -> None:
    course = [*UNEVEN, Stretch(120, 18, 0), Stretch(280, 0, 0), Stretch(60, 22, 0), *UNEVEN, PARKED]

    facts = facts_of(drive(course), Truck(displacement_cc=658, energy="hybrid"))

    [trip] = facts.trips
    assert trip.moving_s == pytest.approx(780, abs=5)
    assert trip.engine_on_s == pytest.approx(600, abs=25)
    assert trip.idle_s < 5
    assert trip.fuel_l == pytest.approx(600 * 2050 / 500 / 14.7 / 745, rel=0.05)


def test_a_traffic_jam_with_stop_and_start_every_minute_is_one_trip() -> None:
    jam = [Stretch(15, 9, 1200), Stretch(45, 0, 0)] * 40

    [trip] = facts_of(drive([*UNEVEN, *jam, *UNEVEN, PARKED])).trips

    assert trip.moving_s == pytest.approx(600 + 40 * 15, rel=0.06)
    assert trip.engine_on_s == pytest.approx(600 + 40 * 15, rel=0.06)


@pytest.mark.parametrize(("wait_s", "trips"), [(280, 1), (330, 2)])
def test_an_electric_truck_that_waits_with_everything_at_zero_is_on_its_trip_for_five_minutes(
    wait_s: int, trips: int
) -> None:
    course = [Stretch(300, 30), Stretch(wait_s), Stretch(300, 30), Stretch(600)]
    samples = [
        one._replace(engine_rpm=0.0, hv_voltage_v=330.0, hv_current_a=-30.0 if one.speed_kmh else -1.0)
        for one in drive(course, gnss=False)
    ]

    assert len(facts_of(samples, Truck(energy="electric")).trips) == trips


def test_a_phone_that_sees_a_ferry_cross_tells_a_trip_and_a_dongle_in_the_same_cab_does_not_hide_it() -> None:
    """Nothing tells a ferry from a road to a phone. Where its way was not wanted, it is corrected by hand."""
    crossing = drive([Stretch(300), Stretch(1200, 28), Stretch(600)], wheels=False, every_s=10)

    [trip] = facts_of(crossing).trips

    assert trip.distance_m == pytest.approx(9333, rel=0.02)


@pytest.mark.parametrize("minutes", [20, 90])
def test_a_ferry_on_which_nothing_is_heard_leaves_two_trips_and_adds_no_way(minutes: int) -> None:
    here = list(drive([Stretch(5), *UNEVEN, Stretch(60)], wheels=False))
    landed_ms = here[-1].at_ms + minutes * 60_000
    there = drive([Stretch(60), *UNEVEN, PARKED], wheels=False, start_ms=landed_ms, metres=25_000)

    trips = facts_of([*here, *there]).trips

    assert [trip.distance_m for trip in trips] == [pytest.approx(3083, rel=0.03)] * 2


@pytest.mark.parametrize("wheels", [False, True])
def test_a_tunnel_of_ten_minutes_is_a_gap_in_the_trip(*, wheels: bool) -> None:
    """Satellites are lost, and with them the whole logger or not: the wheels may be heard on."""
    course = [Stretch(5), *UNEVEN, Stretch(600, 38), *UNEVEN, PARKED]
    inside = (START_MS + 305_000, START_MS + 905_000)
    samples = [
        one._replace(lat=None, lon=None, gnss_speed_kmh=None) if inside[0] < one.at_ms < inside[1] else one
        for one in drive(course, wheels=wheels)
    ]

    [trip] = facts_of([one for one in samples if one.lat is not None or one.speed_kmh is not None]).trips

    assert trip.distance_m == pytest.approx(600 * 37 / 3.6 + 600 * 38 / 3.6, rel=0.02)
    assert trip.gap_s == pytest.approx(0 if wheels else 600, abs=5)


@pytest.mark.parametrize("hours", [11, -11])
def test_a_clock_that_jumps_eleven_hours_in_mid_drive_makes_two_trips_of_the_right_length(hours: int) -> None:
    """The second half is told at a time when nobody drove; it is no longer, no faster and no farther for that."""
    samples = [
        one._replace(at_ms=one.at_ms + hours * HOUR_MS) if one.at_ms > START_MS + 305_000 else one
        for one in drive([Stretch(5), *UNEVEN, *UNEVEN, PARKED])
    ]

    trips = facts_of(samples).trips

    assert len(trips) == 2
    assert sum(trip.distance_m or 0 for trip in trips) == pytest.approx(6167, rel=0.01)
    assert all(trip.ended_at - trip.started_at < timedelta(seconds=310) for trip in trips)
    assert all((trip.max_speed_kmh or 0) <= 38 for trip in trips)


def test_a_logger_on_local_time_repeats_an_hour_and_the_drives_of_both_are_counted() -> None:
    """Two drives an hour apart that a wrong clock tells at the same time: rows lie between each other, none is lost."""
    first = list(drive([Stretch(5), *UNEVEN, Stretch(600)]))
    again = [one._replace(at_ms=one.at_ms + 400) for one in drive([Stretch(5), *UNEVEN, Stretch(600)])]

    facts = facts_of([*first, *again])

    [trip] = facts.trips
    assert trip.distance_m == pytest.approx(3083, rel=0.02)
    assert trip.ended_at - trip.started_at < timedelta(seconds=310)
    assert [day.sample_count for day in facts.days] == [len(first) + len(again)]


def test_a_dongle_that_hangs_for_hours_while_a_phone_drives_on_neither_makes_nor_hides_a_trip() -> None:
    """The dongle says 23 km/h and 1,500 rpm all afternoon; the phone sees a drive, four hours' rest, and another."""
    seen = [Stretch(10, 36), Stretch(10, 38)] * 15
    phone = list(drive([Stretch(60), *seen, Stretch(4 * 3600), *seen, Stretch(900)], wheels=False, every_s=5))
    until_ms = phone[-1].at_ms
    hung = [Sample(at_ms, 2, speed_kmh=23.0, engine_rpm=1500.0) for at_ms in range(START_MS + 500, until_ms, 5000)]

    facts = facts_of([*phone, *hung])

    # The dongle is given the benefit of the doubt for its first minute.
    starts_s = [(trip.started_at - START).total_seconds() for trip in facts.trips]
    assert starts_s == [pytest.approx(60, abs=61), pytest.approx(60 + 300 + 4 * 3600, abs=10)]
    assert [trip.distance_m for trip in facts.trips] == [pytest.approx(3083, rel=0.1)] * 2
    assert sum(day.engine_on_s for day in facts.days) < 2 * 900


def test_a_truck_that_is_towed_away_with_its_dongle_awake_has_a_trip_and_an_episode_that_says_so() -> None:
    carried = [
        one._replace(speed_kmh=0.0, ignition_on=False, battery_v=12.6)
        for one in drive([Stretch(300), Stretch(900, 40), Stretch(900)])
    ]

    facts = facts_of(carried)

    assert [trip.distance_source for trip in facts.trips] == ["gnss_path"]
    assert facts.trips[0].distance_m == pytest.approx(10_000, rel=0.03)
    assert "towed" in {row.kind for row in facts.episodes}


def test_fixes_about_a_parked_truck_all_night_are_no_trip_however_far_some_of_them_lie() -> None:
    wander = [0, 8, 14, 22, 30, 18, 6, -9, -21, 40, 12, 3]
    samples = [
        Sample(START_MS + 30_000 * i, 1, 35 + wander[i * 7 % 12] / METRES_A_DEGREE, 139.0, gnss_speed_kmh=0.8)
        for i in range(1200)
    ]

    assert facts_of(samples).trips == []
