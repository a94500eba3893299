"""The 12 V battery and the coolant: what they do over seconds and weeks, new and failing."""

from dataclasses import replace
from datetime import UTC, datetime

from keitora_sim.truck import starter_battery as battery
from keitora_sim.truck.drive import Simulation, Weather
from keitora_sim.truck.model import Condition, Engine, Logger, Moment, Spec, State
from keitora_sim.truck.road import Network, Place, Road

AT = datetime(2026, 8, 1, tzinfo=UTC)
NEW = Condition()
WEEK_S = 7 * 86_400
CLIMB = Network(36, 138, {"a": Place(0, 0, 300), "b": Place(6000, 0, 780)}, (Road("a", "b", 45, 40, 3),))


def climbed(condition: Condition, ambient_c: float = 34, load_kg: float = 350) -> list[Moment]:
    truck = Spec("carry", Logger.OBD_MAP, engine=Engine(), load_kg=load_kg, condition=condition)
    simulation = Simulation(truck, State(AT, "a", 0, coolant_c=80), CLIMB, 1, Weather(ambient_c))
    moments = list(simulation.driving_to("b"))
    return moments + list(simulation.standing(600, is_on=True))


def hottest_c(moments: list[Moment]) -> float:
    return max(moment.combustion.coolant_c for moment in moments if moment.combustion)


def test_a_truck_parked_for_a_week_starts_and_with_a_thirsty_device_for_four_weeks_it_does_not() -> None:
    thirsty = replace(NEW, parked_drain_ma=60)

    assert battery.can_start(battery.parked_pct(90, WEEK_S, NEW), NEW)
    assert not battery.can_start(battery.parked_pct(90, 4 * WEEK_S, thirsty), thirsty)


def test_the_start_dips_deeper_in_the_cold_and_on_an_old_battery() -> None:
    summer, winter = battery.cranking_v(80, 25, NEW), battery.cranking_v(80, -10, NEW)

    assert 9.6 < winter < summer < 11.3
    assert battery.cranking_v(80, 25, replace(NEW, battery_ratio=0.5)) < summer - 0.5


def test_an_hour_on_the_road_gives_a_start_back() -> None:
    charge_pct = 50.0
    for _ in range(3600):
        charge_pct = battery.charged_pct(charge_pct, 1, NEW)

    assert charge_pct > 75
    assert 13.5 < battery.running_v(50, 900) < battery.running_v(95, 2500) <= 14.3


def test_a_start_shows_as_one_second_of_low_voltage_and_an_empty_battery_as_none() -> None:
    truck = Spec("carry", Logger.OBD_MAP, engine=Engine())
    good, flat = (Simulation(truck, State(AT, "a", 0, battery_pct=pct), CLIMB, 1) for pct in (85, 10))

    assert [9 < moment.battery_v < 11.5 for moment in good.starting()] == [True]
    assert list(flat.starting()) == []


def test_the_thermostat_holds_a_loaded_truck_on_a_hot_climb() -> None:
    moments = climbed(NEW)

    assert 85 < hottest_c(moments) < 104
    assert any(moment.combustion.is_fan_on for moment in moments if moment.combustion)


def test_a_failing_fan_and_a_clogged_radiator_overheat_it() -> None:
    assert hottest_c(climbed(Condition(fan_fails=True, radiator_ratio=0.35))) > 112


def test_a_thermostat_stuck_open_never_lets_it_get_warm() -> None:
    assert hottest_c(climbed(Condition(thermostat_stuck_open=True), ambient_c=0, load_kg=0)[60:-600]) < 75
