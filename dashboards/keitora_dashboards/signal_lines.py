"""Panels of a truck's signals over time. Pure."""

from typing import Any

from keitora_dashboards import parts
from keitora_dashboards.panels import Panel, lines
from keitora_dashboards.query import TIMES, Column, Query
from keitora_dashboards.reader import Reader
from keitora_dashboards.values import Value

_POINTS = "800"


def signal_lines(reader: Reader, *signals: Value, span_ms: int, **settings: Any) -> Panel:
    """Return the signals of the chosen truck, the first on the left axis and the others on the right.

    A selector is the signal's column; the API condenses them to what a chart shows.
    """
    first, *others = signals
    right = [
        {
            "matcher": {"id": "byName", "options": one.name},
            "properties": [*one.look(reader)["properties"], {"id": "custom.axisPlacement", "value": "right"}],
        }
        for one in others
    ]
    return lines(
        span_ms=span_ms,
        queries=tuple(_asked(reader, one) for one in signals),
        unit=reader.grafana_unit(first.unit),
        decimals=first.decimals,
        empty=reader.text("no-signal"),
        defaults={"color": {"mode": "palette-classic"}},
        overrides=(first.look(reader), *right),
        links=(parts.link(reader, "fleet-upkeep", "to-upkeep", keeping=()),),
        **settings,
    )


def _asked(reader: Reader, signal: Value) -> Query:
    return Query(
        path="/v1/vehicles/${truck}/signals",
        params=(*TIMES, ("signal", signal.selector), ("points", _POINTS), *reader.units.query),
        columns=(Column("ts", "time", "timestamp"), Column("mean", signal.name)),
        format="timeseries",
        # One signal is asked for, so it is the first.
        root="items.0.points",
    )
