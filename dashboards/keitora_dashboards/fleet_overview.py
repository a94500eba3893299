"""*Fleet now*: where the trucks are, what they do, and what today has taken. Pure."""

from typing import Final

from keitora_dashboards import parts, values
from keitora_dashboards import transformations as then
from keitora_dashboards.dashboard import Dashboard
from keitora_dashboards.episodes import episode_count, episode_table
from keitora_dashboards.fields import words
from keitora_dashboards.maps import chart, markers
from keitora_dashboards.panels import Panel, lay_out, ranking
from keitora_dashboards.query import TRUCKS
from keitora_dashboards.reader import Reader
from keitora_dashboards.states import state_timeline
from keitora_dashboards.variables import trucks

SLUG: Final = "fleet-overview"

_SEEN_NOW: Final = (
    values.TRUCK,
    values.STATE,
    values.SEEN,
    values.SPEED,
    values.TANK,
    values.CHARGE,
    values.COOLANT,
    values.BATTERY,
    values.TRUCK_ID,
)
_ON_MAP: Final = (
    values.TRUCK,
    values.STATE,
    values.SEEN,
    values.LATITUDE,
    values.LONGITUDE,
    values.HEADING,
    values.SPEED,
    values.BATTERY,
    values.TRUCK_ID,
)


def fleet_overview(reader: Reader) -> Dashboard:
    """Return the dashboard for a reader."""
    return Dashboard(
        slug=SLUG,
        reader=reader,
        title=reader.text("overview"),
        description=reader.text("overview.about"),
        time_from="now/d",
        refresh="1m",
        variables=(trucks(reader),),
        layout=lay_out(
            (5, (*_totals(reader), _by_state(reader))),
            (13, (_map(reader), _now(reader))),
            (8, (_open(reader), _silent(reader))),
            (8, (state_timeline(reader, number=7, params=TRUCKS, height_of="fleet"),)),
        ),
    )


def _totals(reader: Reader) -> tuple[Panel, ...]:
    text = reader.text
    to_trips = (parts.link(reader, "fleet-trips", "to-trips"),)
    to_fuel = (parts.link(reader, "fleet-fuel", "to-fuel"),)
    return (
        parts.total(
            reader,
            values.DISTANCE,
            number=1,
            title=text("distance"),
            description=text("distance.about"),
            links=to_trips,
        ),
        parts.total(
            reader,
            values.FUEL,
            number=2,
            title=text("fuel"),
            description=text("fuel.about"),
            links=to_fuel,
        ),
        parts.total(
            reader,
            values.COST,
            number=11,
            title=text("cost"),
            description=text("cost.about"),
            links=to_fuel,
        ),
        parts.economy_total(reader, number=3, title=text("economy"), description=text("economy.about"), links=to_fuel),
        parts.total(
            reader,
            values.TRIPS,
            number=4,
            title=text("trips"),
            description=text("trips.about"),
            links=to_trips,
        ),
        episode_count(
            reader, number=9, params=TRUCKS, is_open=True, title="open-episodes", about="open-episodes.about"
        ),
    )


def _by_state(reader: Reader) -> Panel:
    texts = {state: reader.text(f"state.{state}") for state in values.STATE_COLORS}
    return ranking(
        number=12,
        width=6,
        title=reader.text("by-state"),
        description=reader.text("by-state.about"),
        queries=(parts.ask(reader, "/v1/positions/latest", values.STATE, values.TRUCK, params=TRUCKS),),
        transformations=(then.count_by("state", "truck"), then.sort("truck (count)", "down")),
        unit="locale",
        decimals=0,
        empty=reader.text("no-positions"),
        defaults={"min": 0, "mappings": words(texts)},
        links=(parts.link(reader, "fleet-trips", "to-trips"),),
    )


def _map(reader: Reader) -> Panel:
    trucks_layer = markers(reader.text("truck"), query="A", color={"field": "state"}, label="truck", heading="heading")
    return chart(
        trucks_layer,
        number=5,
        width=14,
        title=reader.text("positions"),
        description=reader.text("positions.about"),
        queries=(parts.ask(reader, "/v1/positions/latest", *_ON_MAP, params=TRUCKS),),
        # A truck without a position would be drawn in the Atlantic, at 0° 0°.
        transformations=(then.only_known("latitude"),),
        unit="none",
        empty=reader.text("no-positions"),
        overrides=tuple(value.look(reader) for value in _ON_MAP),
    )


def _now(reader: Reader) -> Panel:
    return parts.rows_of(
        reader,
        "/v1/positions/latest",
        *_SEEN_NOW,
        params=TRUCKS,
        number=6,
        title=reader.text("trucks-now"),
        description=reader.text("trucks-now.about"),
        empty=reader.text("no-positions"),
    )


def _open(reader: Reader) -> Panel:
    return episode_table(
        reader,
        number=8,
        width=14,
        params=(*TRUCKS, ("open", "true"), ("limit", "100")),
        title="open-episodes",
        about="open-episodes.about",
    )


def _silent(reader: Reader) -> Panel:
    return parts.rows_of(
        reader,
        "/v1/silent-vehicles",
        values.TRUCK,
        values.SILENT_FOR,
        values.SILENT_SINCE,
        values.WAS_DRIVING,
        values.TRUCK_ID,
        number=10,
        title=reader.text("silent-trucks"),
        description=reader.text("silent-trucks.about"),
        empty=reader.text("nothing-silent"),
    )
