"""Follow the tank's level from standstill to standstill. Pure, but for the memory it moves along.

A sender swings by a tenth of the tank while the truck drives, and sends garbage now and then. So only readings at
standstill count, ten seconds apart, and of those the median. A level that has changed while the truck stood, and stays
changed, begins a new row: what lies between two rows was driven, filled in or taken out.
"""

from statistics import median
from typing import Final

from keitora.books.battery import NEVER_MS, Tank
from keitora.books.fix import Fix
from keitora.books.sample import Sample

ENOUGH: Final = 3
"""Readings that make a level."""
_KEPT: Final = 5
_BUCKET_MS: Final = 10_000
_SLOSH_MS: Final = 20_000
_ODD_PCT: Final = 5.0
_NOTHING_PCT: Final = 0.5
"""Senders without power tell 0."""


def step_tank(tank: Tank, sample: Sample, *, rolls: bool, place: Fix | None) -> Tank | None:
    """Take in a sample; return the level that has come to its end, if one has."""
    at_ms = sample.at_ms
    if rolls:
        tank.rolled_ms = at_ms
        return _close(tank)
    level_pct = sample.fuel_level_pct
    if level_pct is None or level_pct <= _NOTHING_PCT or at_ms - tank.rolled_ms < _SLOSH_MS:
        return None
    if at_ms // _BUCKET_MS == tank.bucket:
        return None
    tank.bucket = at_ms // _BUCKET_MS
    readings = tank.readings_pct
    if len(readings) < ENOUGH or abs(level_pct - median(readings)) <= _ODD_PCT:
        tank.odd_pct, tank.odd_ms = [], NEVER_MS
        _note(tank, level_pct, at_ms, place)
        return None
    if not tank.odd_pct or abs(level_pct - median(tank.odd_pct)) > _ODD_PCT:
        tank.odd_pct, tank.odd_ms = [], at_ms
    tank.odd_pct.append(level_pct)
    if len(tank.odd_pct) < ENOUGH:
        return None
    odd_pct, odd_ms = tank.odd_pct, tank.odd_ms
    ended = _close(tank)
    for one in odd_pct:
        _note(tank, one, odd_ms, place)
    tank.ended_ms, tank.bucket = at_ms, at_ms // _BUCKET_MS
    return ended


def _note(tank: Tank, level_pct: float, at_ms: int, place: Fix | None) -> None:
    if tank.started_ms is None:
        tank.started_ms = at_ms
    tank.place = tank.place or place
    tank.readings_pct.append(level_pct)
    del tank.readings_pct[:-_KEPT]
    tank.ended_ms = at_ms
    tank.count += 1
    if tank.count <= _KEPT:
        tank.first_pct = median(tank.readings_pct)


def _close(tank: Tank) -> Tank | None:
    """Return a copy of a level that ends, if it was one, and forget it."""
    if tank.started_ms is None:
        return None
    ended = Tank(
        started_ms=tank.started_ms,
        ended_ms=tank.ended_ms,
        first_pct=tank.first_pct,
        count=tank.count,
        place=tank.place,
        readings_pct=list(tank.readings_pct),
    )
    tank.started_ms, tank.ended_ms, tank.bucket = None, NEVER_MS, NEVER_MS
    tank.first_pct, tank.count, tank.place = 0.0, 0, None
    tank.readings_pct, tank.odd_pct, tank.odd_ms = [], [], NEVER_MS
    return ended if ended.count >= ENOUGH else None
