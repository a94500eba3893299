"""What the fold makes of drives that everybody knows."""

from dataclasses import replace
from datetime import timedelta
from itertools import pairwise

import pytest

from keitora.books.rules import Rules
from keitora.books.sample import Sample
from keitora.books.state import State
from keitora.books.truck import Truck
from keitora.derive.facts import Facts
from keitora.derive.fold import fold, step
from tests.core.derive.drives import METRES_A_DEGREE, START, START_MS, Stretch, drive

RULES = Rules(truck=Truck(displacement_cc=658))
PARKED = Stretch(400, 0, 0)


def facts_of(samples: list[Sample], rules: Rules = RULES) -> Facts:
    return fold(State(), samples, rules)[1]


def facts_of_drive(*stretches: Stretch, **how: object) -> Facts:
    return facts_of(list(drive(stretches, **how)))  # type: ignore[arg-type]


def test_a_drive_is_one_trip_from_the_first_movement_to_the_last() -> None:
    facts = facts_of_drive(Stretch(60, 0, 800), Stretch(600, 36, 2500), PARKED)

    [trip] = facts.trips
    assert trip.started_at == START + timedelta(seconds=60)
    assert trip.ended_at == START + timedelta(seconds=660)
    assert trip.distance_m == pytest.approx(6000, rel=0.005)
    assert trip.distance_source == "vehicle_speed"
    assert trip.distance_second_m == pytest.approx(6000, rel=0.01)
    assert trip.max_speed_kmh == 36


def test_a_stop_stands_between_two_trips() -> None:
    facts = facts_of_drive(Stretch(600, 36, 2000), Stretch(900, 0, 0), Stretch(600, 36, 2000), PARKED)

    assert len(facts.trips) == 2
    between, after = facts.stops
    assert (between.started_at, between.ended_at) == (facts.trips[0].ended_at, facts.trips[1].started_at)
    assert after.ended_at is None


@pytest.mark.parametrize(("pause_s", "trips"), [(290, 1), (310, 2)])
def test_a_pause_of_five_minutes_ends_a_trip(pause_s: int, trips: int) -> None:
    facts = facts_of_drive(Stretch(300, 36, 2000), Stretch(pause_s, 0, 800), Stretch(300, 36, 2000), PARKED)

    assert len(facts.trips) == trips


@pytest.mark.parametrize(("silence_s", "trips"), [(290, 1), (310, 2)])
def test_a_silence_of_five_minutes_in_which_the_truck_came_to_stand_ends_a_trip(silence_s: int, trips: int) -> None:
    facts = facts_of_drive(Stretch(300, 36), Stretch(silence_s, 36, silent=True), Stretch(2), Stretch(300, 36), PARKED)

    assert len(facts.trips) == trips


@pytest.mark.parametrize(("silence_s", "trips"), [(310, 1), (890, 1), (910, 2)])
@pytest.mark.parametrize("heard", [{"wheels": False}, {"gnss": False}, {}])
def test_a_logger_that_drops_out_in_mid_drive_for_a_quarter_of_an_hour_does_not_divide_the_trip(
    silence_s: int, trips: int, heard: dict[str, bool]
) -> None:
    uneven = [Stretch(10, 36), Stretch(10, 38)] * 15
    facts = facts_of_drive(Stretch(5), *uneven, Stretch(silence_s, 38, silent=True), *uneven, PARKED, **heard)

    assert len(facts.trips) == trips
    assert sum(trip.gap_s for trip in facts.trips) == pytest.approx(silence_s + 1 if trips == 1 else 0)


def test_a_tunnel_is_bridged_by_the_straight_line_and_told_as_a_gap() -> None:
    facts = facts_of_drive(Stretch(300, 36), Stretch(120, 36, silent=True), Stretch(300, 36), PARKED)

    [trip] = facts.trips
    assert trip.distance_m == pytest.approx(7200, rel=0.005)
    assert trip.gap_s == pytest.approx(121)


