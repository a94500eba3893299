"""A truck that answers two questions a second: what it last said of each signal is put together with care."""

from collections.abc import Iterator

import pytest

from keitora.books.sample import Sample
from keitora.books.state import Engine
from keitora.books.totals import Totals
from keitora.books.truck import Truck
from keitora.fuel.meter import meter

TRUCK = Truck(displacement_cc=658)
PULLS = {"map_kpa": 75.0, "throttle_pct": 42.0}
OVERRUN = {"map_kpa": 24.0, "throttle_pct": 11.0}


def told(seconds: int, engine: dict[str, float], *, from_s: int = 0) -> Iterator[Sample]:
    """Yield a second's engine speed with one of the other signals in turn."""
    others = {**engine, "intake_temp_c": 30.0}
    for second in range(from_s, from_s + seconds):
        name = list(others)[second % len(others)]
        rpm = 2600.0 + second % 3
        yield Sample(at_ms=1_000_000_000 + second * 1000, device_id=1, engine_rpm=rpm, **{name: others[name]})  # type: ignore[arg-type]


def litres(*stretches: tuple[int, dict[str, float]]) -> float:
    engine, totals, second = Engine(), Totals(), 0
    for seconds, signals in stretches:
        for sample in told(seconds, signals, from_s=second):
            meter(engine, sample, TRUCK, totals)
        second += seconds
    return totals.fuel_l


def test_a_descent_burns_nothing_though_the_truck_never_idled() -> None:
    climb_l = litres((120, PULLS))

    assert litres((120, PULLS), (600, OVERRUN)) == pytest.approx(climb_l, rel=0.08)


def test_a_steady_pull_at_one_position_of_the_throttle_is_no_overrun() -> None:
    cruise = {"map_kpa": 45.0, "throttle_pct": 21.0}

    assert litres((600, cruise)) > 0.2
    assert litres((60, OVERRUN), (600, cruise)) == pytest.approx(litres((600, cruise)), rel=0.02)
