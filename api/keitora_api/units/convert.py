"""From kilometres and litres to miles and gallons, by what fields are called. Pure.

Factors are exact: international mile of 1609.344 m, US gallon of 231 cubic inches (NIST Handbook 44, appendix C).
"""

from typing import Any, Final, NamedTuple

_KM_PER_MI: Final = 1.609344
_L_PER_GAL: Final = 3.785411784
_M_PER_FT: Final = 0.3048


class _Change(NamedTuple):
    ending: str
    own: str
    factor: float


# The longer ending first: km_per_l ends in _l, cost_per_km in _km.
_CHANGES: Final = (
    _Change("km_per_l", "mi_per_gal", _L_PER_GAL / _KM_PER_MI),
    _Change("_per_km", "_per_mi", _KM_PER_MI),
    _Change("_per_l", "_per_gal", _L_PER_GAL),
    _Change("km_per_kwh", "mi_per_kwh", 1 / _KM_PER_MI),
    _Change("_km", "_mi", 1 / _KM_PER_MI),
    _Change("_kmh", "_mph", 1 / _KM_PER_MI),
    _Change("_l", "_gal", 1 / _L_PER_GAL),
    _Change("altitude_m", "altitude_ft", 1 / _M_PER_FT),
)
_DIGITS: Final = 4


def to_us(value: Any) -> Any:
    """Return an answer with every field whose name ends in a unit of ours under the name and in the unit of the US."""
    if isinstance(value, dict):
        return dict(_field(name, part) for name, part in value.items())
    if isinstance(value, list):
        return [to_us(part) for part in value]
    return value


def _field(name: str, value: Any) -> tuple[str, Any]:
    if value is not None and (isinstance(value, bool) or not isinstance(value, int | float)):
        return name, to_us(value)
    for change in _CHANGES:
        if name.endswith(change.ending):
            own = name.removesuffix(change.ending) + change.own
            return own, None if value is None else round(value * change.factor, _DIGITS)
    return name, value
