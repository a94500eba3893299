"""Which values can be true. Pure."""

import math
from collections.abc import Sequence
from typing import Final

from keitora.signals.model import Kind, Signal

Value = float | int | bool

_FLOATING: Final = (Kind.FLOAT, Kind.DOUBLE)


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


def split_column(signal: Signal, raws: Sequence[object]) -> tuple[list[Value | None], dict[int, object]]:
    """Return a column's plausible values (None elsewhere), and what was refused by row index; null is not refused."""
    good: list[Value | None] = []
    refused: dict[int, object] = {}
    for index, raw in enumerate(raws):
        value = None if raw is None else plausible(signal, raw)
        if value is None and raw is not None:
            refused[index] = raw
        good.append(value)
    return good, refused
