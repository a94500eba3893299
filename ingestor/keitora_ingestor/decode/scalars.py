"""Values as devices write them: numbers and switches as text, and other units."""

import re
from dataclasses import dataclass
from typing import Final

MILE_KM: Final = 1.609344
PSI_KPA: Final = 6.894757
PETROL_GPL: Final = 745.0
GS_TO_LPH: Final = 3600 / PETROL_GPL
"""Grams of petrol a second to litres an hour, at the density the books use where a truck has none of its own."""

_NUMBER: Final = re.compile(r"[-+]?(?:[0-9]{1,40}(?:\.[0-9]{0,40})?|\.[0-9]{1,40})(?:[eE][-+]?[0-9]{1,3})?")
_SWITCHES: Final = {"on": True, "off": False, "yes": True, "no": False, "true": True, "false": False}


@dataclass(frozen=True, slots=True)
class Target:
    """Where a device's value belongs: the column, and what to multiply it with to get the column's unit."""

    column: str
    factor: float = 1.0

    def convert(self, raw: object) -> object:
        """Return the value in the column's unit; what is no number is returned as it is."""
        if self.factor == 1.0 or isinstance(raw, bool) or not isinstance(raw, int | float):
            return raw
        try:
            return raw * self.factor
        except OverflowError:
            return raw  # a whole number beyond all floats; no column takes it


def read_scalar(text: str) -> float | bool | str:
    """Return what a text says: a number, a switch (on, off, yes, no, true, false), or the text itself."""
    if _NUMBER.fullmatch(text):
        return float(text)
    return _SWITCHES.get(text.lower(), text)


def read_value(raw: object) -> object:
    """Return a JSON value with numbers and switches that were written as text read."""
    return read_scalar(raw.strip()) if isinstance(raw, str) else raw
