"""The physics: plausible for a truck of 660 cc, in agreement with itself, and the same for the same seed."""

from datetime import UTC, datetime
from itertools import pairwise

import pytest

from keitora.signals.check import plausible
from keitora.signals.registry import BY_COLUMN
from keitora_sim.demo.fleet import scenario
from keitora_sim.scenario.model import TruckPart
from keitora_sim.truck.air import air_flow_gs
from keitora_sim.truck.drive import Driven, Route, drive
from keitora_sim.truck.model import FUEL_GPL, STOICHIOMETRIC, Combustion, Engine, Logger, Moment, Motor, Spec
from keitora_sim.truck.valley import VALLEY

MORNING = datetime(2026, 4, 1, 22, 0, tzinfo=UTC)
ENGINE = Engine()
PETROL = Spec("carry", Logger.OBD_MAP, kerb_kg=710, engine=ENGINE)
EV = Spec("minicab", Logger.EV, kerb_kg=930, motor=Motor())
ROUNDS = [
    ("farm", "market", "customer-east", "cooperative", "farm"),
    ("farm", "orchard", "terraces", "hamlet", "farm"),
    ("village", "clinic", "riverside", "station", "market", "village"),
]


def burning(driven: Driven) -> list[tuple[Moment, Combustion]]:
    return [(moment, moment.combustion) for moment in driven.truth.moments if moment.combustion]


@pytest.mark.parametrize("places", ROUNDS)
@pytest.mark.parametrize("seed", [1, 2])
def test_a_round_takes_what_a_kei_truck_takes(places: tuple[str, ...], seed: int) -> None:
    truth = drive(PETROL, Route(places), MORNING, seed).truth

    assert 10 < truth.distance_m / 1000 / truth.fuel_l < 22
    assert 15 < truth.distance_m / truth.moving_s * 3.6 < 50


def test_the_engine_stays_within_what_it_can_do() -> None:
    for places in ROUNDS:
        for moment, engine in burning(drive(PETROL, Route(places), MORNING, 3)):
            assert 700 < engine.rpm <= ENGINE.most_rpm
            assert 15 < engine.map_kpa < 101
            assert engine.coolant_c < 100
            assert moment.speed_ms < 75 / 3.6
            assert abs(moment.accel_ms2) < 3.2


def test_idling_takes_about_six_tenths_of_a_litre_an_hour() -> None:
    idle_lph = [
        engine.fuel_gs / FUEL_GPL * 3600
        for moment, engine in burning(drive(PETROL, Route(ROUNDS[0]), MORNING, 1))
        if moment.speed_ms == moment.accel_ms2 == 0 and engine.coolant_c > 70
    ]

    assert idle_lph
    assert all(0.42 < lph < 0.65 for lph in idle_lph)  # small cars 7 to 10 cc a minute; see test_variants


def test_fuel_agrees_with_speed_density_at_every_moment() -> None:
    for _, engine in burning(drive(PETROL, Route(ROUNDS[0]), MORNING, 1)):
        air_gs = air_flow_gs(ENGINE, engine.map_kpa, engine.rpm, engine.intake_c)
        fuel_gs = 0 if engine.lambda_ratio > 1.9 else air_gs / STOICHIOMETRIC / engine.lambda_ratio
        assert engine.fuel_gs == pytest.approx(fuel_gs, rel=0.03)


def test_what_the_logger_wrote_down_gives_the_litres_again() -> None:
    driven = drive(PETROL, Route(ROUNDS[0]), MORNING, 1)

    fuel_g = 0.0
    for row in driven.rows:
        seen = row.values
        if "map_kpa" in seen and seen["lambda_ratio"] < 1.9:
            air_gs = air_flow_gs(ENGINE, seen["map_kpa"], seen["engine_rpm"], seen["intake_temp_c"])
            fuel_g += air_gs / STOICHIOMETRIC / seen["lambda_ratio"]

    assert fuel_g / FUEL_GPL == pytest.approx(driven.truth.fuel_l, rel=0.02)


