"""*Places*: where the time went, on the farm and on the road. Pure."""

from typing import Final

from keitora_dashboards import parts, values
from keitora_dashboards import transformations as then
from keitora_dashboards.dashboard import Dashboard
from keitora_dashboards.maps import chart, markers
from keitora_dashboards.panels import Panel, lay_out, ranking
from keitora_dashboards.query import TIMES, TRUCKS
from keitora_dashboards.reader import Reader
from keitora_dashboards.values import Value
from keitora_dashboards.variables import trucks

SLUG: Final = "fleet-places"

_VISITS: Final = (*TIMES, *TRUCKS, ("limit", "1000"))
_NAME: Final = Value(name="place", selector="name", type="string")
_ON_FARM: Final = Value(
    name="on-farm", selector="on_farm", type="string", codes=("true", "false"), prefix="yes-no", width=110
)


def places(reader: Reader) -> Dashboard:
    """Return the dashboard for a reader."""
    return Dashboard(
        slug=SLUG,
        reader=reader,
        title=reader.text("places-page"),
        description=reader.text("places-page.about"),
        time_from="now-29d/d",
        variables=(trucks(reader),),
        layout=lay_out(
            (12, (_map(reader), _by_place(reader, 2, values.INSIDE, "time-by-place"))),
            (
                9,
                (
                    _by_place(reader, 3, values.FUEL, "fuel-by-place"),
                    _farm(
                        reader, 4, Value(name="farm", selector="on_farm_km", unit="distance", decimals=1), "own-land-km"
                    ),
                    _farm(reader, 5, Value(name="road", selector="road_km", unit="distance", decimals=1), "road-km"),
                    _farm(
                        reader,
                        6,
                        Value(name="farm", selector="on_farm_s", unit="dtdurations", decimals=0),
                        "own-land-time",
                    ),
                ),
            ),
            (12, (_visits(reader), _suggestions(reader))),
        ),
    )


def _map(reader: Reader) -> Panel:
    shown = (
        _NAME,
        values.PLACE_KIND,
        _ON_FARM,
        values.LATITUDE.at("centre.lat"),
        values.LONGITUDE.at("centre.lon"),
    )
    return chart(
        markers(reader.text("places-page"), query="A", color={"fixed": "dark-green"}, label="place"),
        number=1,
        width=14,
        title=reader.text("places-map"),
        description=reader.text("places-map.about"),
        queries=(parts.ask(reader, "/v1/places", *shown),),
        unit="none",
        empty=reader.text("no-places"),
        overrides=tuple(value.look(reader) for value in shown),
    )


def _by_place(reader: Reader, number: int, value: Value, title: str) -> Panel:
    return ranking(
        number=number,
        title=reader.text(title),
        description=reader.text(f"{title}.about"),
        queries=(parts.ask(reader, "/v1/visits", values.PLACE, value, params=_VISITS),),
        transformations=(then.sum_by("place", (value.name,)), then.sort(f"{value.name} (sum)", "down")),
        unit=reader.grafana_unit(value.unit),
        decimals=value.decimals,
        empty=reader.text("no-visits"),
        defaults={"min": 0, "color": {"mode": "continuous-BlPu"}},
        links=(parts.link(reader, "fleet-trips", "to-trips"),),
    )


def _farm(reader: Reader, number: int, value: Value, title: str) -> Panel:
    truck = Value(name="vehicle", selector="vehicle.name", type="string")
    return ranking(
        number=number,
        title=reader.text(title),
        description=reader.text(f"{title}.about"),
        queries=(parts.ask(reader, "/v1/stats/farm", truck, value, params=(*TIMES, *TRUCKS, ("bucket", "month"))),),
        transformations=(then.sum_by("vehicle", (value.name,)), then.sort(f"{value.name} (sum)", "down")),
        unit=reader.grafana_unit(value.unit),
        decimals=value.decimals,
        empty=reader.text("no-trips"),
        defaults={"min": 0, "color": {"mode": "continuous-BlPu"}},
        links=(parts.link(reader, "fleet-trips", "to-trips"),),
    )


def _visits(reader: Reader) -> Panel:
    return parts.rows_of(
        reader,
        "/v1/visits",
        values.ENTERED,
        values.LEFT,
        values.TRUCK,
        values.PLACE,
        values.PLACE_KIND,
        values.INSIDE.summed(),
        values.MOVING.summed(),
        values.ENGINE_ON.summed(),
        values.DISTANCE.summed(),
        values.FUEL.summed(),
        values.TRUCK_ID,
        params=_VISITS,
        number=7,
        width=16,
        title=reader.text("visits"),
        description=reader.text("visits.about"),
        empty=reader.text("no-visits"),
    )


def _suggestions(reader: Reader) -> Panel:
    return parts.rows_of(
        reader,
        "/v1/places/suggestions",
        Value(name="stops", selector="stop_count", unit="locale", decimals=0),
        Value(name="stood", selector="stood_s", unit="dtdurations", decimals=0),
        Value(name="last", selector="last_at", type="timestamp", unit="dateTimeAsLocal", width=180),
        values.LATITUDE.at("centre.lat"),
        values.LONGITUDE.at("centre.lon"),
        number=8,
        title=reader.text("suggestions"),
        description=reader.text("suggestions.about"),
        empty=reader.text("no-suggestions"),
    )
