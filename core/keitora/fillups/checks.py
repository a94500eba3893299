"""What is odd about an entry: asked about, with a proposed value, and not averaged in. Pure.

A mistyped odometer makes one tank too long and the next too short by the same distance; a mistyped volume makes one
tank too thirsty or too lean and leaves its neighbours alone. That tells them apart.
"""

from collections.abc import Iterator, Sequence
from itertools import pairwise
from statistics import median
from typing import Final

from keitora.fillups.model import FillUp, Question

_TRIP_METER_KM: Final = 4.0
_TRIP_METER_SHARE: Final = 0.015
_LEAN: Final = 1.6
_THIRSTY: Final = 0.6
"""Economy against the truck's median beyond which a tank is asked about: motorways and winter lanes lie inside."""
_COPIED: Final = 0.12
_OVERFULL: Final = 1.08
"""A tank holds somewhat more than its nominal litres: the filler neck."""


def questions(fills: Sequence[FillUp], *, tank_l: float | None = None) -> list[Question]:
    """Return what should be asked about a truck's fill-ups, in order of time; what was confirmed is not asked again."""
    ordered = sorted(fills, key=lambda fill: (fill.filled_at, fill.fill_up_id))
    confirmed = {(fill.fill_up_id, kind) for fill in ordered for kind in fill.confirmed}
    asked: dict[int, Question] = {}
    for question in _all(ordered, tank_l):
        if (question.fill_up_id, question.kind) not in confirmed:
            asked.setdefault(question.fill_up_id, question)
    return [asked[fill.fill_up_id] for fill in ordered if fill.fill_up_id in asked]


def _all(ordered: Sequence[FillUp], tank_l: float | None) -> Iterator[Question]:
    """Yield all questions, the surest first."""
    doubles = list(_duplicates(ordered))
    yield from doubles
    left_out = {question.fill_up_id for question in doubles}
    kept = [fill for fill in ordered if fill.fill_up_id not in left_out]
    odometers = list(_odometers(kept))
    yield from odometers
    if tank_l is not None:
        for fill in kept:
            if fill.volume_l > _OVERFULL * tank_l:
                yield Question(fill.fill_up_id, "overfull", fill.volume_l, _slipped_point(fill.volume_l, tank_l))
    yield from _volumes(_mended(kept, odometers))


def _duplicates(ordered: Sequence[FillUp]) -> Iterator[Question]:
    for one, other in pairwise(ordered):
        same_time = abs((other.filled_at - one.filled_at).total_seconds()) < 12 * 3600
        if same_time and one.volume_l == other.volume_l and one.odometer_km == other.odometer_km:
            yield Question(other.fill_up_id, "duplicate", other.volume_l, None)


def _odometers(ordered: Sequence[FillUp]) -> Iterator[Question]:
    told = [fill for fill in ordered if fill.odometer_km is not None]
    for before, fill, after in zip(told, told[1:], told[2:], strict=False):
        low, here, high = before.odometer_km or 0.0, fill.odometer_km or 0.0, after.odometer_km or 0.0
        by_meter = None if fill.trip_km is None or fill.missed_before else low + fill.trip_km
        if low < high and not low < here < high:
            fits = by_meter is not None and low < by_meter < high
            yield Question(fill.fill_up_id, "odometer", here, by_meter if fits else _between(fill, after, low, high))
        elif by_meter is not None and after.trip_km is not None and not after.missed_before:
            off, off_after = here - by_meter, high - here - after.trip_km
            limit = _TRIP_METER_KM + _TRIP_METER_SHARE * (fill.trip_km or 0.0)
            if abs(off) > limit and abs(off + off_after) < 0.25 * abs(off):
                yield Question(fill.fill_up_id, "odometer", here, by_meter)


def _between(fill: FillUp, after: FillUp, low: float, high: float) -> float:
    """Return the odometer that gives both tanks the same economy."""
    return low + (high - low) * fill.volume_l / (fill.volume_l + after.volume_l)


def _mended(fills: Sequence[FillUp], odometers: Sequence[Question]) -> list[tuple[FillUp, float | None]]:
    proposed = {question.fill_up_id: question.proposed for question in odometers}
    return [(fill, proposed.get(fill.fill_up_id, fill.odometer_km)) for fill in fills]


def _volumes(mended: Sequence[tuple[FillUp, float | None]]) -> Iterator[Question]:
    """Yield questions about litres, from each tank's economy against the median of all."""
    tanks: list[tuple[FillUp, FillUp, float]] = []
    for (before, from_km), (fill, to_km) in pairwise(mended):
        if from_km is None or to_km is None or not (before.is_full and fill.is_full) or fill.missed_before:
            continue
        if to_km > from_km:
            tanks.append((before, fill, to_km - from_km))
    if len(tanks) < 4:
        return
    usual = median(distance_km / fill.volume_l for _, fill, distance_km in tanks)
    for before, fill, distance_km in tanks:
        ratio = distance_km / fill.volume_l / usual
        expected_l = round(distance_km / usual, 2)
        if _LEAN * 1.15 < ratio < 2.6:
            yield Question(fill.fill_up_id, "missed", fill.volume_l, None)
        elif ratio > _LEAN or ratio < _THIRSTY:
            yield Question(fill.fill_up_id, "volume", fill.volume_l, _slipped_point(fill.volume_l, expected_l))
        elif fill.volume_l == before.volume_l and abs(ratio - 1) > _COPIED:
            yield Question(fill.fill_up_id, "volume", fill.volume_l, expected_l)


def _slipped_point(typed_l: float, expected_l: float) -> float:
    """Return the typed litres with the decimal point moved, if that fits, else the litres expected."""
    for factor in (0.1, 10.0, 0.01, 100.0):
        if abs(typed_l * factor / expected_l - 1) < 0.3:
            return round(typed_l * factor, 3)
    return expected_l
