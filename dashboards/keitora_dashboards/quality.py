"""*Data quality*: what is missing, doubtful or late, so that every other number can be judged. Pure."""

from dataclasses import replace
from types import MappingProxyType
from typing import Final

from keitora_dashboards import parts, values
from keitora_dashboards import transformations as then
from keitora_dashboards.dashboard import Dashboard
from keitora_dashboards.fields import nothing, words
from keitora_dashboards.fleet_over_time import fleet_buckets
from keitora_dashboards.panels import Panel, lay_out, lines, ranking
from keitora_dashboards.query import TIMES, TRUCKS
from keitora_dashboards.reader import Reader
from keitora_dashboards.values import Value
from keitora_dashboards.variables import trucks

SLUG: Final = "fleet-quality"

# A thousand trips are seconds to read, and tell the same.
_NEWEST: Final = "200"

_HEALTH: Final = ("ok", "gaps", "refused", "repeating", "silent", "never heard")
_HEALTH_COLORS: Final = MappingProxyType(
    {
        "ok": "green",
        "gaps": "orange",
        "refused": "orange",
        "repeating": "orange",
        "silent": "gray",
        "never heard": "gray",
    }
)


def quality(reader: Reader) -> Dashboard:
    """Return the dashboard for a reader."""
    text = reader.text
    to_trips = (parts.link(reader, "fleet-trips", "to-trips"),)
    return Dashboard(
        slug=SLUG,
        reader=reader,
        title=text("quality-page"),
        description=text("quality-page.about"),
        time_from="now-29d/d",
        variables=(trucks(reader),),
        layout=lay_out(
            (
                9,
                (
                    parts.by_truck(
                        reader,
                        values.GAP,
                        number=1,
                        title=text("gap-by-truck"),
                        description=text("gap-by-truck.about"),
                        empty=text("no-trips"),
                        links=to_trips,
                    ),
                    _counted(reader, 2, values.SOURCE, "trips-by-source"),
                    _by_method(reader),
                ),
            ),
            (10, (_devices(reader),)),
            (8, (_known(reader),)),
            (9, (_orphans(reader),)),
        ),
    )


def _counted(reader: Reader, number: int, value: Value, title: str) -> Panel:
    texts = {code: reader.text(f"{value.prefix or value.name}.{code}") for code in value.codes}
    return ranking(
        number=number,
        title=reader.text(title),
        description=reader.text(f"{title}.about"),
        queries=(parts.ask(reader, "/v1/trips", value, values.DISTANCE, params=(*TIMES, *TRUCKS, ("limit", _NEWEST))),),
        transformations=(then.count_by(value.name, "distance"), then.sort("distance (count)", "down")),
        unit="locale",
        decimals=0,
        empty=reader.text("no-trips"),
        defaults={
            "min": 0,
            "color": {"mode": "continuous-BlPu"},
            "mappings": [*words(texts), *nothing(reader.text("unknown"))],
        },
        links=(parts.link(reader, "fleet-trips", "to-trips"),),
    )


def _by_method(reader: Reader) -> Panel:
    shares = values.shares()
    made = ranking(
        number=7,
        title=reader.text("fuel-by-method"),
        description=reader.text("fuel-by-method.about"),
        queries=(parts.whole(reader, *shares),),
        unit="percentunit",
        decimals=0,
        empty=reader.text("no-fuel"),
        defaults={"min": 0, "max": 1, "color": {"mode": "continuous-BlPu"}},
        overrides=tuple(share.look(reader) for share in shares),
        links=(parts.link(reader, "fleet-fuel", "to-fuel"),),
    )
    # A bar a field, not a row.
    return replace(
        made, options={**made.options, "reduceOptions": {"calcs": ["lastNotNull"], "fields": "", "values": False}}
    )


def _known(reader: Reader) -> Panel:
    return lines(
        points=True,
        span_ms=True,
        number=4,
        title=reader.text("fuel-known-over-time"),
        description=reader.text("fuel-known-over-time.about"),
        queries=(fleet_buckets(reader, values.KNOWN),),
        unit="percentunit",
        decimals=0,
        empty=reader.text("no-fuel"),
        defaults={
            "color": {"mode": "palette-classic"},
            "displayName": reader.text("fuel-known"),
            "min": 0,
            "max": 1,
        },
        links=(parts.link(reader, "fleet-trips", "to-trips"),),
    )


def _orphans(reader: Reader) -> Panel:
    return parts.rows_of(
        reader,
        "/v1/overlays/orphans",
        Value(name="anchor", selector="anchor_at", type="timestamp", unit="dateTimeAsLocal", width=180),
        values.TRUCK_NUMBER,
        Value(
            name="action",
            selector="action",
            type="string",
            codes=("describe", "merge", "split", "correct"),
            prefix="action",
        ),
        values.DRIVER,
        values.NOTE,
        Value(name="entered-by", selector="entered_by", type="string"),
        Value(name="entered", selector="entered_at", type="timestamp", unit="dateTimeAsLocal", width=180),
        params=TIMES,
        number=5,
        title=reader.text("orphans"),
        description=reader.text("orphans.about"),
        empty=reader.text("no-orphans"),
    )


def _devices(reader: Reader) -> Panel:
    counts = tuple(
        Value(name=name, selector=selector, unit="locale", decimals=0)
        for name, selector in (
            ("rows", "row_count"),
            ("late-rows", "late_row_count"),
            ("missing-rows", "missing_row_count"),
            ("repeated-rows", "repeated_row_count"),
            ("refused-values", "refused_value_count"),
            ("undated-rows", "undated_row_count"),
            ("wrong-clock-rows", "unsynchronised_row_count"),
            ("letters", "dead_letter_count"),
        )
    )
    return parts.rows_of(
        reader,
        "/v1/quality",
        Value(name="device", selector="device_key", type="string"),
        values.TRUCK,
        Value(name="health", selector="health", type="string", codes=_HEALTH, colors=_HEALTH_COLORS, width=130),
        values.SEEN.at("last_received_at"),
        *counts,
        Value(name="letter-reason", selector="newest_dead_letter_reason", type="string"),
        values.TRUCK_ID,
        params=(("limit", "1000"),),
        number=6,
        title=reader.text("devices"),
        description=reader.text("devices.about"),
        empty=reader.text("no-devices"),
    )