def test_stop_and_start_does_not_cut_a_trip_and_costs_no_fuel_while_the_engine_stands() -> None:
    facts = facts_of_drive(Stretch(100, 36, 2000), Stretch(200, 0, 0), Stretch(100, 36, 2000), PARKED)

    [trip] = facts.trips
    assert trip.engine_on_s == pytest.approx(200, abs=2)
    assert trip.idle_s < 2
    assert trip.fuel_l == pytest.approx(200 * 4 * 3600 / 14.7 / 745 / 3600, rel=0.02)
    assert trip.fuel_method == "maf"


def test_idling_after_the_drive_belongs_to_the_stop_and_to_the_day() -> None:
    facts = facts_of_drive(Stretch(300, 36, 2000), Stretch(600, 0, 800), Stretch(60, 0, 0))

    [trip], [stop], [day] = facts.trips, facts.stops, facts.days
    assert trip.idle_s < 2
    assert stop.engine_on_s == pytest.approx(600, abs=2)
    assert trip.fuel_l is not None
    assert stop.fuel_l is not None
    assert day.fuel_l == pytest.approx(trip.fuel_l + stop.fuel_l)
    assert day.idle_s == pytest.approx(600, abs=3)


def test_satellites_alone_are_enough() -> None:
    facts = facts_of_drive(Stretch(60), Stretch(600, 36), PARKED, wheels=False)

    [trip] = facts.trips
    assert trip.distance_source == "gnss_path"
    assert trip.distance_m == pytest.approx(6000, rel=0.01)
    assert abs((trip.started_at - START).total_seconds() - 60) <= 5
    assert abs((trip.ended_at - START).total_seconds() - 660) <= 5
    assert trip.fuel_method == "road_load"


@pytest.mark.parametrize("speed_known", [True, False])
def test_a_phone_with_a_fix_every_half_minute_is_enough(*, speed_known: bool) -> None:
    facts = facts_of_drive(
        Stretch(300), Stretch(1200, 36), Stretch(600), wheels=False, every_s=30, gnss_speed=speed_known
    )

    [trip] = facts.trips
    assert trip.distance_m == pytest.approx(12_000, rel=0.02)
    assert trip.moving_s == pytest.approx(1200, abs=61)
    assert (trip.started_at - START).total_seconds() == pytest.approx(300, abs=31)


def test_a_track_without_any_speed_counts_the_way_between_two_steps_as_movement() -> None:
    facts = facts_of_drive(
        Stretch(60), Stretch(600, 20), Stretch(200), Stretch(600, 20), PARKED, wheels=False, every_s=4, gnss_speed=False
    )

    [trip] = facts.trips
    assert trip.moving_s == pytest.approx(1200, abs=40)


def test_wheels_alone_are_enough() -> None:
    facts = facts_of_drive(Stretch(60), Stretch(600, 36), PARKED, gnss=False)

    [trip] = facts.trips
    assert trip.distance_m == pytest.approx(6000, rel=0.005)
    assert trip.start_lat is None


def test_drift_about_a_parked_truck_is_no_trip() -> None:
    north = [0, 8, -6, 15, 20, -12, 18, 3, -20, 9] * 120
    samples = [
        Sample(START_MS + 1000 * i, 1, 35 + metres / METRES_A_DEGREE, 139.0, gnss_speed_kmh=3.0)
        for i, metres in enumerate(north)
    ]

    assert facts_of(samples).trips == []


def test_a_shuffle_about_the_yard_is_no_trip() -> None:
    assert facts_of_drive(Stretch(30, 10, 1200), PARKED).trips == []


def test_a_few_wild_fixes_leave_no_trace() -> None:
    clean = list(drive([Stretch(300, 36), PARKED], wheels=False))
    wild = [replace_position(one, 36.0) if i in {100, 101, 200} else one for i, one in enumerate(clean)]

    [expected], [trip] = facts_of(clean).trips, facts_of(wild).trips
    assert trip.distance_m == pytest.approx(expected.distance_m, rel=0.01)
    assert (trip.started_at, trip.ended_at) == (expected.started_at, expected.ended_at)


def replace_position(sample: Sample, lat: float) -> Sample:
    return sample._replace(lat=lat)


def test_a_truck_carried_away_is_believed_after_some_fixes_without_distance() -> None:
    here = list(drive([Stretch(300, 36), Stretch(200)], wheels=False))
    after = drive([Stretch(300, 36), PARKED], start_ms=here[-1].at_ms, wheels=False)
    there = [replace_position(one, one.lat + 1) for one in after if one.lat]

    facts = facts_of(here + there)

    assert sum(trip.distance_m or 0 for trip in facts.trips) == pytest.approx(6000, rel=0.03)


