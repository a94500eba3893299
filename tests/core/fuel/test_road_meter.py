"""Litres of trucks whose engine says nothing: simulated drives whose true litres are known, and made-up ones."""

from dataclasses import replace
from datetime import UTC, datetime
from random import Random
from statistics import median

import pytest

from keitora.books.rules import Rules
from keitora.books.sample import Sample
from keitora.books.state import State
from keitora.books.truck import Truck
from keitora.derive.fold import fold
from keitora_sim.days.kinds import KINDS
from keitora_sim.days.run import Living, first_state
from keitora_sim.scenario.model import TruckPart
from keitora_sim.scenario.sampling import Sampling, sampled
from keitora_sim.truck.drive import Weather
from keitora_sim.truck.model import Logger
from keitora_sim.truck.sensors import Sensors
from tests.core.derive.drives import START_MS, Stretch, drive
from tests.core.fuel.simulated import ROUNDS, driven, facts_of

CARRY = Truck(displacement_cc=658, kerb_kg=700)
PARKED = Stretch(400, 0)
MIDNIGHT = datetime(2026, 4, 7, 15, tzinfo=UTC)


@pytest.mark.parametrize("every", [1, 10, 30])
def test_before_any_fill_up_positions_alone_tell_nine_of_ten_drives_within_the_uncertainty_told(every: int) -> None:
    errors, held, told_l, true_l = [], 0, 0.0, 0.0
    for logger in (Logger.PHONE, Logger.TRACKER):
        for seed, places in enumerate(ROUNDS):
            one = driven(logger, places, seed)
            [day] = facts_of(one.rows[::every], CARRY).days
            assert day.fuel_l is not None
            assert day.fuel_plus_minus_l is not None
            assert day.fuel_plus_minus_l == pytest.approx(0.35 * day.fuel_l)
            held += abs(day.fuel_l - one.truth.fuel_l) < day.fuel_plus_minus_l
            errors.append(abs(day.fuel_l / one.truth.fuel_l - 1))
            told_l, true_l = told_l + day.fuel_l, true_l + one.truth.fuel_l
    assert told_l == pytest.approx(true_l, rel=0.15)
    assert median(errors) < 0.18
    assert held >= 0.9 * len(errors)


def test_a_town_round_told_every_half_minute_takes_what_it_takes_told_every_second() -> None:
    """Pulling away and braking between the samples is not lost: a fifth of a day's litres was."""
    spec = TruckPart(name="Truck", variant="carry-da16t", day="delivery").spec()
    life = Living("Truck", spec, "delivery", first_state(spec, "delivery", MIDNIGHT, Random(1)), seed="1")
    moments = life.live(KINDS["delivery"], MIDNIGHT, Weather()).moments
    sensors = Sensors(replace(spec, logger=Logger.PHONE), life.network, Random(3))
    found_l = [
        facts_of([sensors.row(one) for one in sampled(moments, Sampling(every_s, 30, 900))], CARRY).days[0].road_load_l
        for every_s in (1, 10, 30)
    ]

    assert found_l[1] == pytest.approx(found_l[0], rel=0.07)
    assert found_l[2] == pytest.approx(found_l[0], rel=0.20)
    assert found_l[0] == pytest.approx(life.observer.fuel_l, rel=0.15)


@pytest.mark.parametrize("every_s", [1, 5, 10, 30])
def test_positions_that_tell_no_speed_tell_litres_as_often_as_they_come(every_s: int) -> None:
    stretches = [Stretch(300, 40), Stretch(40, 0), Stretch(300, 40), PARKED]
    with_speed, without = (
        fold(State(), drive(stretches, wheels=False, gnss_speed=told, every_s=every_s), Rules(truck=CARRY))[1].trips[0]
        for told in (True, False)
    )

    assert with_speed.fuel_l is not None
    assert without.fuel_l == pytest.approx(with_speed.fuel_l, rel=0.12)
    assert without.engine_known_s == pytest.approx(640, abs=45)


def test_an_ignition_that_has_just_been_switched_on_was_off_until_then() -> None:
    asleep = [sample._replace(ignition_on=False) for sample in drive([Stretch(600, 0)], wheels=False, every_s=100)]
    start_ms = asleep[-1].at_ms + 90_000
    awake = [
        sample._replace(ignition_on=True, at_ms=sample.at_ms - START_MS + start_ms)
        for sample in drive([Stretch(60, 0)], wheels=False)
    ]
    [day] = fold(State(), [*asleep, *awake], Rules(truck=CARRY))[1].days

    assert day.engine_on_s == pytest.approx(59, abs=1)


def test_a_cold_engine_takes_a_third_more_for_three_kilometres_and_a_warm_one_does_not() -> None:
    outward = [Stretch(600, 40), Stretch(400, 0)]
    trips = fold(State(), drive([*outward, *outward], wheels=False), Rules(truck=CARRY))[1].trips
    cold, warm = (trip.fuel_l for trip in trips)

    assert cold is not None
    assert warm is not None
    assert cold - warm == pytest.approx(0.067, abs=0.01)  # of 0.077 L, as it stands for six minutes and cools a little


def test_litres_are_told_by_the_method_they_were_got_by() -> None:
    [day] = facts_of(driven(Logger.PHONE, ROUNDS[0], 1).rows, CARRY).days

    assert day.road_load_l == day.fuel_l
    assert day.measured_l == day.maf_l == day.speed_density_l == day.absolute_load_l == 0


