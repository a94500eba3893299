"""The 12 V battery: at rest, while cranking, and for how long it will do."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keitora.books.rules import Rules
from keitora.books.state import State
from keitora.derive.fold import fold
from keitora.episodes.battery import RestedDay, forecast
from tests.core.episodes.crafted import Span, at, episodes, kinds, samples, second, silence

DRIVE = at(1800, engine_rpm=2500, battery_v=14.1, speed_kmh=40.0)
OFF = {"engine_rpm": 0, "speed_kmh": 0.0}


def night(battery_v: float, hours: int = 10) -> Span:
    return at(hours * 3600, battery_v=battery_v, **OFF)


def test_a_rested_battery_that_is_nearly_empty_is_told_once() -> None:
    rows = episodes(DRIVE, night(11.9), DRIVE, night(11.9), DRIVE, night(12.6), every_s=60)

    [row] = rows
    assert (row.kind, row.ended_by, row.unit) == ("weak_battery", "clear", "V")
    assert second(row)[0] >= 1800 + 3 * 3600
    assert row.last_value == 12.6


@pytest.mark.parametrize(
    "spans",
    [
        [DRIVE, night(11.9, hours=2), DRIVE],
        [DRIVE, night(12.2), DRIVE],
        [DRIVE, at(7200, battery_v=11.5, engine_rpm=800, speed_kmh=0.0)],
        [DRIVE, night(0.0)],
        [DRIVE, night(12.5), at(240, battery_v=9.0, **OFF), night(12.5)],
    ],
    ids=["not rested yet", "half charged", "the alternator is weak", "no battery at all", "some lamp for minutes"],
)
def test_what_is_no_weak_battery(spans: list[Span]) -> None:
    assert "weak_battery" not in kinds(*spans, every_s=60)


def test_a_logger_that_sleeps_with_the_truck_tells_it_on_waking() -> None:
    asleep = [DRIVE, at(120, battery_v=12.6, **OFF), silence(36_000), at(1200, battery_v=11.7, **OFF)]

    assert kinds(*asleep, every_s=60) == ["weak_battery"]


def test_a_truck_of_which_only_the_12_v_is_heard() -> None:
    driving = at(1800, battery_v=14.0, gnss_speed_kmh=40.0)
    parked = at(36_000, battery_v=11.8, gnss_speed_kmh=0.0)

    assert kinds(driving, parked, every_s=60) == ["weak_battery"]


def start(low_v: float) -> list[Span]:
    return [
        at(30, battery_v=12.4, **OFF), at(2, battery_v=low_v, engine_rpm=150, speed_kmh=0.0),
        at(300, battery_v=14.0, engine_rpm=900, speed_kmh=0.0), at(30, battery_v=12.6, **OFF),
    ]  # fmt: skip


def test_two_weak_starts_are_told_and_a_good_one_ends_it() -> None:
    [row] = episodes(*start(9.2), *start(9.0), *start(9.1), *start(10.4))

    assert (row.kind, row.peak_value, row.ended_by) == ("weak_cranking", 9.0, "clear")


def test_one_weak_start_and_starts_nobody_saw_are_none() -> None:
    assert kinds(*start(9.2), *start(10.4), *start(9.2), *start(10.2)) == []
    assert kinds(*start(12.3) * 3) == []


def test_the_day_keeps_its_last_rested_voltage() -> None:
    spans = [DRIVE, at(6 * 3600, battery_v=12.5, ambient_temp_c=8.0, **OFF)]

    days = fold(State(), samples(spans, every_s=60), Rules())[1].days

    assert [(day.rest_battery_v, day.rest_ambient_temp_c) for day in days] == [(12.5, 8.0)]


def nights(volts: list[float]) -> list[RestedDay]:
    return [RestedDay(date(2026, 4, 1) + timedelta(days=number), value) for number, value in enumerate(volts)]


def test_a_falling_battery_has_its_days_counted() -> None:
    told = forecast(nights([12.60, 12.55, 12.51, 12.44, 12.41, 12.36, 12.29]))

    assert told is not None
    assert told.slope_v_per_day == pytest.approx(-0.05, abs=0.01)
    assert told.days_left == pytest.approx(10, abs=2)


def test_an_odd_night_moves_nothing() -> None:
    told = forecast(nights([12.60, 12.55, 11.00, 12.45, 12.40, 13.1, 12.30, 12.25]))

    assert told is not None
    assert told.days_left == pytest.approx(9, abs=2)


@pytest.mark.parametrize(
    "volts", [[12.6, 12.2], [12.5, 12.52, 12.49, 12.51, 12.5, 12.48, 12.51], [12.2, 12.3, 12.4, 12.5, 12.6]]
)
def test_nothing_is_forecast_from_too_few_nights_or_a_battery_that_does_not_fall(volts: list[float]) -> None:
    told = forecast(nights(volts))

    assert told is not None
    assert told.days_left is None


def test_an_empty_battery_has_no_day_left_and_no_nights_say_nothing() -> None:
    assert forecast([]) is None
    told = forecast(nights([11.5]))
    assert told is not None
    assert told.days_left == 0


@given(volts=st.lists(st.floats(6, 13.2), max_size=30))
def test_days_left_are_never_negative(volts: list[float]) -> None:
    told = forecast(nights(volts))

    assert told is None or told.days_left is None or told.days_left >= 0
