"""From kilometres and litres to miles and gallons, by what fields are called. Pure.

Factors are exact: international mile of 1609.344 m, US gallon of 231 cubic inches (NIST Handbook 44, appendix C); a
Fahrenheit is 9/5 of a Celsius, counted from 32 (NIST SP 811, B.8).
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final, NamedTuple

_KM_PER_MI: Final = 1.609344
_L_PER_GAL: Final = 3.785411784
_M_PER_FT: Final = 0.3048
_F_PER_C: Final = 1.8
_F_AT_0_C: Final = 32.0


class _Change(NamedTuple):
    ending: str
    own: str
    factor: float
    offset: float = 0.0


# The longer ending first: km_per_l ends in _l, cost_per_km in _km.
_CHANGES: Final = (
    _Change("l_per_100km", "gal_per_100mi", 100 * _KM_PER_MI / (100 * _L_PER_GAL)),
    _Change("km_per_l", "mi_per_gal", _L_PER_GAL / _KM_PER_MI),
    _Change("_per_km", "_per_mi", _KM_PER_MI),
    _Change("_per_l", "_per_gal", _L_PER_GAL),
    _Change("km_per_kwh", "mi_per_kwh", 1 / _KM_PER_MI),
    _Change("_km", "_mi", 1 / _KM_PER_MI),
    _Change("_kmh", "_mph", 1 / _KM_PER_MI),
    _Change("_l", "_gal", 1 / _L_PER_GAL),
    _Change("_m", "_ft", 1 / _M_PER_FT),
    _Change("_temp_c", "_temp_f", _F_PER_C, _F_AT_0_C),
)
# Where a field names the unit of the values beside it: signals, episodes, questions about fill-ups.
_UNITS: Final[Mapping[str, _Change]] = MappingProxyType(
    {
        "km": _Change("km", "mi", 1 / _KM_PER_MI),
        "m": _Change("m", "ft", 1 / _M_PER_FT),
        "km/h": _Change("km/h", "mph", 1 / _KM_PER_MI),
        "L": _Change("L", "gal", 1 / _L_PER_GAL),
        "L/h": _Change("L/h", "gal/h", 1 / _L_PER_GAL),
        "degC": _Change("degC", "degF", _F_PER_C, _F_AT_0_C),
    }
)
_VALUES: Final = ("min", "mean", "max")
_BESIDE: Final = ("typed", "proposed")
# Numbers by words that may end like a unit: what is counted stays a count, a share a share.
_COUNTED: Final = ("_counts", "_shares")
_PER_100_KM: Final = "episodes_per_100km"
_DIGITS: Final = 4


def to_us(value: Any) -> Any:
    """Return an answer with every field whose name ends in a unit of ours under the name and in the unit of the US.

    Where a field `unit` names the unit of the values beside it, they change together.
    """
    if isinstance(value, dict):
        stated = _UNITS.get(value["unit"]) if isinstance(value.get("unit"), str) else None
        told = value if stated is None else _in_unit(value, stated)
        return dict(_field(name, part) for name, part in told.items())
    if isinstance(value, list):
        return [to_us(part) for part in value]
    return value


def _in_unit(value: dict[str, Any], change: _Change) -> dict[str, Any]:
    told = {
        name: _changed(part, change) if name.endswith("_value") or name in _BESIDE else part
        for name, part in value.items()
    }
    if isinstance(value.get("points"), list):
        told["points"] = [
            {name: _changed(part, change) if name in _VALUES else part for name, part in point.items()}
            for point in value["points"]
        ]
    return told | {"unit": change.own}


def _field(name: str, value: Any) -> tuple[str, Any]:
    if name == _PER_100_KM and isinstance(value, dict):
        return "episodes_per_100mi", {kind: round(rate * _KM_PER_MI, _DIGITS) for kind, rate in value.items()}
    if name.endswith(_COUNTED):
        return name, value
    if value is not None and (isinstance(value, bool) or not isinstance(value, int | float)):
        return name, to_us(value)
    for change in _CHANGES:
        if name.endswith(change.ending):
            return name.removesuffix(change.ending) + change.own, _changed(value, change)
    return name, value


def _changed(value: Any, change: _Change) -> Any:
    return None if value is None else round(value * change.factor + change.offset, _DIGITS)
