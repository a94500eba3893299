"""Which day of the year is which: working days, holidays, seasons, services and breakdowns. Pure.

Weather is a cosine over the year with a usual spread, as in the middle of Honshu: a mean of 2 °C in January, 26 °C in
August.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from random import Random
from types import MappingProxyType
from typing import Final

from keitora_sim.truck.drive import Weather
from keitora_sim.truck.model import Condition

_HOTTEST_DAY: Final = 215
_MEAN_C, _SWING_C = 14.0, 12.0
_RAINY_SHARE: Final = 0.27
_FIXED_HOLIDAYS: Final = frozenset(
    {(1, 1), (1, 2), (1, 3), (2, 11), (2, 23), (4, 29), (5, 3), (5, 4), (5, 5), (8, 11), (8, 13), (8, 14), (8, 15),
     (11, 3), (11, 23), (12, 31)}
)  # fmt: skip
"""Holidays with a date of their own, with the days of New Year and of Obon on which a farm rests."""

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
    if day.weekday() not in WORKING_WEEKDAYS[kind] or (day.month, day.day) in _FIXED_HOLIDAYS:
        return False
    if kind == "lunch-van" and (day.month == 8 or (day.month, day.day) > (12, 24) or (day.month, day.day) < (1, 8)):
        return False
    if kind == "orchard" and day.month in (1, 2) and day.weekday() > 2:
        return False
    rng = Random(f"{seed}:off:{day.isoformat()}")  # noqa: S311 -- reproducible, not secret
    return rng.random() > 0.04


def failures(first: date, last: date, seed: str, *, is_petrol: bool) -> list[Failure]:
    """Return what breaks between two days: about one thing a truck-year."""
    rng = Random(f"{seed}:failures")  # noqa: S311 -- reproducible, not secret
    found = []
    years = ((last - first).days + 1) / 365
    kinds = ["clogged radiator", "dead fan", "stuck thermostat", "weak battery"] if is_petrol else ["weak battery"]
    for _ in range(sum(rng.random() < 0.5 * years for _ in range(2))):
        begins = first + timedelta(days=rng.randint(0, (last - first).days))
        found.append(
            Failure(name := rng.choice(kinds), begins, begins + timedelta(days=rng.randint(3, 20)), _broken(name))
        )
    return found


def condition_on(day: date, usual: Condition, broken: list[Failure]) -> Condition:
    """Return what state a truck is in on a day."""
    for failure in broken:
        if failure.begins <= day <= failure.ends:
            return replace(failure.condition, parked_drain_ma=usual.parked_drain_ma)
    return usual


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
