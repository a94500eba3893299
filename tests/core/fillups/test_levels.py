"""Refuels and losses, from the tank's level at standstill."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from itertools import chain

import pytest

from keitora.books.rules import Rules
from keitora.books.sample import Sample
from keitora.books.state import State
from keitora.clock import instant
from keitora.derive.fold import fold
from keitora.fillups.levels import Level, TankEvent, tank_events
from tests.core.derive.drives import START_MS, Stretch, drive

TANK_L = 40.0
MINUTE_MS = 60_000


def levels_of(*parts: Iterable[Sample]) -> list[Level]:
    facts = fold(State(), sorted(chain(*parts)), Rules())[1]
    return [
        Level(row.started_at, row.ended_at, row.lat, row.lon, row.first_pct, row.last_pct) for row in facts.tank_levels
    ]


def stand(at_min: float, minutes: int, level_pct: float, metres: float = 0.0) -> Iterable[Sample]:
    stretch = Stretch(seconds=minutes * 60, rpm=800.0, level_pct=level_pct)
    return drive([stretch], start_ms=START_MS + round(at_min * MINUTE_MS), metres=metres)


def run(at_min: float, minutes: int, level_pct: float) -> Iterable[Sample]:
    stretch = Stretch(seconds=minutes * 60, speed_kmh=36.0, rpm=2500.0, level_pct=level_pct)
    return drive([stretch], start_ms=START_MS + round(at_min * MINUTE_MS))


def events(levels: list[Level], used_l: float | None = 0.0) -> list[TankEvent]:
    return tank_events(levels, tank_l=TANK_L, used=lambda _from, _to: used_l)


def test_a_level_that_sloshes_while_the_truck_drives_is_no_level() -> None:
    def sloshing(sample: Sample) -> Sample:
        return sample._replace(fuel_level_pct=50 + 20 * (sample.at_ms // 1000 % 3 - 1))

    driving = [sloshing(sample) for sample in run(5, 10, 50)]
    found = levels_of(stand(0, 4, 50), driving, stand(16, 4, 48, metres=6000))

    assert [(one.first_pct, one.last_pct) for one in found] == [(50, 50), (48, 48)]
    assert events(found, used_l=0.8) == []


def test_a_refuelling_with_the_engine_off_is_found_with_its_litres() -> None:
    [one] = events(levels_of(stand(0, 4, 20), stand(12, 4, 85)), used_l=0.0)

    assert one.kind == "refuel"
    assert one.volume_l == pytest.approx(26)
    assert (one.from_pct, one.to_pct) == (20, 85)
    assert instant(START_MS) < one.from_at < one.to_at < instant(START_MS + 14 * MINUTE_MS)


def test_fuel_that_went_in_the_night_is_a_loss() -> None:
    [one] = events(levels_of(stand(0, 4, 60), stand(600, 4, 30)))

    assert one.kind == "loss"
    assert one.volume_l == pytest.approx(12)


def test_what_was_driven_is_no_loss_and_what_is_not_known_is_not_told() -> None:
    apart = levels_of(stand(0, 4, 60), run(5, 30, 50), stand(36, 4, 30, metres=18_000))

    assert events(apart, used_l=12.0) == []
    assert events(apart, used_l=None) == []
    [one] = events(apart, used_l=1.0)
    assert one.kind == "loss"
    assert one.volume_l == pytest.approx(11)


def test_a_refuelling_on_the_way_counts_what_was_used_meanwhile() -> None:
    [one] = events(levels_of(stand(0, 4, 30), run(5, 30, 50), stand(36, 4, 80, metres=18_000)), used_l=2.0)

    assert one.kind == "refuel"
    assert one.volume_l == pytest.approx(22)


def test_a_single_wild_reading_or_a_sender_without_power_is_nothing() -> None:
    wild = [
        sample._replace(fuel_level_pct=100.0 if number == 95 else 0.0 if number > 200 else 40.0)
        for number, sample in enumerate(stand(0, 5, 40))
    ]
    [level] = levels_of(wild)

    assert (level.first_pct, level.last_pct) == (40, 40)


def test_a_wavering_of_a_few_per_cent_is_no_event() -> None:
    begin = datetime(2026, 4, 1, tzinfo=instant(0).tzinfo)
    wavering = [
        Level(begin + timedelta(hours=n), begin + timedelta(hours=n, minutes=30), 35.0, 139.0, 50 + 3 * (-1) ** n, 50)
        for n in range(20)
    ]
    assert events(wavering) == []
