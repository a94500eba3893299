"""Who reads a dashboard: in which language, and in which units. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final, Literal

from keitora_dashboards.messages import MESSAGES

Language = Literal["en", "ja"]
Measure = Literal["distance", "speed", "volume", "economy", "height", "per_kwh"]

LANGUAGES: Final[tuple[Language, ...]] = ("en", "ja")


@dataclass(frozen=True, slots=True, kw_only=True)
class Units:
    """What a fleet counts in: Grafana's unit of each measure, and what the API's answers are then called.

    `endings` turns the ending of a field of the API into that of the same field in these units; `query` asks for them.
    """

    name: str
    grafana: Mapping[Measure, str]
    endings: Mapping[str, str]
    query: tuple[tuple[str, str], ...] = ()

    def selector(self, selector: str) -> str:
        """Return the place of a number in the API's answer in these units."""
        for ending, own in self.endings.items():
            if selector.endswith(ending):
                return selector.removesuffix(ending) + own
        return selector


_METRIC: Final[dict[Measure, str]] = {
    "distance": "lengthkm",
    "speed": "velocitykmh",
    "volume": "litre",
    "height": "lengthm",
    "per_kwh": "suffix: km/kWh",
}
KM_PER_L: Final = Units(
    name="km-per-l", grafana=MappingProxyType({**_METRIC, "economy": "suffix: km/L"}), endings=MappingProxyType({})
)
L_PER_100KM: Final = Units(
    name="l-per-100km",
    grafana=MappingProxyType({**_METRIC, "economy": "suffix: L/100 km"}),
    endings=MappingProxyType({"km_per_l": "l_per_100km"}),
)
US: Final = Units(
    name="us",
    grafana=MappingProxyType(
        {
            "distance": "lengthmi",
            "speed": "velocitymph",
            "volume": "gallons",
            "height": "lengthft",
            "economy": "suffix: mpg",
            "per_kwh": "suffix: mi/kWh",
        }
    ),
    # The longer ending first: km_per_l ends in _l as well.
    endings=MappingProxyType(
        {
            "km_per_l": "mi_per_gal",
            "km_per_kwh": "mi_per_kwh",
            "_km": "_mi",
            "_kmh": "_mph",
            "_l": "_gal",
            "altitude_m": "altitude_ft",
        }
    ),
    query=(("units", "us"),),
)
UNITS: Final[Mapping[str, Units]] = MappingProxyType({units.name: units for units in (KM_PER_L, L_PER_100KM, US)})


def units_of(currency: str) -> Units:
    """Return what a fleet counts in unless it says otherwise: Japan in km/L, the US in miles, others in L/100 km."""
    return {"JPY": KM_PER_L, "USD": US}.get(currency, L_PER_100KM)


@dataclass(frozen=True, slots=True)
class Reader:
    """The language, the units, the currency and the time zone of those who read (`browser`: where they are)."""

    language: Language = "en"
    units: Units = KM_PER_L
    currency: str = "JPY"
    time_zone: str = "browser"

    def text(self, message_id: str) -> str:
        """Return the text of a message."""
        message = MESSAGES[message_id]
        return message.en if self.language == "en" else message.ja

    def grafana_unit(self, unit: str) -> str:
        """Return Grafana's unit: of a measure as these readers count it, of money in their currency, else itself."""
        if unit == "money":
            return f"currency{self.currency}"
        return dict[str, str](self.units.grafana.items()).get(unit, unit)
