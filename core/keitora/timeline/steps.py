"""How finely a time is told, so that a year is no more to read than a month. Pure."""

from datetime import timedelta
from typing import Final

EXACT: Final = timedelta(days=31)
"""A time up to this long is told to the moment."""
_PIECES: Final = 750
# Each divides the local day, or is made of whole ones.
_STEPS: Final = tuple(timedelta(hours=hours) for hours in (1, 3, 6, 24, 7 * 24))


def step_for(length: timedelta) -> timedelta | None:
    """Return the piece of local time in which so long a time is told; None if to the moment."""
    if length <= EXACT:
        return None
    return next((step for step in _STEPS if length <= step * _PIECES), _STEPS[-1])
