"""Units that devices announce, and how a value in them becomes one in a column's unit. Pure.

Factors: NIST SP 811 (2008), appendix B.8; the gallon is the US one.
"""

from collections.abc import Mapping
from typing import Final

_SAME: Final = (1.0, 0.0)
_FACTORS: Final[Mapping[tuple[str, str], tuple[float, float]]] = {
    ("mph", "km/h"): (1.609344, 0.0),
    ("mi/h", "km/h"): (1.609344, 0.0),
    ("m/s", "km/h"): (3.6, 0.0),
    ("mi", "km"): (1.609344, 0.0),
    ("m", "km"): (0.001, 0.0),
    ("gal/h", "l/h"): (3.785411784, 0.0),
    ("gph", "l/h"): (3.785411784, 0.0),
    ("°f", "°c"): (5 / 9, -160 / 9),
    ("f", "°c"): (5 / 9, -160 / 9),
    ("c", "°c"): _SAME,
    ("k", "°c"): (1.0, -273.15),
    ("psi", "kpa"): (6.894757, 0.0),
    ("inhg", "kpa"): (3.386389, 0.0),
    ("bar", "kpa"): (100.0, 0.0),
    ("mbar", "kpa"): (0.1, 0.0),
    ("hpa", "kpa"): (0.1, 0.0),
    ("lb/min", "g/s"): (453.59237 / 60, 0.0),
    ("lb/h", "g/s"): (453.59237 / 3600, 0.0),
}


def is_convertible(unit: str, into: str) -> bool:
    """Tell whether values of a unit can be stored in a column of another."""
    return unit.lower() == into.lower() or (unit.lower(), into.lower()) in _FACTORS


def converted(value: object, unit: str, into: str) -> object:
    """Return a number in another unit; what is no number is returned as it is. Raises KeyError for unknown units."""
    if isinstance(value, bool) or not isinstance(value, int | float) or unit.lower() == into.lower():
        return value
    factor, offset = _FACTORS[unit.lower(), into.lower()]
    return value * factor + offset
