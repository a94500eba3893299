"""A position and its time."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Fix:
    """A position and when it was taken (Unix ms). Frozen: several parts of the state may hold the same one."""

    lat: float
    lon: float
    at_ms: int
    accuracy_m: float = 0.0
