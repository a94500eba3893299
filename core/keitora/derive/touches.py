"""Stretches of time whose samples are to be looked at again. Pure."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Final, NamedTuple

_NEAR: Final = timedelta(hours=1)
_NEXT: Final = timedelta(milliseconds=1)
"""Samples are told apart by milliseconds."""


class Touch(NamedTuple):
    """Samples between two moments, both included, are new or gone."""

    from_at: datetime
    to_at: datetime


def open_after(touches: Iterable[Touch], closed_at: datetime | None) -> list[Touch]:
    """Return what of the stretches lies after the moment at which the books were closed; None: all."""
    if closed_at is None:
        return list(touches)
    first_at = closed_at + _NEXT
    return [Touch(max(one.from_at, first_at), one.to_at) for one in touches if one.to_at >= first_at]


def joined(touches: Iterable[Touch]) -> list[Touch]:
    """Return the stretches in order, those that overlap or are less than an hour apart as one.

    A sample that is a year late and one of this second stay two stretches: the year between need not be folded.
    """
    found: list[Touch] = []
    for touch in sorted(touches):
        if found and touch.from_at - found[-1].to_at <= _NEAR:
            found[-1] = Touch(found[-1].from_at, max(found[-1].to_at, touch.to_at))
        else:
            found.append(touch)
    return found
