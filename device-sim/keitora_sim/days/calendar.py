"""Which day of the year is which: working days, holidays, seasons, services and breakdowns. Pure.

Weather is a cosine over the year with a usual spread, as in the middle of Honshu: a mean of 2 °C in January, 26 °C in
August.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from random import Random
from types import MappingProxyType
from typing import Final, Literal

from keitora_sim.days.holidays import is_holiday
from keitora_sim.days.kinds import KINDS
from keitora_sim.truck.drive import Weather
from keitora_sim.truck.model import Condition

_HOTTEST_DAY: Final = 215
_MEAN_C, _SWING_C = 14.0, 12.0
_RAINY_SHARE: Final = 0.27
_FAMILY_DAYS: Final = frozenset({(1, 2), (1, 3), (8, 13), (8, 14), (8, 15), (12, 31)})
"""New Year and Obon: no holidays by law, and nobody works in Japan."""
_SCHOOL_HOLIDAYS: Final = (((1, 1), (1, 7)), ((3, 25), (4, 7)), ((7, 21), (8, 31)), ((12, 25), (12, 31)))

Failing = Literal["clogged radiator", "dead fan", "stuck thermostat", "weak battery"]
WORKING_WEEKDAYS: Final[Mapping[str, frozenset[int]]] = MappingProxyType(
    {
        "delivery": frozenset(range(6)),
        "orchard": frozenset(range(6)),
        "market": frozenset({0, 1, 3, 4, 5}),
        "valley": frozenset(range(5)),
        "landscaper": frozenset(range(5)),
        "pool": frozenset(range(6)),
        "lunch-van": frozenset(range(5)),
    }
)
"""Weekdays (Monday is 0) on which a kind of day is worked; the market is closed on Wednesdays and Sundays."""


@dataclass(frozen=True, slots=True)
class Failure:
    """What breaks on a truck, and when it is mended."""

    name: str
    begins: date
    ends: date
    condition: Condition


def weather_on(day: date, seed: str) -> Weather:
    """Return a day's weather and traffic."""
    rng = Random(f"{seed}:weather:{day.isoformat()}")  # noqa: S311 -- reproducible, not secret
    season = math.cos(2 * math.pi * (day.timetuple().tm_yday - _HOTTEST_DAY) / 365)
    is_wet = rng.random() < _RAINY_SHARE
    traffic_ratio = rng.uniform(0.9, 1.0) * (0.92 if is_wet else 1.0)
    return Weather(round(_MEAN_C + _SWING_C * season + rng.gauss(0, 2.5), 1), traffic_ratio)


def is_worked(day: date, kind: str, seed: str) -> bool:
    """Tell whether a truck goes out: a working weekday, no holiday, no school holiday for school lunches, not ill."""
    country, of_year = KINDS[kind].country, (day.month, day.day)
    if day.weekday() not in WORKING_WEEKDAYS[kind] or is_holiday(day, country):
        return False
    if country == "jp" and of_year in _FAMILY_DAYS:
        return False
    if kind == "lunch-van" and any(first <= of_year <= last for first, last in _SCHOOL_HOLIDAYS):
        return False
    if kind == "orchard" and day.month in (1, 2) and day.weekday() > 2:
        return False
    rng = Random(f"{seed}:off:{day.isoformat()}")  # noqa: S311 -- reproducible, not secret
    return rng.random() > 0.04


def failures(
    first: date, last: date, seed: str, *, is_petrol: bool, works: Callable[[date], bool] = lambda _: True
) -> list[Failure]:
    """Return what breaks between two days: about one thing a truck-year. It is mended on a day that is worked."""
    rng = Random(f"{seed}:failures")  # noqa: S311 -- reproducible, not secret
    found = []
    years = ((last - first).days + 1) / 365
    kinds = ["clogged radiator", "dead fan", "stuck thermostat", "weak battery"] if is_petrol else ["weak battery"]
    for _ in range(sum(rng.random() < 0.5 * years for _ in range(2))):
        begins = first + timedelta(days=rng.randint(0, (last - first).days))
        name, ends = rng.choice(kinds), begins + timedelta(days=rng.randint(3, 20))
        while not works(ends) and ends <= last:
            ends += timedelta(days=1)
        found.append(Failure(name, begins, ends, _broken(name)))
    return sorted(found, key=lambda one: one.begins)


def condition_on(day: date, usual: Condition, broken: Sequence[Failure]) -> Condition:
    """Return what state a truck is in on a day."""
    failure = failure_on(day, broken)
    return usual if failure is None else replace(failure.condition, parked_drain_ma=usual.parked_drain_ma)


def failure_on(day: date, broken: Sequence[Failure]) -> Failure | None:
    """Return what is broken on a day."""
    return next((failure for failure in broken if failure.begins <= day <= failure.ends), None)


def broken(name: str, usual: Condition) -> Condition:
    """Return the state of a truck with that failure."""
    return replace(_broken(name), parked_drain_ma=usual.parked_drain_ma)


def _broken(name: str) -> Condition:
    match name:
        case "clogged radiator":
            return Condition(radiator_ratio=0.3)
        case "dead fan":
            return Condition(fan_fails=True, radiator_ratio=0.7)
        case "stuck thermostat":
            return Condition(thermostat_stuck_open=True)
        case _:
            return Condition(battery_ratio=0.3)
