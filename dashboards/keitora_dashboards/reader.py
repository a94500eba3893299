"""Who reads a dashboard: in which language, and in which units. Pure."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final, Literal

from keitora.definitions import definition
from keitora_dashboards.messages import MESSAGES

Language = Literal["en", "ja"]
Measure = Literal["distance", "speed", "volume", "economy", "height", "per_kwh", "temperature"]

LANGUAGES: Final[tuple[Language, ...]] = ("en", "ja")


@dataclass(frozen=True, slots=True, kw_only=True)
class Units:
    """What a fleet counts in: Grafana's unit of each measure, and what the API's answers are then called.

    `endings` turns the ending of a field of the API into that of the same field in these units; `query` asks for them;
    `words` are what texts say instead.
    """

    name: str
    grafana: Mapping[Measure, str]
    endings: Mapping[str, str]
    query: tuple[tuple[str, str], ...] = ()
    words: tuple[tuple[str, str], ...] = ()

    def selector(self, selector: str) -> str:
        """Return the place of a number in the API's answer in these units."""
        parts = selector.split(".")
        return ".".join(self._own(part) for part in parts)

    def _own(self, name: str) -> str:
        for ending, own in self.endings.items():
            if name.endswith(ending):
                return name.removesuffix(ending) + own
        return name


def _in_both(said: str, own: str) -> Iterator[tuple[str, str]]:
    before, after = definition(said), definition(own)
    yield before.en, after.en
    yield before.ja, after.ja


_METRIC: Final[dict[Measure, str]] = {
    "distance": "lengthkm",
    "speed": "velocitykmh",
    "volume": "litre",
    "height": "lengthm",
    "per_kwh": "suffix: km/kWh",
    "temperature": "celsius",
}
KM_PER_L: Final = Units(
    name="km-per-l", grafana=MappingProxyType({**_METRIC, "economy": "suffix: km/L"}), endings=MappingProxyType({})
)
L_PER_100KM: Final = Units(
    name="l-per-100km",
    grafana=MappingProxyType({**_METRIC, "economy": "suffix: L/100 km"}),
    endings=MappingProxyType({"km_per_l": "l_per_100km"}),
    words=tuple(_in_both("km_per_l", "l_per_100km")),
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
            "temperature": "fahrenheit",
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
            "climb_m": "climb_ft",
            "_temp_c": "_temp_f",
            "_per_100km": "_per_100mi",
        }
    ),
    query=(("units", "us"),),
    words=(
        ("Kilometres by litres", "Miles by gallons"),
        ("Kilometre", "Mile"),
        ("kilometre", "mile"),
        ("Litre", "Gallon"),
        ("litre", "gallon"),
        ("100 km", "100 mi"),
        ("キロメートル", "マイル"),
        ("リットル", "ガロン"),
    ),
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
        told = message.en if self.language == "en" else message.ja
        for said, own in self.units.words:
            told = told.replace(said, own)
        return told

    def grafana_unit(self, unit: str) -> str:
        """Return Grafana's unit: of a measure as these readers count it, of money in their currency, else itself."""
        if unit == "money":
            return f"currency{self.currency}"
        return dict[str, str](self.units.grafana.items()).get(unit, unit)
