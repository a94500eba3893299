"""Litres of trucks whose engine says nothing: simulated drives whose true litres are known, and made-up ones."""

from statistics import median

import pytest

from keitora.books.rules import Rules
from keitora.books.sample import Sample
from keitora.books.state import State
from keitora.books.truck import Truck
from keitora.derive.fold import fold
from keitora_sim.truck.model import Logger
from tests.core.derive.drives import START_MS, Stretch, drive
from tests.core.fuel.simulated import ROUNDS, driven, facts_of

CARRY = Truck(displacement_cc=658, kerb_kg=700)
PARKED = Stretch(400, 0)


def test_before_any_fill_up_positions_alone_tell_nine_of_ten_drives_within_the_uncertainty_told() -> None:
    errors, held = [], 0
    for logger in (Logger.PHONE, Logger.TRACKER):
        for seed, places in enumerate(ROUNDS):
            one = driven(logger, places, seed)
            [day] = facts_of(one.rows, CARRY).days
            assert day.fuel_l is not None
            assert day.fuel_plus_minus_l is not None
            assert day.fuel_plus_minus_l == pytest.approx(0.35 * day.fuel_l)
            held += abs(day.fuel_l - one.truth.fuel_l) < day.fuel_plus_minus_l
            errors.append(abs(day.fuel_l / one.truth.fuel_l - 1))
    assert median(errors) < 0.20
    assert held >= 0.9 * len(errors)


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
    assert day.fuel_l == pytest.approx(0.45, abs=0.1)
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
    assert long.fuel_l - short.fuel_l == pytest.approx(20 / 3600 * 0.45, abs=0.002)


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