def test_an_engine_that_tells_its_air_is_not_counted_by_the_road_as_well() -> None:
    one = driven(Logger.OBD_MAF, ROUNDS[0], 1)
    [day] = facts_of(one.rows, CARRY).days

    assert day.fuel_l is not None
    assert day.fuel_l == pytest.approx(one.truth.fuel_l, rel=0.02)
    assert day.road_load_l < 0.01 * day.fuel_l


def test_when_the_dongle_falls_silent_the_road_goes_on_counting() -> None:
    one = driven(Logger.OBD_MAF, ROUNDS[3], 1)
    half = len(one.rows) // 2
    kept = ("lat", "lon", "altitude_m", "gnss_speed_kmh", "accuracy_m")
    rows = [
        row if number < half else type(row)(row.sampled_at, {name: row.values[name] for name in kept})
        for number, row in enumerate(one.rows)
    ]
    [day] = facts_of(rows, CARRY).days

    assert day.maf_l > 0
    assert day.road_load_l > 0
    assert day.fuel_l is not None
    assert day.fuel_l == pytest.approx(one.truth.fuel_l, rel=0.15)


def test_a_parked_truck_uses_nothing_and_its_engine_is_not_known() -> None:
    [day] = fold(State(), drive([Stretch(3600, 0)], wheels=False), Rules(truck=CARRY))[1].days

    assert day.road_load_l == 0
    assert day.engine_known_s == 0


def test_an_ignition_that_is_on_is_an_engine_that_idles() -> None:
    samples = [sample._replace(ignition_on=True) for sample in drive([Stretch(3600, 0)], wheels=False)]
    [day] = fold(State(), samples, Rules(truck=CARRY))[1].days

    assert day.engine_on_s == pytest.approx(3600, abs=15)
    assert day.fuel_l == pytest.approx(0.526 + 0.077, abs=0.01)  # an hour of it, from cold
    assert day.idle_s == pytest.approx(3600, abs=15)


@pytest.mark.parametrize(("battery_v", "runs"), [(14.1, True), (12.5, False)])
def test_a_battery_that_is_charged_is_an_engine_that_runs(battery_v: float, runs: bool) -> None:
    samples = [sample._replace(battery_v=battery_v) for sample in drive([Stretch(3600, 0)], wheels=False)]
    [day] = fold(State(), samples, Rules(truck=CARRY))[1].days

    assert day.engine_known_s == pytest.approx(3600, abs=15)
    assert (day.engine_on_s > 3500) is runs
    assert (day.road_load_l > 0) is runs


def test_a_short_wait_in_traffic_is_idled_through_and_a_long_stop_is_not() -> None:
    stretches = [Stretch(300, 40), Stretch(40, 0), Stretch(300, 40)]
    longer = [Stretch(300, 40), Stretch(280, 0), Stretch(300, 40)]
    [short], [long] = (
        fold(State(), drive([*what, PARKED], wheels=False), Rules(truck=CARRY))[1].trips for what in (stretches, longer)
    )

    assert short.fuel_l is not None
    assert long.fuel_l is not None
    assert long.fuel_l - short.fuel_l == pytest.approx(20 / 3600 * 0.526, abs=0.002)


@pytest.mark.parametrize("every_s", [1, 5, 10])
def test_an_engine_runs_until_the_truck_stands(every_s: int) -> None:
    """The last seconds before each halt count as well, as they do where a tachometer tells them."""
    stretches = [Stretch(400, 0), *[Stretch(120, 40), Stretch(60, 0)] * 10, PARKED]
    [day] = fold(State(), drive(stretches, wheels=False, every_s=every_s), Rules(truck=CARRY))[1].days

    assert day.engine_on_s == pytest.approx(10 * (120 + every_s), abs=every_s + 2)
    assert day.idle_s == pytest.approx(10 * every_s, abs=every_s)


def test_a_parked_truck_that_seems_to_start_now_and_then_runs_no_engine() -> None:
    parked = drive([Stretch(3600, 0)], wheels=False, every_s=10)
    samples = [one._replace(gnss_speed_kmh=6.0 if number % 9 == 0 else 0.0) for number, one in enumerate(parked)]
    [day] = fold(State(), samples, Rules(truck=CARRY))[1].days

    assert (day.engine_on_s, day.engine_known_s, day.idle_s) == (0, 0, 0)


@pytest.mark.parametrize("energy", ["diesel", "lpg", "hybrid"])
def test_a_truck_that_does_not_run_on_petrol_alone_has_no_litres_from_the_road(energy: str) -> None:
    truck = Truck(energy=energy)  # type: ignore[arg-type]
    [trip] = fold(State(), drive([Stretch(600, 40), PARKED], wheels=False), Rules(truck=truck))[1].trips

    assert trip.fuel_l is None
    assert trip.engine_known_s == 0


def test_the_trace_adds_up_to_the_litres_of_the_road() -> None:
    facts = facts_of(driven(Logger.PHONE, ROUNDS[0], 1).rows, CARRY)

    assert facts.days[0].road_load_l > 0.2
    assert sum(point.fuel_l for point in facts.trace) == pytest.approx(facts.trips[0].road_load_l, rel=0.05)


def test_a_wheel_speed_that_is_stuck_burns_nothing_and_runs_no_engine() -> None:
    stuck = [Sample(START_MS + 5000 * number, 1, speed_kmh=42.0) for number in range(720)]
    [day] = fold(State(), stuck, Rules(truck=CARRY))[1].days

    assert (day.engine_on_s, day.engine_known_s, day.road_load_l) == (0, 0, 0)
