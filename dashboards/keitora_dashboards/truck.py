"""*Truck*: one truck now, its days, its economy with its uncertainty, its battery, its trips. Pure."""

from typing import Final

from keitora_dashboards import parts, values
from keitora_dashboards import transformations as then
from keitora_dashboards.dashboard import Dashboard
from keitora_dashboards.episodes import episode_table
from keitora_dashboards.fields import override, steps
from keitora_dashboards.fill_ups import fill_up_table
from keitora_dashboards.fuel import balance_table
from keitora_dashboards.panels import Fold, Panel, lay_out, lines
from keitora_dashboards.query import BUCKET, ONE_TRUCK, TIMES, Column, Query
from keitora_dashboards.reader import Reader
from keitora_dashboards.signal_lines import signal_lines
from keitora_dashboards.states import state_timeline
from keitora_dashboards.trip_table import trip_table
from keitora_dashboards.upkeep import upkeep_table
from keitora_dashboards.values import Value
from keitora_dashboards.variables import truck as truck_variable

SLUG: Final = "fleet-truck"

_GAP_MS: Final = 3_600_000

_RANGE: Final = (*TIMES, *ONE_TRUCK)
_ODOMETER: Final = "/v1/vehicles/${truck}/odometer"
_ODOMETER_KM: Final = Value(name="odometer", selector="odometer_km", unit="distance", decimals=0)
_ENGINE_HOURS: Final = Value(name="engine-hours", selector="engine_hours_h", unit="h", decimals=1)


def truck(reader: Reader) -> Dashboard:
    """Return the dashboard for a reader."""
    text = reader.text
    return Dashboard(
        slug=SLUG,
        reader=reader,
        title=text("truck-page"),
        description=text("truck-page.about"),
        time_from="now-6d/d",
        variables=(truck_variable(reader),),
        layout=lay_out(
            (4, _now(reader)),
            (4, _totals(reader)),
            (8, (_upkeep(reader), _episodes(reader))),
            (5, (state_timeline(reader, number=20, params=ONE_TRUCK, height_of="truck"),)),
            (10, (trip_table(reader, number=28, params=ONE_TRUCK, of_one=True),)),
            Fold(101, text("fold.fuel"), ((9, (_fuel(reader), _economy(reader))), (8, _balance(reader)))),
            Fold(102, text("fold.engine"), ((8, (_engine(reader), _electrics(reader))), (8, (_battery(reader),)))),
            Fold(103, text("fold.places"), ((9, (_places(reader),)),)),
        ),
    )


def _now(reader: Reader) -> tuple[Panel, ...]:
    text = reader.text
    now = (
        (1, values.SPEED, "speed-now.about"),
        (2, values.BATTERY, "battery-now.about"),
        (3, values.COOLANT, "coolant-now.about"),
        (4, values.TANK, "tank-now.about"),
        (12, values.CHARGE, "charge-now.about"),
    )
    to_map = (parts.link(reader, "fleet-overview", "to-map", keeping=()),)
    latest = tuple(
        parts.one(
            reader,
            "/v1/positions/latest",
            value,
            params=ONE_TRUCK,
            root="items",
            number=number,
            title=text(value.name),
            description=text(about),
            links=to_map,
        )
        for number, value, about in now
    )
    to_trips = (parts.link(reader, "fleet-trips", "to-trips", keeping=()),)
    counted = tuple(
        parts.one(
            reader, _ODOMETER, value, number=number, title=text(value.name), description=text(about), links=to_trips
        )
        for number, value, about in ((5, _ODOMETER_KM, "odometer.about"), (6, _ENGINE_HOURS, "engine-hours.about"))
    )
    return (*latest, *counted)


def _totals(reader: Reader) -> tuple[Panel, ...]:
    text = reader.text
    to_trips = (parts.link(reader, "fleet-trips", "to-trips", keeping=()),)
    shown = (
        (7, values.DISTANCE, "distance.about"),
        (8, values.FUEL, "fuel.about"),
        (10, values.IDLE, "idle.about"),
    )
    made = [
        parts.total(
            reader,
            value,
            params=_RANGE,
            number=number,
            title=text(value.name),
            description=text(about),
            links=to_trips,
        )
        for number, value, about in shown
    ]
    economy = parts.economy_with_error(
        reader,
        params=_RANGE,
        number=11,
        title=text("economy"),
        description=text("economy-with-error.about"),
        links=(parts.link(reader, "fleet-fuel", "to-fuel", keeping=()),),
    )
    return (*made, economy)


