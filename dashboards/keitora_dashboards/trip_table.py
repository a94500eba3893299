"""The panel that lists trips. Pure."""

from typing import Final

from keitora_dashboards import transformations as then
from keitora_dashboards.dashboard import uid_of
from keitora_dashboards.fields import hidden, number_override, override, words
from keitora_dashboards.panels import Panel, Place, table
from keitora_dashboards.query import TIMES, TRUCKS, Column, Query
from keitora_dashboards.texts import Texts

_LIMIT: Final = "500"
_COLUMNS: Final = (
    Column("started_at", "started", "timestamp"),
    Column("vehicle.name", "truck", "string"),
    Column("distance_km", "distance"),
    Column("distance_source", "distance-source", "string"),
    Column("duration_s", "duration"),
    Column("idle_s", "idle"),
    Column("fuel_l", "fuel"),
    Column("fuel_plus_minus_l", "plus-minus"),
    Column("fuel_method", "fuel-method", "string"),
    Column("km_per_l", "economy"),
    Column("max_speed_kmh", "max-speed"),
    Column("vehicle.id", "vehicle_id", "string"),
)


def trip_table(texts: Texts, *, number: int, place: Place, slug: str) -> Panel:
    """Return the list of trips; a truck's name leads to the dashboard `slug` with that truck alone."""
    shown = [column.name for column in _COLUMNS if column.name != "vehicle_id"]
    unknown_text = texts.of("unknown")
    sources = {code: texts.of(f"distance-source.{code}") for code in ("odometer", "vehicle_speed", "gnss_path")}
    sources["unknown"] = texts.of("distance-source.unknown")
    methods = {code: texts.of(f"fuel-method.{code}") for code in ("measured", "maf", "speed_density")}
    only_this = {
        "title": texts.of("only-this-truck"),
        "url": f"/d/{uid_of(slug, texts.language)}?var-vehicle=${{__data.fields.vehicle_id}}&${{__url_time_range}}",
        "targetBlank": False,
    }
    return table(
        number=number,
        title=texts.of("trip-list"),
        description=texts.of("trip-list.about"),
        place=place,
        queries=(
            Query(
                path="/v1/trips",
                # The newest, where there are more than fit; a table needs no ascending time.
                params=(*TIMES, *TRUCKS, ("order", "desc"), ("limit", _LIMIT)),
                columns=_COLUMNS,
            ),
        ),
        transformations=(then.arrange([*shown, "vehicle_id"], names={name: texts.of(name) for name in shown}),),
        unit="none",
        empty=texts.of("no-trips"),
        overrides=(
            number_override(noValue=unknown_text),
            override("started", unit="dateTimeAsLocal", custom__width=180),
            override("truck", links=[only_this]),
            override("distance", unit="lengthkm", decimals=1),
            override("distance-source", mappings=words(sources)),
            override("duration", unit="dtdurations", decimals=0),
            override("idle", unit="dtdurations", decimals=0),
            override("fuel", unit="litre", decimals=2),
            override("plus-minus", unit="litre", decimals=2),
            override("fuel-method", mappings=words(methods), noValue=unknown_text),
            override("economy", unit="suffix: km/L", decimals=1),
            override("max-speed", unit="velocitykmh", decimals=0),
            hidden("vehicle_id"),
        ),
    )
