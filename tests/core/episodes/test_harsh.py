"""Harsh driving, by the accelerometer and by speed and course: what fires, and what must not."""

from typing import Any

import pytest

from keitora.books.rules import Rules
from keitora.books.sample import Sample
from keitora.books.state import State
from keitora.derive.fold import fold
from tests.core.episodes.crafted import START_MS, Span, at, episodes, kinds, second

G = 9.80665


def speeds(*values: float, source: str = "speed_kmh") -> list[Span]:
    return [at(1, **{source: value}) for value in values]


CRUISE = [50.0, 51.0, 50.0, 51.0, 50.0]


def test_braking_hard_by_speed_alone() -> None:
    [row] = episodes(*speeds(*CRUISE, 47.0, 30.0, 13.0, 3.0, *[0.0] * 10))

    assert (row.kind, row.unit, row.severity) == ("harsh_braking", "g", "note")
    assert row.peak_value == pytest.approx(17 / 3.6 / G, rel=0.01)


def test_starting_hard_by_the_satellites_speed() -> None:
    found = kinds(*speeds(0.0, 3.0, 15.0, 27.0, 38.0, 40.0, 41.0, 42.0, 42.0, 42.0, source="gnss_speed_kmh"))

    assert found == ["harsh_acceleration"]


@pytest.mark.parametrize(
    "values",
    [
        [50, 50, 47, 39, 31, 23, 15, 7, 0, 0, 0, 0, 0],
        [50, 50, 50, 50, 20, 20, 20, 20, 20, 20],
        [60, 60, 60, 31, 60, 60, 60, 60, 60],
        [50, 51, 50, 140, 50, 51, 50, 51, 50],
        [6, 7, 8, 0, 5, 9, 0, 4, 8, 0],
    ],
    ids=["ordinary braking", "a speed told late", "a wild reading", "a wild fix", "shuffling in the yard"],
)
def test_what_is_not_harsh(values: list[float]) -> None:
    assert kinds(*speeds(*values)) == []
    assert kinds(*speeds(*values, source="gnss_speed_kmh")) == []


def test_ten_samples_a_second_are_judged_a_second_at_a_time() -> None:
    gentle_but_noisy = [at(1, speed_kmh=value) for value in (40.0, 42.0, 39.0, 41.0, 43.0, 40.0) * 20]

    assert kinds(*gentle_but_noisy, every_s=0.1) == []
    braking = [at(1, speed_kmh=55.0, to={"speed_kmh": 53.0}), at(3, speed_kmh=53.0, to={"speed_kmh": 2.0})]
    assert kinds(at(5, speed_kmh=55.0), *braking, at(10, speed_kmh=0.0), every_s=0.1) == ["harsh_braking"]


def turning(degrees_a_second: float, seconds: int) -> list[Span]:
    return [at(1, gnss_speed_kmh=40.0, heading_deg=(350 + i * degrees_a_second) % 360) for i in range(seconds)]


def test_a_bend_taken_too_fast_through_north() -> None:
    assert kinds(*turning(0, 5), *turning(24, 4), *turning(0, 10)) == ["harsh_cornering"]


@pytest.mark.parametrize(("degrees_a_second", "seconds"), [(12, 8), (1, 30)])
def test_an_ordinary_bend_is_none(degrees_a_second: float, seconds: int) -> None:
    assert kinds(*turning(degrees_a_second, seconds)) == []


def test_a_course_that_swings_at_walking_pace_is_none() -> None:
    swinging = [at(1, gnss_speed_kmh=4.0, heading_deg=float(i * 97 % 360)) for i in range(120)]

    assert kinds(*swinging) == []


def test_a_phone_thrown_about_in_a_parked_truck_is_none() -> None:
    assert kinds(*[at(1, speed_kmh=0.0, accel_forward_ms2=6.0), at(1, speed_kmh=0.0, accel_left_ms2=-6.0)] * 30) == []
    assert kinds(*[at(1, accel_forward_ms2=6.0)] * 30) == []


@pytest.mark.parametrize(
    ("values", "kind"),
    [
        ({"accel_forward_ms2": 2.1}, "harsh_acceleration"),
        ({"accel_forward_ms2": -2.6}, "harsh_braking"),
        ({"accel_left_ms2": 3.1}, "harsh_cornering"),
        ({"accel_left_ms2": -3.1}, "harsh_cornering"),
    ],
)
def test_the_accelerometer_tells_by_the_mean_of_a_second(values: dict[str, float], kind: str) -> None:
    calm = at(5, speed_kmh=40.0, accel_forward_ms2=0.2, accel_left_ms2=0.1)
    shock = at(1, speed_kmh=40.0, **values)

    [row] = episodes(calm, shock, calm, calm)

    assert row.kind == kind
    assert second(row)[0] == pytest.approx(7, abs=1)


def test_a_pothole_is_too_short_to_count() -> None:
    calm: dict[str, Any] = {"speed_kmh": 40.0, "accel_forward_ms2": 0.1, "accel_left_ms2": 0.1}
    hole: dict[str, Any] = {"speed_kmh": 40.0, "accel_forward_ms2": -8.0, "accel_left_ms2": 5.0}
    fifty_a_second = [
        Sample(at_ms=START_MS + number * 20, device_id=1, **(hole if number == 333 else calm)) for number in range(1000)
    ]

    assert fold(State(), fifty_a_second, Rules())[1].episodes == []