def _by_bucket(reader: Reader, *shown: Value) -> Query:
    columns = (Column("bucket", "time", "timestamp"), *(value.column(reader) for value in shown))
    params = (*_RANGE, ("bucket", BUCKET), ("group_by", "fleet"), *reader.units.query)
    return Query(path="/v1/stats/fuel", columns=columns, params=params, format="timeseries")


def _fuel(reader: Reader) -> Panel:
    return lines(
        points=True,
        number=21,
        title=reader.text("fuel-with-plus-minus"),
        description=reader.text("fuel-with-plus-minus.about"),
        queries=(_by_bucket(reader, values.FUEL, values.PLUS_MINUS),),
        unit=reader.grafana_unit("volume"),
        decimals=2,
        empty=reader.text("no-fuel"),
        defaults={"color": {"mode": "palette-classic"}, "min": 0},
        overrides=(
            override("fuel", displayName=reader.text("fuel"), custom__drawStyle="bars", custom__fillOpacity=60),
            override("plus-minus", displayName=reader.text("plus-minus")),
        ),
        links=(parts.link(reader, "fleet-fuel", "to-fuel", keeping=()),),
    )


def _economy(reader: Reader) -> Panel:
    return lines(
        span_ms=True,
        points=True,
        number=22,
        title=reader.text("economy-over-time"),
        description=reader.text("economy-over-time.about"),
        queries=(_by_bucket(reader, values.ECONOMY),),
        unit=reader.grafana_unit("economy"),
        decimals=1,
        empty=reader.text("no-fuel"),
        defaults={"color": {"mode": "palette-classic"}, "displayName": reader.text("economy")},
        links=(parts.link(reader, "fleet-fuel", "to-fuel", keeping=()),),
    )


def _battery(reader: Reader) -> Panel:
    day = Value(name="time", selector="local_date", type="timestamp")
    rest = Value(name="rest-battery", selector="rest_battery_v", unit="volt", decimals=2)
    ambient = Value(name="ambient", selector="ambient_temp_c", unit="temperature", decimals=0)
    return lines(
        span_ms=True,
        points=True,
        number=23,
        title=reader.text("battery-trend"),
        description=reader.text("battery-trend.about"),
        queries=(parts.ask(reader, "/v1/days", day, rest, ambient, params=(*_RANGE, ("limit", "400"))),),
        # Days come newest first.
        transformations=(then.sort("time", "up"),),
        unit="volt",
        decimals=2,
        empty=reader.text("no-battery"),
        defaults={
            "color": {"mode": "palette-classic"},
            "thresholds": steps((None, "red"), (12.2, "orange"), (12.4, "green")),
        },
        overrides=(
            override("rest-battery", displayName=reader.text("rest-battery")),
            override(
                "ambient",
                displayName=reader.text("ambient"),
                unit=reader.grafana_unit("temperature"),
                custom__axisPlacement="right",
            ),
        ),
        links=(parts.link(reader, "fleet-upkeep", "to-upkeep", keeping=()),),
    )


def _balance(reader: Reader) -> tuple[Panel, ...]:
    fill_ups = fill_up_table(
        reader, number=24, width=14, params=_RANGE, of_one=True, title="fill-ups", about="fill-ups.about"
    )
    return (fill_ups, balance_table(reader, number=31, params=_RANGE, of_one=True))


def _upkeep(reader: Reader) -> Panel:
    return upkeep_table(reader, number=32, params=ONE_TRUCK, of_one=True)


def _episodes(reader: Reader) -> Panel:
    return episode_table(
        reader, number=25, width=14, params=_RANGE, title="episodes", about="episodes.about", of_one=True
    )


def _places(reader: Reader) -> Panel:
    return parts.rows_of(
        reader,
        "/v1/visits",
        values.ENTERED,
        values.PLACE,
        values.INSIDE.summed(),
        values.ENGINE_ON.summed(),
        values.FUEL.summed(),
        params=(*_RANGE, ("limit", "500")),
        number=26,
        title=reader.text("visits"),
        description=reader.text("visits.about"),
        empty=reader.text("no-visits"),
    )


def _engine(reader: Reader) -> Panel:
    return signal_lines(
        reader,
        values.RPM,
        values.COOLANT,
        span_ms=_GAP_MS,
        number=29,
        title=reader.text("engine"),
        description=reader.text("engine.about"),
    )


def _electrics(reader: Reader) -> Panel:
    return signal_lines(
        reader,
        values.BATTERY,
        values.TANK,
        values.CHARGE,
        span_ms=_GAP_MS,
        number=30,
        title=reader.text("electrics"),
        description=reader.text("electrics.about"),
    )
