"""Units that recordings come in, and how to make a signal's own unit of them. Factors: NIST SP 811, appendix B."""

from typing import Final, NamedTuple


class Conversion(NamedTuple):
    """value in `unit` = number × scale + offset; `unit` as in the registry of signals."""

    unit: str
    scale: float
    offset: float = 0.0

    def of(self, number: float) -> float:
        """Return the value in the signal's unit."""
        return number if self.scale == 1 and not self.offset else round(number * self.scale + self.offset, 6)


CONVERSIONS: Final = {
    "mph": Conversion("km/h", 1.609344),
    "m/s": Conversion("km/h", 3.6),
    "kn": Conversion("km/h", 1.852),
    "mi": Conversion("km", 1.609344),
    "m": Conversion("km", 0.001),
    "ft": Conversion("m", 0.3048),
    "°F": Conversion("degC", 5 / 9, -160 / 9),
    "K": Conversion("degC", 1, -273.15),
    "psi": Conversion("kPa", 6.894757),
    "bar": Conversion("kPa", 100),
    "mbar": Conversion("kPa", 0.1),
    "hPa": Conversion("kPa", 0.1),
    "inHg": Conversion("kPa", 3.386389),
    "lb/min": Conversion("g/s", 7.559873),
    "g": Conversion("m/s2", 9.80665),
    "mL/h": Conversion("L/h", 0.001),
    "gal/h": Conversion("L/h", 3.785412),
    "gal": Conversion("L", 3.785412),
    "mV": Conversion("V", 0.001),
    "W": Conversion("kW", 0.001),
    "min": Conversion("s", 60),
}
"""By the unit of the recording; `gal` is the US gallon."""