def test_no_fuel_flows_on_the_overrun_of_a_warm_engine() -> None:
    engines = [engine for _, engine in burning(drive(PETROL, Route(("hamlet", "farm")), MORNING, 1))]

    cut = [engine for engine in engines if engine.lambda_ratio > 1.9]
    assert len(cut) > 60
    assert all(engine.fuel_gs == 0 and engine.rpm > 1400 for engine in cut)


def test_a_cold_engine_runs_rich_and_fast_and_warms_up() -> None:
    engines = [engine for _, engine in burning(drive(PETROL, Route(ROUNDS[0]), MORNING, 1))]

    assert engines[0].lambda_ratio < 0.92
    assert engines[0].rpm > 1000
    assert 78 < engines[-1].coolant_c < 95
    assert engines[-1].lambda_ratio == 1


@pytest.mark.parametrize("places", ROUNDS)
def test_an_ev_takes_what_an_ev_takes(places: tuple[str, ...]) -> None:
    driven = drive(EV, Route(places), MORNING, 1)

    wh_per_km = driven.truth.energy_kwh * 1e6 / driven.truth.distance_m
    assert 85 < wh_per_km < 150
    spent_pct = 80 - driven.state.soc_pct
    assert spent_pct == pytest.approx(100 * driven.truth.energy_kwh / EV.motor.battery_kwh if EV.motor else 0, rel=0.05)


def test_the_same_seed_gives_the_same_rows_and_another_seed_others() -> None:
    one, other = (drive(PETROL, Route(("farm", "market")), MORNING, seed) for seed in (5, 6))

    assert one.rows == drive(PETROL, Route(("farm", "market")), MORNING, 5).rows
    assert one.rows != other.rows


def test_rows_come_once_a_second_and_positions_follow_the_road() -> None:
    driven = drive(PETROL, Route(("farm", "market")), MORNING, 5)

    assert all((b.sampled_at - a.sampled_at).total_seconds() == 1 for a, b in pairwise(driven.rows))
    for row, moment in zip(driven.rows, driven.truth.moments, strict=True):
        lat, lon = VALLEY.position(moment.east_m, moment.north_m)
        assert abs(row.values["lat"] - lat) * 111_000 < 12
        assert abs(row.values["lon"] - lon) * 90_000 < 12


@pytest.mark.parametrize("truck", scenario().trucks, ids=lambda truck: truck.name)
def test_every_demo_truck_tells_only_what_it_can_and_only_what_can_be_true(truck: TruckPart) -> None:
    spec = truck.spec()
    rows = drive(spec, Route(("farm", "village", "orchard")), MORNING, 1).rows

    columns = {column for row in rows for column in row.values}
    for row in rows:
        for column, value in row.values.items():
            assert plausible(BY_COLUMN[column], value) is not None, (column, value)
    assert {"lat", "lon", "gnss_speed_kmh"} <= columns
    assert ("map_kpa" in columns) == (spec.logger in {Logger.OBD_MAP, Logger.KLINE})
    assert ("maf_gs" in columns) == (spec.logger is Logger.OBD_MAF)
    assert ("soc_pct" in columns) == (spec.logger is Logger.EV)
    assert ("battery_v" in columns) == (spec.logger is not Logger.PHONE)
    assert not ("engine_rpm" in columns and spec.logger in {Logger.TRACKER, Logger.PHONE, Logger.EV})


def test_there_is_a_way_between_any_two_places() -> None:
    for start in VALLEY.places:
        for end in VALLEY.places:
            if start != end:
                path = VALLEY.way(start, end)
                assert path.length_m > 800
                steps = [b - a for a, b in pairwise(path.distance_m)]
                assert 0.5 < min(steps) <= max(steps) < 12
                assert max(abs(b - a) / s for (a, b), s in zip(pairwise(path.altitude_m), steps, strict=True)) < 0.2
