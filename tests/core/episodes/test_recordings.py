"""Ordinary drives, recorded and simulated, raise nothing."""

from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path

import pytest

from keitora.books.rows import EpisodeRow
from keitora.books.rules import Rules
from keitora.books.sample import SIGNAL_FIELDS, Sample
from keitora.books.state import State
from keitora.derive.fold import fold
from keitora.signals.check import plausible
from keitora.signals.registry import BY_COLUMN
from keitora_sim.demo.fleet import scenario
from keitora_sim.recording import Row
from keitora_sim.replay.files import load
from keitora_sim.replay.readers.options import Options
from keitora_sim.scenario.model import TruckPart
from keitora_sim.truck.drive import Route, drive

CAR_ABROAD: dict[str, dict[str, float]] = {"over_speed": {"limit_kmh": 130}}
"""The recordings are of cars, on roads where 100 to 130 km/h are allowed."""


def samples_of(rows: tuple[Row, ...]) -> list[Sample]:
    """The rows as the ingestor would have stored them."""
    made = []
    for row in rows:
        values = {
            name: plausible(BY_COLUMN[name], row.values[name])
            for name in SIGNAL_FIELDS
            if row.values.get(name) is not None
        }
        made.append(Sample(at_ms=round(row.sampled_at.timestamp() * 1000), device_id=1, **values))  # type: ignore[arg-type]
    return made


def raised(rows: tuple[Row, ...], settings: dict[str, dict[str, float]]) -> list[EpisodeRow]:
    return fold(State(), samples_of(rows), Rules(episodes=settings))[1].episodes


@cache
def recorded(path: Path, file_format: str) -> tuple[Row, ...]:
    return tuple(load(path, file_format, Options()).drive.rows)


@pytest.mark.recordings
@pytest.mark.parametrize(
    ("folder", "file_format"), [("obd_fusion_montreal", "obd-fusion"), ("kit_seat_leon", "kit"), ("ndsbr", "ndsbr")]
)
def test_hours_of_recorded_driving_raise_nothing(recordings: Path, folder: str, file_format: str) -> None:
    paths = sorted((recordings / folder).glob("*.csv*"))
    assert paths
    for path in paths:
        found = raised(recorded(path, file_format), CAR_ABROAD)
        if "Beschleunigung" in path.name:
            assert {row.kind for row in found} <= {"harsh_acceleration"}  # an acceleration drive, says its name
        else:
            assert [(row.kind, row.opened_at, row.peak_value) for row in found] == [], path.name


@pytest.mark.parametrize(
    "truck", [truck for truck in scenario().trucks if truck.broken is None], ids=lambda truck: truck.name
)
def test_a_simulated_trucks_ordinary_rounds_raise_nothing(truck: TruckPart) -> None:
    morning = datetime(2026, 4, 1, 22, 0, tzinfo=UTC)
    state = None
    rows: list[Row] = []
    for number in range(3):
        start = morning + timedelta(hours=3 * number)
        driven = drive(truck.spec(), Route(("farm", "market", "cooperative", "orchard", "farm")), start, number, state)
        state = driven.state
        rows += driven.rows

    assert [(row.kind, row.opened_at, row.peak_value) for row in raised(tuple(rows), {})] == []
