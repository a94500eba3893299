"""Which values can be true. Pure."""

import math
from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from keitora.signals.model import Kind, Signal

Value = float | int | bool

_FLOATING: Final = (Kind.FLOAT, Kind.DOUBLE)
_NULL: Final = type(None)
_NUMBERS: Final = frozenset({int, float, _NULL})


def plausible(signal: Signal, raw: object) -> Value | None:
    """Return the value as its column stores it, or None where it cannot be true (wrong type, NaN, out of range)."""
    if isinstance(raw, bool):
        raw = int(raw)
    if not isinstance(raw, int | float) or not signal.minimum <= raw <= signal.maximum:
        return None  # NaN fails every comparison
    if signal.kind in _FLOATING:
        return float(raw)
    if raw != math.floor(raw):
        return None
    return bool(raw) if signal.kind is Kind.FLAG else int(raw)


def implausible(signal: Signal, values: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Tell for each value whether it cannot be true, as `plausible` does; NaN stands for null and is not refused."""
    bad: NDArray[np.bool_] = (values < signal.minimum) | (values > signal.maximum)
    return bad if signal.kind in _FLOATING else bad | (values != np.floor(values)) & ~np.isnan(values)


def split_column(signal: Signal, raws: Sequence[object]) -> tuple[list[Value | None], dict[int, object]]:
    """Return a column's plausible values (None elsewhere), and what was refused by row index; null is not refused."""
    if signal.kind in _FLOATING and _all_plausible(signal, raws):
        return list(raws), {}  # type: ignore[arg-type] # numbers and None, seen just now
    good: list[Value | None] = []
    refused: dict[int, object] = {}
    for index, raw in enumerate(raws):
        value = None if raw is None else plausible(signal, raw)
        if value is None and raw is not None:
            refused[index] = raw
        good.append(value)
    return good, refused


def _all_plausible(signal: Signal, raws: Sequence[object]) -> bool:
    """Tell whether a column holds nothing but true numbers and null, looking at it as a whole: the common case."""
    kinds = set(map(type, raws))
    if not kinds <= _NUMBERS:
        return False
    numbers: Sequence[float] = [raw for raw in raws if raw is not None] if _NULL in kinds else raws  # type: ignore[misc,assignment]
    if not numbers:
        return True
    if not (signal.minimum <= min(numbers) and max(numbers) <= signal.maximum):
        return False
    total = sum(numbers)
    return total == total  # noqa: PLR0124 -- NaN hides from min and max, but not from a sum, and differs from itself
