"""Upkeep: what takes a truck to the garage, and when. Pure: the same day and odometer, the same services.

Oil every 5,000 km as the makers of kei trucks ask for hard use, an inspection every twelve months (Road Transport
Vehicle Act, art. 48), winter tyres in the hills from the end of November until April.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from random import Random
from typing import Final

OIL_EVERY_KM: Final = 5000.0
_TYRES_ON: Final = ((4, 8), (11, 24))
_SNOWY: Final = frozenset({"valley"})


@dataclass(frozen=True, slots=True)
class Service:
    """A job of the garage, and how long it takes."""

    name: str
    seconds: int


OIL: Final = Service("oil change", 35 * 60)
INSPECTION: Final = Service("inspection", 150 * 60)
TYRES: Final = Service("tyre change", 45 * 60)


def repair(failure: str) -> Service:
    """Return what mends a failure."""
    return Service(f"repair: {failure}", 110 * 60)


def is_oil_due(seed: str, from_km: float, to_km: float) -> bool:
    """Tell whether the odometer went over a reading at which this truck gets its oil."""
    phase_km = _chance(seed, "oil").uniform(0, OIL_EVERY_KM)
    return (to_km + phase_km) // OIL_EVERY_KM > (from_km + phase_km) // OIL_EVERY_KM


def dated(day: date, network: str, seed: str, works: Callable[[date], bool]) -> tuple[Service, ...]:
    """Return the services that the calendar asks for on a day; one that falls on a day of rest is done after it."""
    offset = _chance(seed, "inspection").randrange(365)
    found = []
    if _first_worked(date(day.year, 1, 1) + timedelta(days=offset), day, works):
        found.append(INSPECTION)
    if network in _SNOWY and any(_first_worked(date(day.year, month, first), day, works) for month, first in _TYRES_ON):
        found.append(TYRES)
    return tuple(found)


def _first_worked(due: date, day: date, works: Callable[[date], bool]) -> bool:
    """Tell whether a day is the first working one from a date on, within three weeks of it."""
    if not timedelta(0) <= day - due < timedelta(days=21) or not works(day):
        return False
    return not any(works(due + timedelta(days=number)) for number in range((day - due).days))


def _chance(seed: str, what: str) -> Random:
    return Random(f"{seed}:upkeep:{what}")  # noqa: S311 -- reproducible, not secret
