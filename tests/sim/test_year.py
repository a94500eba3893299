"""A year from computed days: every day its own, the odometer and the tank go on, and the truth keeps up."""

from datetime import date, datetime
from itertools import pairwise

import pytest

from keitora.wire.native import Telemetry
from keitora_sim.truth.file import Truths
from keitora_sim.year.make import YearFleet, scenario_of


@pytest.fixture(scope="module")
def weeks() -> tuple[Truths, list[Telemetry]]:
    truths, told = Truths(), []
    for made in YearFleet(scenario_of(1, date(2026, 4, 26), 21, seed=3)).days():
        for line in made.truth:
            truths.add(line)
        told += [Telemetry.model_validate_json(message.payload) for message in made.messages]
    return truths, told


def test_time_goes_on_and_no_row_is_numbered_twice(weeks: tuple[Truths, list[Telemetry]]) -> None:
    _, told = weeks

    times_ms = [(message.t or 0) + row[0] for message in told for row in message.r]
    assert all(a < b for a, b in pairwise(times_ms))
    assert [number for message in told for number in range(message.q, message.q + len(message.r))] == list(
        range(len(times_ms))
    )


def test_the_odometer_goes_on_from_day_to_day_and_agrees_with_the_trips(
    weeks: tuple[Truths, list[Telemetry]],
) -> None:
    truths, told = weeks
    read_km = values(told, "odo")

    assert all(a <= b for a, b in pairwise(read_km))
    driven_m = sum(trip.distance_m for trip in truths.trips)
    assert read_km[-1] - read_km[0] == pytest.approx(driven_m / 1000, rel=0.02)
    assert truths.trucks[0].distance_m == pytest.approx(driven_m, rel=0.01)
    assert truths.trucks[0].odometer_km == pytest.approx(read_km[-1], abs=0.2)


def test_what_is_filled_up_is_what_was_burnt(weeks: tuple[Truths, list[Telemetry]]) -> None:
    truths, told = weeks
    levels = values(told, "fl")

    assert truths.fills
    filled_l = sum(fill.litres for fill in truths.fills)
    assert truths.trucks[0].fuel_l - 34 <= filled_l <= truths.trucks[0].fuel_l
    assert all(stood_through(truths, fill.at, fill.at) for fill in truths.fills)
    assert min(levels) < 60
    assert any(b - a > 40 for a, b in pairwise(levels))


def test_days_of_rest_are_rested_and_no_two_days_begin_alike(weeks: tuple[Truths, list[Telemetry]]) -> None:
    truths, _ = weeks
    begun = sorted({trip.started_at.date(): trip.started_at for trip in reversed(truths.trips)}.values())

    assert 10 <= len(begun) <= 16
    assert len({at.time() for at in begun}) == len(begun)


def values(told: list[Telemetry], key: str) -> list[float]:
    """Return a column's values, where it was sampled."""
    column = [row[1 + message.f.index(key)] for message in told if key in message.f for row in message.r]
    return [value for value in column if value is not None]


def test_a_long_year_has_services_and_failures_and_tells_when_they_were_mended() -> None:
    truths = Truths()
    for made in YearFleet(scenario_of(2, date(2026, 12, 31), 365, seed=4)).days():
        for line in made.truth:
            truths.add(line)

    for name in ("Truck 01", "Truck 02"):
        jobs = [line.service for line in truths.services if line.truck == name]
        assert jobs.count("inspection") == 1
        driven_km = next(truck.distance_m for truck in truths.trucks if truck.truck == name) / 1000
        assert abs(jobs.count("oil change") - driven_km / 5000) <= 1
    assert sum(line.service == "tyre change" for line in truths.services) == 2  # the truck of the valley
    assert all(stood_through(truths, job.started_at, job.ended_at, job.truck) for job in truths.services)
    assert truths.failures
    for failure in truths.failures:
        if failure.ended_at is not None:
            job = next(one for one in truths.services if one.ended_at == failure.ended_at)
            assert job.service == f"repair: {failure.failure}"


def stood_through(truths: Truths, begins: datetime, ends: datetime, truck: str = "Truck 01") -> bool:
    """Whether a truck stood all of a time."""
    return any(stop.truck == truck and stop.started_at <= begins and ends <= stop.ended_at for stop in truths.stops)
