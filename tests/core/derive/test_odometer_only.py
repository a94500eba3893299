"""Trucks of which nothing but the odometer tells that they drive."""

from datetime import timedelta

import pytest

from keitora.books.rules import Rules
from keitora.books.sample import Sample
from keitora.books.state import State
from keitora.derive.facts import Facts
from keitora.derive.fold import fold
from tests.core.derive.drives import METRES_A_DEGREE, START, START_MS


def told(minutes: range, *, kmh: float, from_km: float, step_km: float, every_s: int = 60) -> list[Sample]:
    """An odometer that counts in steps, told once in `every_s`."""
    samples = []
    for second in range(minutes.start * 60, minutes.stop * 60, every_s):
        driven_km = kmh * (second - minutes.start * 60) / 3600
        shown_km = (from_km + driven_km) // step_km * step_km
        samples.append(Sample(START_MS + second * 1000, 1, odometer_km=shown_km))
    return samples


def day(step_km: float, every_s: int = 60) -> list[Sample]:
    """Half an hour at rest, 40 km, an hour at rest, 20 km, an hour at rest."""
    return [
        *told(range(30), kmh=0, from_km=52_000, step_km=step_km, every_s=every_s),
        *told(range(30, 90), kmh=40, from_km=52_000, step_km=step_km, every_s=every_s),
        *told(range(90, 150), kmh=0, from_km=52_040, step_km=step_km, every_s=every_s),
        *told(range(150, 180), kmh=40, from_km=52_040, step_km=step_km, every_s=every_s),
        *told(range(180, 240), kmh=0, from_km=52_060, step_km=step_km, every_s=every_s),
    ]


def facts_of(samples: list[Sample]) -> Facts:
    return fold(State(), samples, Rules())[1]


@pytest.mark.parametrize(("step_km", "every_s"), [(0.1, 60), (1.0, 60), (1.0, 10), (0.1, 240)])
def test_a_truck_that_tells_only_its_odometer_has_trips(step_km: float, every_s: int) -> None:
    facts = facts_of(day(step_km, every_s))

    first, second = facts.trips
    tolerance = timedelta(seconds=every_s + step_km / 40 * 3600)
    assert abs(first.started_at - START - timedelta(minutes=30)) <= tolerance
    assert abs(first.ended_at - START - timedelta(minutes=90)) <= tolerance
    assert abs(second.started_at - START - timedelta(minutes=150)) <= tolerance
    assert first.distance_m == pytest.approx(40_000, abs=1000 * step_km + 1)
    assert second.distance_m == pytest.approx(20_000, abs=1000 * step_km + 1)
    assert {trip.distance_source for trip in facts.trips} == {"odometer"}
    assert sum(point.distance_m for point in facts.trace) == pytest.approx(60_000, rel=0.001)
    assert [day.distance_m for day in facts.days] == [pytest.approx(60_000, rel=0.001)]


def test_the_way_of_a_night_without_data_is_nobodys_trip() -> None:
    """When it was driven is not known; the own odometer has it, by its readings."""
    evening = told(range(30), kmh=0, from_km=52_000, step_km=1)
    morning = told(range(700, 760), kmh=0, from_km=52_031, step_km=1)

    assert facts_of(evening + morning).trips == []


def test_an_odometer_that_falls_back_or_leaps_drives_nowhere() -> None:
    steady = told(range(120), kmh=0, from_km=52_000, step_km=1)
    wrong = {40: 0.0, 41: 52_000.0, 60: 152_000.0, 61: 52_000.0, 80: 51_000.0}
    samples = [one._replace(odometer_km=wrong.get(number, one.odometer_km)) for number, one in enumerate(steady)]

    assert facts_of(samples).trips == []


def test_an_odometer_counted_from_a_parked_trackers_drift_makes_no_trip() -> None:
    """Trackers that integrate their own fixes count on while the truck stands; the fixes say that it does."""
    samples = [
        Sample(
            START_MS + 20_000 * number,
            1,
            lat=35 + (number % 3) * 12 / METRES_A_DEGREE,
            lon=139.0,
            odometer_km=500 + number * 0.012,
        )
        for number in range(720)
    ]

    assert facts_of(samples).trips == []


def test_a_tunnel_in_which_the_odometer_counts_on_is_counted_once() -> None:
    def row(second: int, *, seen: bool) -> Sample:
        metres = max(0, min(second, 600) - 60) * 10.0
        kmh = 36.0 if 60 < second < 600 else 0.0
        told = Sample(START_MS + second * 1000, 1, odometer_km=8000 + metres / 1000)
        return told._replace(lat=35 + metres / METRES_A_DEGREE, lon=139.0, gnss_speed_kmh=kmh) if seen else told

    samples = [row(second, seen=not 200 <= second < 400) for second in range(1000)]
    facts = facts_of(samples)

    [trip] = facts.trips
    assert trip.distance_m == pytest.approx(5400, rel=0.01)
    assert sum(point.distance_m for point in facts.trace) == pytest.approx(5400, rel=0.02)
