"""*Trip*: one trip's way, speed, halts, and how its fuel is known. Pure."""

from typing import Final, Literal

from keitora_dashboards import parts, values
from keitora_dashboards import transformations as then
from keitora_dashboards.dashboard import Dashboard
from keitora_dashboards.episodes import episode_table
from keitora_dashboards.fields import override, steps
from keitora_dashboards.maps import chart, markers, route
from keitora_dashboards.panels import Fold, Panel, lay_out, lines
from keitora_dashboards.query import ONE_TRUCK, TIMES, Column
from keitora_dashboards.reader import Reader
from keitora_dashboards.signal_lines import signal_lines
from keitora_dashboards.trip_table import trip_table
from keitora_dashboards.values import Value
from keitora_dashboards.variables import trip as trip_variable
from keitora_dashboards.variables import truck

SLUG: Final = "fleet-trip"

_TRIP: Final = "/v1/trips/${trip}"
_TRACK: Final = "/v1/trips/${trip}/track"
# More points than a map or a chart has pixels would only cost time.
# And JSON is asked for by name: Infinity says it likes plain text more, which is another form of a track.
_POINTS: Final = (("format", "json"), ("max_points", "2000"))
_ALTITUDE: Final = Value(name="altitude", selector="altitude_m", unit="height", decimals=0)
_GAP_MS: Final = 60_000
_BESIDE: Final[tuple[Literal["previous", "next"], ...]] = ("previous", "next")
_BEHIND_LINKS: Final[tuple[tuple[str, str, Literal["string", "timestamp"]], ...]] = (
    ("id", "", "string"),
    ("ended", "_at", "timestamp"),
)


def trip(reader: Reader) -> Dashboard:
    """Return the dashboard for a reader."""
    text = reader.text
    return Dashboard(
        slug=SLUG,
        reader=reader,
        title=text("trip"),
        description=text("trip.about"),
        time_from="now-24h",
        variables=(truck(reader), trip_variable()),
        is_detail=True,
        layout=lay_out(
            (4, (*_numbers(reader), _neighbours(reader))),
            (14, (_map(reader), _speed(reader))),
            (5, (_fuel(reader),)),
            (7, (_stops(reader), _episodes(reader))),
            Fold(101, text("fold.engine"), ((8, (_engine(reader), _electrics(reader))),)),
            Fold(102, text("fold.same-time"), ((8, (trip_table(reader, number=12, params=ONE_TRUCK, of_one=True),)),)),
        ),
    )


def _numbers(reader: Reader) -> tuple[Panel, ...]:
    shown = (
        (1, values.DISTANCE, "distance-one.about"),
        (2, values.DURATION, "duration.about"),
        (3, values.IDLE, "idle.about"),
        (4, values.FUEL, "fuel-one.about"),
        (5, values.ECONOMY, "economy-one.about"),
        (6, values.TOP_SPEED, "max-speed.about"),
        (15, values.COST, "cost.about"),
    )
    to_trips = (parts.link(reader, "fleet-trips", "to-trips", keeping=()),)
    return tuple(
        parts.one(
            reader,
            _TRIP,
            value,
            number=number,
            title=reader.text(value.name),
            description=reader.text(about),
            links=to_trips,
        )
        for number, value, about in shown
    )


def _neighbours(reader: Reader) -> Panel:
    beside = tuple(
        Value(name=which, selector=f"{which}_started_at", type="timestamp", unit="dateTimeAsLocal", leads=which)
        for which in _BESIDE
    )
    behind = tuple(
        Value(name=f"{which}_{part}", selector=f"{which}_{part}{at}", type=kind, is_hidden=True)
        for which in _BESIDE
        for part, at, kind in _BEHIND_LINKS
    )
    return parts.rows_of(
        reader,
        "/v1/trips/${trip}/neighbours",
        *beside,
        *behind,
        root="",
        number=16,
        width=7,
        title=reader.text("neighbours"),
        description=reader.text("neighbours.about"),
        empty=reader.text("no-trip"),
    )


