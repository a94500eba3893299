"""A position and its time."""

from typing import NamedTuple


class Fix(NamedTuple):
    """A position and when it was taken (Unix ms). Immutable: several parts of the state may hold the same one."""

    lat: float
    lon: float
    at_ms: int
    accuracy_m: float = 0.0