def test_two_receivers_on_one_truck_do_not_make_the_way_longer() -> None:
    tracker = list(drive([Stretch(600, 36), PARKED], wheels=False))
    phone = [s._replace(at_ms=s.at_ms + 500, device_id=2, lon=139.0002) for s in tracker]

    [trip] = facts_of(sorted([*tracker, *phone])).trips

    assert trip.distance_m == pytest.approx(6000, rel=0.02)


def test_a_dongle_without_satellites_and_a_phone_make_one_trip_with_place_and_fuel() -> None:
    dongle = list(drive([Stretch(60, 0, 800), Stretch(600, 36, 2000), PARKED], gnss=False))
    fixes = drive([Stretch(60), Stretch(600, 36), PARKED], wheels=False, start_ms=START_MS + 300)
    phone = [one._replace(device_id=2) for one in fixes]

    [trip] = facts_of(sorted([*dongle, *phone])).trips

    assert trip.distance_source == "vehicle_speed"
    assert trip.start_lat == pytest.approx(35, abs=0.001)
    assert trip.fuel_l is not None


def test_midnight_divides_a_trips_distance_between_its_days() -> None:
    midnight_ms = START_MS + 14 * 3600 * 1000  # 24:00 in Tokyo
    facts = facts_of(list(drive([Stretch(600, 36, 2000), PARKED], start_ms=midnight_ms - 300_000)))

    [trip] = facts.trips
    first, second = facts.days
    assert (first.trip_count, second.trip_count) == (1, 0)
    assert first.distance_m == pytest.approx(3000, rel=0.01)
    assert (first.distance_m or 0) + (second.distance_m or 0) == pytest.approx(trip.distance_m)


def test_the_fleets_zone_decides_the_day() -> None:
    samples = list(drive([Stretch(600, 36), PARKED]))

    [tokyo] = facts_of(samples, replace(RULES, time_zone="Asia/Tokyo")).days
    [denver] = facts_of(samples, replace(RULES, time_zone="America/Denver")).days
    assert (tokyo.local_date.isoformat(), denver.local_date.isoformat()) == ("2026-04-01", "2026-03-31")


def test_days_of_a_parked_truck_follow_each_other() -> None:
    facts = facts_of_drive(*[Stretch(3600)] * 50, every_s=600)

    dates = [day.local_date for day in facts.days]
    assert len(dates) == 3
    assert all(later - earlier == timedelta(days=1) for earlier, later in pairwise(dates))


def test_an_electric_trucks_energy_is_volts_times_amperes() -> None:
    samples = [s._replace(hv_voltage_v=300.0, hv_current_a=-40.0) for s in drive([Stretch(600, 36), PARKED])]

    [trip] = facts_of(samples, replace(RULES, truck=Truck(energy="electric"))).trips

    assert trip.energy_kwh == pytest.approx(12 * 600 / 3600, rel=0.01)
    assert trip.fuel_l is None


def test_a_checkpoint_knows_all_samples_of_its_instant() -> None:
    """Two devices that sample at the same instants: the one folded second must not be lost when going back."""
    rules = replace(RULES, checkpoint_every_s=60)
    course = [Stretch(300, 36, 2000), Stretch(500, 0, 0)]
    samples = sorted([*drive(course), *drive(course, device_id=2)])

    state, facts = fold(State(), samples, rules)

    assert len(facts.checkpoints) >= 3
    for checkpoint in facts.checkpoints:
        rest = [sample for sample in samples if sample.at_ms > checkpoint.last_ms]
        assert fold(checkpoint.state, rest, rules)[0] == state


def test_folding_sample_by_sample_ends_where_folding_at_once_does() -> None:
    samples = list(drive([Stretch(30, 0, 800), Stretch(60, 36, 2000), Stretch(320, 0, 0), Stretch(40, 20, 1500)]))

    state = State()
    for sample in samples:
        state, _ = step(state, sample, RULES)

    assert state == fold(State(), samples, RULES)[0]