def _map(reader: Reader) -> Panel:
    track = (values.LATITUDE, values.LONGITUDE, values.SPEED)
    stops = (
        values.LATITUDE.at("position.lat"),
        values.LONGITUDE.at("position.lon"),
        values.PLACE,
        values.LASTED,
    )
    # The time column of the track carries the shared cursor.
    way = parts.ask(
        reader, _TRACK, Value(name="time", selector="ts", type="timestamp"), *track, params=_POINTS, root="points"
    )
    halts = parts.ask(reader, "/v1/idling", *stops, params=(*TIMES, *ONE_TRUCK))
    seen = (*track, *stops[2:])
    return chart(
        route(reader.text("way"), query="A", color="speed"),
        markers(reader.text("halts"), query="B", color={"fixed": "orange"}),
        number=7,
        width=12,
        title=reader.text("way"),
        description=reader.text("way.about"),
        queries=(way, halts),
        transformations=(then.only_known("latitude"),),
        unit="none",
        empty=reader.text("no-trip"),
        defaults={"thresholds": steps((None, "blue"), (20, "green"), (50, "orange"), (80, "red"))},
        overrides=(
            override("time", displayName=reader.text("time"), unit="dateTimeAsLocal"),
            *(value.look(reader) for value in seen),
        ),
    )


def _speed(reader: Reader) -> Panel:
    speed, altitude = (value.column(reader) for value in (values.SPEED, _ALTITUDE))
    asked = parts.ask(reader, _TRACK, params=_POINTS, root="points", form="timeseries")
    return lines(
        span_ms=_GAP_MS,
        number=8,
        title=reader.text("speed-altitude"),
        description=reader.text("speed-altitude.about"),
        queries=(asked.with_columns(Column("ts", "time", "timestamp"), speed, altitude),),
        unit=reader.grafana_unit("speed"),
        decimals=0,
        empty=reader.text("no-trip"),
        defaults={"color": {"mode": "palette-classic"}},
        overrides=(
            override("speed", displayName=reader.text("speed")),
            override(
                "altitude",
                displayName=reader.text("altitude"),
                unit=reader.grafana_unit("height"),
                custom__axisPlacement="right",
                custom__fillOpacity=15,
            ),
        ),
        links=(parts.link(reader, "fleet-truck", "open-truck", keeping=("truck",)),),
    )


def _fuel(reader: Reader) -> Panel:
    return parts.rows_of(
        reader,
        _TRIP,
        values.FUEL,
        values.PLUS_MINUS,
        values.METHOD,
        values.KNOWN,
        values.CALIBRATED,
        *values.shares(),
        values.SOURCE,
        values.DISTANCE.at("distance_second_km").named("distance-second"),
        values.GAP,
        values.CLIMB,
        values.NOTE,
        root="",
        number=9,
        title=reader.text("fuel-reasons"),
        description=reader.text("fuel-reasons.about"),
        empty=reader.text("no-trip"),
    )


def _stops(reader: Reader) -> Panel:
    return parts.rows_of(
        reader,
        "/v1/idling",
        values.STARTED,
        values.LASTED.summed(),
        values.PLACE,
        values.FUEL.summed(),
        params=(*TIMES, *ONE_TRUCK),
        number=10,
        width=8,
        title=reader.text("idlings"),
        description=reader.text("idlings.about"),
        empty=reader.text("no-idling"),
    )


def _episodes(reader: Reader) -> Panel:
    return episode_table(
        reader, number=11, params=(*TIMES, *ONE_TRUCK), title="episodes", about="episodes.about", of_one=True
    )


def _engine(reader: Reader) -> Panel:
    return signal_lines(
        reader,
        values.RPM,
        values.COOLANT,
        span_ms=_GAP_MS,
        number=13,
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
        number=14,
        title=reader.text("electrics"),
        description=reader.text("electrics.about"),
    )
