"""What is known about one canonical signal."""

from dataclasses import dataclass
from enum import StrEnum


class Kind(StrEnum):
    """How a signal is stored. The value is the PostgreSQL type of its column."""

    FLOAT = "real"
    DOUBLE = "double precision"
    INTEGER = "integer"
    FLAG = "boolean"


@dataclass(frozen=True, slots=True, kw_only=True)
class Signal:
    """One canonical signal: its column, its key on the wire, its unit and the values that can be true.

    `column` is also its name everywhere in code and ends in its unit. `minimum` and `maximum` are inclusive; a value
    outside cannot be true of a light truck (or is a sensor's "no value" code) and is set aside, never averaged in.
    `vss` is the COVESA Vehicle Signal Specification 6.0 path, or None where VSS has no such signal.
    """

    column: str
    wire: str
    kind: Kind
    unit: str
    minimum: float
    maximum: float
    vss: str | None
    en: str
    ja: str
