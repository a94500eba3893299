"""The kinds of day: each has what makes it that day."""

import itertools
from datetime import UTC, date, datetime, timedelta
from random import Random

import pytest

from keitora_sim.days.calendar import condition_on, failures, is_worked, weather_on
from keitora_sim.days.kinds import KINDS
from keitora_sim.days.networks import NETWORKS, NO_COVERAGE
from keitora_sim.days.plan import Creep, Driver, Go
from keitora_sim.days.run import Day, Living, first_state
from keitora_sim.days.upkeep import INSPECTION
from keitora_sim.truck.drive import Weather
from keitora_sim.truck.model import Condition, Engine, Logger, Motor, Spec
from keitora_sim.truth.model import ChargeTruth, EventTruth, FillTruth, ServiceTruth, TripTruth

MIDNIGHT = datetime(2026, 4, 7, 15, tzinfo=UTC)


def life(kind: str, **changes: object) -> Living:
    drive = {"motor": Motor()} if kind == "lunch-van" else {"engine": Engine()}
    truck = Spec("truck", Logger.OBD_MAP, **(drive | changes))  # type: ignore[arg-type]
    return Living("Truck", truck, kind, first_state(truck, kind, MIDNIGHT, Random(1)), seed="1")


def lived(kind: str) -> tuple[Living, Day]:
    one = life(kind)
    return one, one.live(KINDS[kind], MIDNIGHT, Weather())


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_of_day_goes_out_comes_home_and_moves_on_in_time(kind: str) -> None:
    one, day = lived(kind)

    times = [moment.at for moment in day.moments]
    assert all(a < b for a, b in itertools.pairwise(times))
    assert one.state.place == one.home
    assert one.state.at - MIDNIGHT < timedelta(hours=24)
    assert 5 < day.moments[-1].odometer_km - day.moments[0].odometer_km < 120


@pytest.mark.parametrize("kind", KINDS)
def test_every_place_of_a_plan_is_on_its_map(kind: str) -> None:
    for seed in range(5):
        places = {action.place for action in KINDS[kind].plan(Random(seed)).actions if isinstance(action, Go)}
        assert places <= set(NETWORKS[KINDS[kind].network].places)
    assert set(NO_COVERAGE.get(KINDS[kind].network, ())) <= set(NETWORKS[KINDS[kind].network].places)


def test_a_delivery_round_has_forty_stops_and_few_trips() -> None:
    one, day = lived("delivery")
    trips = [line for line in (*day.truth, *one.observer.done()) if isinstance(line, TripTruth)]

    assert sum(isinstance(action, Go) for action in KINDS["delivery"].plan(Random(1)).actions) == 41
    assert len(trips) <= 4


def test_an_orchard_is_crept_through_at_walking_pace() -> None:
    assert any(isinstance(action, Creep) for action in KINDS["orchard"].plan(Random(1)).actions)
    _, day = lived("orchard")

    creeping = [moment for moment in day.moments if 0 < moment.speed_ms < 1.6]
    assert len(creeping) > 300


def test_a_market_run_begins_before_dawn_and_a_pool_truck_has_five_drivers() -> None:
    assert KINDS["market"].plan(Random(1)).begins_min < 4 * 60 + 1
    assert len({action.name for action in KINDS["pool"].plan(Random(1)).actions if isinstance(action, Driver)}) == 5


def test_a_lunch_van_is_charged_and_a_petrol_truck_filled_up() -> None:
    _, day = lived("lunch-van")
    assert next(line for line in day.truth if isinstance(line, ChargeTruth)).soc_end_pct > 95

    thirsty = life("market", engine=Engine(tank_l=9))
    fills = [
        line
        for number in range(6)
        for line in thirsty.live(KINDS["market"], MIDNIGHT + timedelta(days=number), Weather()).truth
        if isinstance(line, FillTruth)
    ]
    assert fills
    assert all(2 < fill.litres < 9 for fill in fills)


def test_an_empty_starter_battery_is_an_event_and_the_day_goes_on() -> None:
    one = life("valley", condition=Condition(battery_ratio=0.1))
    day = one.live(KINDS["valley"], MIDNIGHT, Weather())

    assert "flat_battery" in {line.event for line in day.truth if isinstance(line, EventTruth)}


def test_the_year_has_seasons_holidays_and_breakdowns() -> None:
    year = [date(2026, 1, 1) + timedelta(days=number) for number in range(365)]
    mean_c = {month: [weather_on(day, "1").ambient_c for day in year if day.month == month] for month in (1, 8)}
    assert sum(mean_c[8]) / 31 - sum(mean_c[1]) / 31 > 18

    assert not is_worked(date(2026, 1, 1), "delivery", "1")
    assert not is_worked(date(2026, 8, 14), "orchard", "1")  # Obon: no holiday by law
    assert not is_worked(date(2026, 8, 20), "lunch-van", "1")
    assert 215 < sum(is_worked(day, "valley", "1") for day in year) < 240

    broken = [failures(year[0], year[-1], str(seed), is_petrol=True) for seed in range(30)]
    assert 20 < sum(map(len, broken)) < 60
    first = next(one for one in broken if one)[0]
    assert condition_on(first.begins, Condition(), [first]) != Condition()
    assert condition_on(first.ends + timedelta(days=1), Condition(), [first]) == Condition()


def test_a_failure_is_mended_on_a_day_that_is_worked() -> None:
    def works(day: date) -> bool:
        return day.weekday() == 2

    broken = [
        one
        for seed in range(30)
        for one in failures(date(2026, 1, 1), date(2026, 12, 31), str(seed), is_petrol=True, works=works)
    ]

    assert broken
    assert all(works(one.ends) for one in broken if one.ends <= date(2026, 12, 31))


def test_a_day_with_a_job_at_the_garage_ends_at_home_and_tells_of_it() -> None:
    one = life("valley")

    day = one.live(KINDS["valley"], MIDNIGHT, Weather(), garage=[INSPECTION])

    told = [line for line in day.truth if isinstance(line, ServiceTruth)]
    assert [line.service for line in told][:1] == ["inspection"]
    assert told[0].ended_at - told[0].started_at == timedelta(seconds=INSPECTION.seconds)
    assert told[0].odometer_km <= one.state.odometer_km
    assert one.state.place == one.home
