"""The values that tables, maps and charts show: where each is in the API's answers, and how it looks. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Final, Literal, Self

from keitora_dashboards.fields import hidden, override, words
from keitora_dashboards.query import Column, ColumnType, Json
from keitora_dashboards.reader import Reader

Lead = Literal["truck", "trip", "moment", "driver", "previous", "next"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Value:
    """A value of each row. `name` is its field and the id of its title; `selector` where the API has it.

    `unit` is a measure of `reader.Units`, `money`, or a unit of Grafana. `codes` are shown in words, whose message ids
    are `PREFIX.CODE`; `leads` is the dashboard one click away.
    """

    name: str
    selector: str
    type: ColumnType = "number"
    title: str = ""
    unit: str = ""
    decimals: int | None = None
    codes: tuple[str, ...] = ()
    prefix: str = ""
    colors: Mapping[str, str] = field(default_factory=dict)
    width: int | None = None
    leads: Lead | None = None
    is_hidden: bool = False
    has_sum: bool = False

    def at(self, selector: str) -> Self:
        """Return the same value, found elsewhere in the answer."""
        return replace(self, selector=selector)

    def named(self, name: str, title: str = "") -> Self:
        """Return the same value under another name."""
        return replace(self, name=name, title=title or name)

    def leading(self, lead: Lead) -> Self:
        """Return the same value with a dashboard one click away."""
        return replace(self, leads=lead)

    def summed(self) -> Self:
        """Return the same value with the sum of its column below a table."""
        return replace(self, has_sum=True)

    def column(self, reader: Reader) -> Column:
        """Return what is taken from the answer."""
        return Column(reader.units.selector(self.selector), self.name, self.type)

    def look(self, reader: Reader) -> Json:
        """Return how the field looks."""
        if self.is_hidden:
            return hidden(self.name)
        shown: Json = {"displayName": reader.text(self.title or self.name)}
        if self.unit:
            shown["unit"] = reader.grafana_unit(self.unit)
        if self.decimals is not None:
            shown["decimals"] = self.decimals
        if self.codes:
            texts = {code: reader.text(f"{self.prefix or self.name}.{code}") for code in self.codes}
            shown["mappings"] = words(texts, self.colors)
        if self.colors:
            shown["color"] = {"mode": "thresholds"}
            shown["custom__cellOptions"] = {"type": "color-text"}
        if self.width:
            shown["custom__width"] = self.width
        if self.leads:
            shown["links"] = [_LEADS[self.leads](reader)]
        if self.has_sum:
            shown["custom__footer"] = {"reducers": ["sum"]}
        return override(self.name, **shown)


def uid_of(slug: str, language: str) -> str:
    """Return the uid of a dashboard in a language."""
    return slug if language == "en" else f"{slug}-{language}"


def _to_truck(reader: Reader) -> Json:
    return {
        "title": reader.text("open-truck"),
        "url": f"/d/{uid_of('fleet-truck', reader.language)}?var-truck=${{__data.fields.vehicle_id}}"
        "&${__url_time_range}",
        "targetBlank": False,
    }


def _to_trip(reader: Reader) -> Json:
    return {
        "title": reader.text("open-trip"),
        "url": f"/d/{uid_of('fleet-trip', reader.language)}?var-trip=${{__data.fields.trip_id}}"
        "&var-truck=${__data.fields.vehicle_id}&from=${__data.fields.started.numeric}"
        "&to=${__data.fields.ended.numeric}",
        "targetBlank": False,
    }


def _to_moment(reader: Reader) -> Json:
    return {
        "title": reader.text("open-moment"),
        "url": f"/d/{uid_of('fleet-truck', reader.language)}?var-truck=${{__data.fields.vehicle_id}}"
        f"&time=${{__data.fields.opened.numeric}}&time.window={_WINDOW_MS}",
        "targetBlank": False,
    }


def _to_driver(reader: Reader) -> Json:
    return {
        "title": reader.text("open-driver"),
        "url": f"/d/{uid_of('fleet-trips', reader.language)}?var-driver=${{__data.fields.driver_id}}"
        "&${__url_time_range}",
        "targetBlank": False,
    }


def _to_previous(reader: Reader) -> Json:
    return _to_neighbour(reader, "previous")


def _to_next(reader: Reader) -> Json:
    return _to_neighbour(reader, "next")


def _to_neighbour(reader: Reader, which: str) -> Json:
    return {
        "title": reader.text("open-trip"),
        "url": f"/d/{uid_of('fleet-trip', reader.language)}?var-trip=${{__data.fields.{which}_id}}"
        f"&${{truck:queryparam}}&from=${{__data.fields.{which}.numeric}}&to=${{__data.fields.{which}_ended.numeric}}",
        "targetBlank": False,
    }


_WINDOW_MS: Final = 2 * 60 * 60 * 1000
_LEADS: Final = MappingProxyType(
    {
        "truck": _to_truck,
        "trip": _to_trip,
        "moment": _to_moment,
        "driver": _to_driver,
        "previous": _to_previous,
        "next": _to_next,
    }
)

STATE_COLORS: Final = MappingProxyType(
    {"moving": "green", "idling": "orange", "charging": "purple", "standing": "blue", "silent": "gray"}
)
"""What a truck does has one colour everywhere."""
_SEVERITY_COLORS: Final = MappingProxyType({"critical": "red", "warning": "orange", "note": "text"})
_STATES: Final = tuple(STATE_COLORS)
SOURCES: Final = ("odometer", "vehicle_speed", "gnss_path", "unknown", "entered")
METHODS: Final = ("measured", "maf", "speed_density", "absolute_load", "road_load")
PURPOSES: Final = ("work", "farm", "private", "commute")
PLACE_KINDS: Final = ("base", "field", "customer", "fuel", "private", "other")

TRUCK: Final = Value(name="truck", selector="vehicle.name", type="string", leads="truck", width=150)
TRUCK_ID: Final = Value(name="vehicle_id", selector="vehicle.id", type="string", is_hidden=True)
TRIP_ID: Final = Value(name="trip_id", selector="id", type="string", is_hidden=True)
DRIVER: Final = Value(name="driver", selector="driver.name", type="string")
DRIVER_ID: Final = Value(name="driver_id", selector="driver.id", type="string", is_hidden=True)
PURPOSE: Final = Value(name="purpose", selector="purpose", type="string", codes=PURPOSES)
NOTE: Final = Value(name="note", selector="note", type="string")
PLACE: Final = Value(name="place", selector="place.name", type="string")
FROM_PLACE: Final = Value(name="from-place", selector="start_place.name", type="string")
TO_PLACE: Final = Value(name="to-place", selector="end_place.name", type="string")

STATE: Final = Value(name="state", selector="state", type="string", codes=_STATES, colors=STATE_COLORS)
SEEN: Final = Value(name="seen", selector="sampled_at", type="timestamp", unit="dateTimeFromNow")
STARTED: Final = Value(name="started", selector="started_at", type="timestamp", unit="dateTimeAsLocal", width=180)
ENDED: Final = Value(name="ended", selector="ended_at", type="timestamp", unit="dateTimeAsLocal", width=180)
ENDED_HIDDEN: Final = replace(ENDED, is_hidden=True)

DISTANCE: Final = Value(name="distance", selector="distance_km", unit="distance", decimals=1)
SOURCE: Final = Value(name="distance-source", selector="distance_source", type="string", codes=SOURCES)
DURATION: Final = Value(name="duration", selector="duration_s", unit="dtdurations", decimals=0)
LASTED: Final = Value(name="lasted", selector="lasted_s", unit="dtdurations", decimals=0)
MOVING: Final = Value(name="moving", selector="moving_s", unit="dtdurations", decimals=0)
UTILISATION: Final = Value(name="utilisation", selector="utilisation_ratio", unit="percentunit", decimals=0)
IDLE: Final = Value(name="idle", selector="idle_s", unit="dtdurations", decimals=0)
IDLE_SHARE: Final = Value(name="idle-share", selector="idle_ratio", unit="percentunit", decimals=0)
ENGINE_ON: Final = Value(name="engine-on", selector="engine_on_s", unit="dtdurations", decimals=0)
GAP: Final = Value(name="gap", selector="gap_s", unit="dtdurations", decimals=0)
TRIPS: Final = Value(name="trips", selector="trip_count", unit="locale", decimals=0)
FUEL: Final = Value(name="fuel", selector="fuel_l", unit="volume", decimals=2)
PLUS_MINUS: Final = Value(name="plus-minus", selector="fuel_plus_minus_l", unit="volume", decimals=2)
SURENESS: Final = Value(name="plus-minus-share", selector="fuel_plus_minus_ratio", unit="percentunit", decimals=0)
METHOD: Final = Value(name="fuel-method", selector="fuel_method", type="string", codes=METHODS)
KNOWN: Final = Value(name="fuel-known", selector="fuel_known_ratio", unit="percentunit", decimals=0)
CALIBRATED: Final = Value(name="fuel-calibrated", selector="fuel_calibrated_ratio", unit="percentunit", decimals=0)
ECONOMY: Final = Value(name="economy", selector="km_per_l", unit="economy", decimals=1)
RELATIVE_ECONOMY: Final = Value(
    name="relative-economy", selector="relative_economy_ratio", unit="percentunit", decimals=0
)
COMPARED: Final = Value(name="compared", selector="relative_economy_km", unit="distance", decimals=0)
COST: Final = Value(name="cost", selector="cost", unit="money", decimals=0)
IDLE_COST: Final = Value(name="idle-cost", selector="idle_cost", unit="money", decimals=0)
CO2: Final = Value(name="co2", selector="co2_kg", unit="masskg", decimals=0)
ENERGY: Final = Value(name="energy", selector="energy_kwh", unit="kwatth", decimals=2)
SPEED: Final = Value(name="speed", selector="speed_kmh", unit="speed", decimals=0)
AVERAGE_SPEED: Final = Value(name="average-speed", selector="average_speed_kmh", unit="speed", decimals=0)
TOP_SPEED: Final = Value(name="max-speed", selector="max_speed_kmh", unit="speed", decimals=0)
CLIMB: Final = Value(name="climb", selector="climb_m", unit="height", decimals=0)
HEADING: Final = Value(name="heading", selector="heading_deg", unit="degree", decimals=0)
BATTERY: Final = Value(name="battery", selector="battery_v", unit="volt", decimals=1)
RPM: Final = Value(name="rpm", selector="engine_rpm", unit="rotrpm", decimals=0)
COOLANT: Final = Value(name="coolant", selector="coolant_temp_c", unit="temperature", decimals=0)
TANK: Final = Value(name="tank", selector="fuel_level_pct", unit="percent", decimals=0)
CHARGE: Final = Value(name="charge", selector="soc_pct", unit="percent", decimals=0)
LATITUDE: Final = Value(name="latitude", selector="lat", unit="degree", decimals=5)
LONGITUDE: Final = Value(name="longitude", selector="lon", unit="degree", decimals=5)
SEVERITY: Final = Value(
    name="severity",
    selector="severity",
    type="string",
    codes=tuple(_SEVERITY_COLORS),
    colors=_SEVERITY_COLORS,
    width=110,
)
OPENED: Final = Value(name="opened", selector="opened_at", type="timestamp", unit="dateTimeAsLocal", width=180)
CLOSED: Final = Value(name="closed", selector="closed_at", type="timestamp", unit="dateTimeAsLocal", width=180)
PEAK: Final = Value(name="peak", selector="peak_value", unit="short", decimals=2)
BOUND: Final = Value(name="bound", selector="bound_value", unit="short", decimals=2)
EPISODE_UNIT: Final = Value(name="episode-unit", selector="unit", type="string", width=80)
IS_LATE: Final = Value(name="told-late", selector="is_late", type="string", codes=("true", "false"), prefix="yes-no")
SEEN_BY: Final = Value(name="seen-by", selector="acknowledged_by", type="string")
SAMPLES: Final = Value(name="samples", selector="sample_count", unit="locale", decimals=0)
SILENT_FOR: Final = Value(name="silent-for", selector="silent_h", unit="h", decimals=1)
SILENT_SINCE: Final = Value(name="silent-since", selector="silent_since", type="timestamp", unit="dateTimeAsLocal")
WAS_DRIVING: Final = Value(
    name="was-driving", selector="was_driving", type="string", codes=("true", "false"), prefix="yes-no"
)
ENTERED: Final = Value(name="entered", selector="entered_at", type="timestamp", unit="dateTimeAsLocal", width=180)
LEFT: Final = Value(name="left", selector="left_at", type="timestamp", unit="dateTimeAsLocal", width=180)
INSIDE: Final = Value(name="inside", selector="inside_s", unit="dtdurations", decimals=0)
PLACE_KIND: Final = Value(name="place-kind", selector="kind", type="string", codes=PLACE_KINDS)
TRUCK_NUMBER: Final = Value(
    name="vehicle_id", selector="vehicle_id", type="string", title="truck-number", leads="truck", width=90
)


def shares() -> tuple[Value, ...]:
    """Return which share of the litres each method estimated."""
    return tuple(
        Value(
            name=f"share-{method.replace('_', '-')}",
            selector=f"fuel_shares.{method}",
            title=f"fuel-method.{method}",
            unit="percentunit",
            decimals=0,
        )
        for method in METHODS
    )
