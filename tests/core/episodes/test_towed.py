"""Moved while switched off, and cut off from its 12 V."""

import pytest

from tests.core.episodes.crafted import Span, at, episodes, kinds, silence

PARKED = at(600, ignition_on=False, battery_v=12.5, gnss_speed_kmh=0.0)


def test_a_truck_that_is_towed_away() -> None:
    [row] = episodes(
        PARKED,
        at(300, ignition_on=False, battery_v=12.5, gnss_speed_kmh=25.0),
        at(900, ignition_on=False, battery_v=12.5, gnss_speed_kmh=0.0),
    )

    assert (row.kind, row.severity, row.peak_value) == ("towed", "critical", 25.0)
    assert row.closed_at is not None


@pytest.mark.parametrize(
    "spans",
    [
        [PARKED, at(900, ignition_on=True, battery_v=14.0, gnss_speed_kmh=40.0)],
        [PARKED, at(900, ignition_on=False, battery_v=14.0, gnss_speed_kmh=40.0)],
        [PARKED, at(900, ignition_on=False, engine_rpm=2000, speed_kmh=40.0)],
        [PARKED, at(30, ignition_on=False, battery_v=12.5, gnss_speed_kmh=12.0), PARKED],
        [PARKED, at(900, battery_v=12.5, gnss_speed_kmh=40.0)],
        [at(900, gnss_speed_kmh=40.0)],
    ],
    ids=[
        "driven",
        "the alternator charges",
        "the engine runs",
        "pushed over the yard",
        "heard long ago",
        "never heard",
    ],
)
def test_what_is_no_towing(spans: list[Span]) -> None:
    assert kinds(*spans) == []


def test_a_cut_wire() -> None:
    [row] = episodes(PARKED, at(600, battery_v=0.1, gnss_speed_kmh=0.0), PARKED)

    assert (row.kind, row.severity) == ("power_cut", "critical")
    assert row.closed_at is not None


@pytest.mark.parametrize(
    "spans",
    [
        [at(3600, battery_v=0.0, gnss_speed_kmh=0.0)],
        [PARKED, at(20, battery_v=0.0, gnss_speed_kmh=0.0), PARKED],
        [PARKED, at(120, battery_v=6.5, gnss_speed_kmh=0.0), PARKED],
    ],
    ids=["a logger without the signal", "a loose contact", "cranking for long"],
)
def test_what_is_no_cut(spans: list[Span]) -> None:
    assert kinds(*spans) == []


def test_a_silence_is_no_cut() -> None:
    assert kinds(PARKED, silence(40_000), PARKED) == []
