"""The kinds of panels, with the settings that all our dashboards share. Pure."""

from dataclasses import dataclass, field, replace
from typing import Any, Final, Literal

from keitora_dashboards.fields import steps
from keitora_dashboards.query import DATASOURCE, Json, Query

# Panels are written as this version of Grafana keeps them, so that it migrates nothing when it opens them.
GRAFANA_VERSION: Final = "13.2.3"
COLUMNS: Final = 24
PLAIN: Final = "text"

Kind = Literal["stat", "geomap", "timeseries", "bargauge", "table", "state-timeline", "piechart"]


@dataclass(frozen=True, slots=True)
class Place:
    """Where a panel is, on a grid 24 wide."""

    x: int
    y: int
    w: int
    h: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Panel:
    """A panel. Its number never changes: links and alerts name it. `empty` is shown where there is nothing to show.

    `links` leads from a number to its evidence; `width` is what it takes of a row, where it is no equal share.
    """

    number: int
    kind: Kind
    title: str
    description: str
    queries: tuple[Query, ...]
    unit: str
    empty: str
    options: Json
    place: Place = Place(0, 0, 0, 0)
    width: int | None = None
    decimals: int | None = None
    custom: Json = field(default_factory=dict)
    defaults: Json = field(default_factory=dict)
    overrides: tuple[Json, ...] = ()
    transformations: tuple[Json, ...] = ()
    links: tuple[Json, ...] = ()

    def as_json(self) -> Json:
        """Return the panel as an entry of a dashboard's `panels`."""
        place = {"x": self.place.x, "y": self.place.y, "w": self.place.w, "h": self.place.h}
        return {
            "id": self.number,
            "type": self.kind,
            "title": self.title,
            "description": self.description,
            "gridPos": place,
            "pluginVersion": GRAFANA_VERSION,
            "datasource": DATASOURCE,
            "targets": [query.as_json(chr(ord("A") + place)) for place, query in enumerate(self.queries)],
            "transformations": list(self.transformations),
            "fieldConfig": {"defaults": self._defaults(), "overrides": list(self.overrides)},
            "options": self.options,
        }

    def _defaults(self) -> Json:
        shared: Json = {
            "unit": self.unit,
            "noValue": self.empty,
            "color": {"mode": "thresholds"},
            "mappings": [],
            # A colour says a state or how bad it is; a plain number has none.
            "thresholds": steps((None, PLAIN)),
        }
        decimals = {} if self.decimals is None else {"decimals": self.decimals}
        links = {"links": list(self.links)} if self.links else {}
        return {**shared, **decimals, **links, **self.defaults, "custom": self.custom}


Row = tuple[int, tuple[Panel, ...]]
"""A height, and the panels that share the width."""


@dataclass(frozen=True, slots=True)
class Fold:
    """Panels under a heading that opens them; until then they ask nothing. Its number never changes either."""

    number: int
    title: str
    rows: tuple[Row, ...]
    panels: tuple[Panel, ...] = ()
    top: int = 0

    def as_json(self) -> Json:
        """Return the row as an entry of a dashboard's `panels`."""
        return {
            "id": self.number,
            "type": "row",
            "title": self.title,
            "collapsed": True,
            "gridPos": {"x": 0, "y": self.top, "w": COLUMNS, "h": 1},
            "panels": [panel.as_json() for panel in self.panels],
        }


def lay_out(*rows: Row | Fold) -> tuple[Panel | Fold, ...]:
    """Return the panels row by row: each row is its height and its panels, which share what is left of the width.

    What a fold holds lies below its heading; the next row follows the heading, as long as the fold is closed.
    """
    placed: list[Panel | Fold] = []
    top = 0
    for row in rows:
        if isinstance(row, Fold):
            placed.append(replace(row, panels=_placed(row.rows, top + 1), top=top))
            top += 1
        else:
            placed.extend(_placed((row,), top))
            top += row[0]
    return tuple(placed)


def _placed(rows: tuple[Row, ...], top: int) -> tuple[Panel, ...]:
    placed: list[Panel] = []
    for height, panels in rows:
        left, sharing = COLUMNS - sum(panel.width or 0 for panel in panels), sum(not panel.width for panel in panels)
        x = 0
        for panel in panels:
            width = panel.width
            if not width:
                width = left // sharing
                left, sharing = left - width, sharing - 1
            placed.append(replace(panel, place=Place(x, top, width, height)))
            x += width
        top += height
    return tuple(placed)


def stat(*, calc: str = "sum", trend: bool = True, several: bool = False, **settings: Any) -> Panel:
    """Return one large number (`several`: one for each field): the `calc` of a series, drawn behind it if `trend`."""
    options = {
        "reduceOptions": {"calcs": [calc], "fields": "", "values": False},
        "graphMode": "area" if trend else "none",
        "colorMode": "value",
        "justifyMode": "auto",
        "orientation": "auto",
        "textMode": "value_and_name" if several else "value",
        "wideLayout": True,
        "showPercentChange": False,
    }
    return Panel(kind="stat", options=options, **settings)


def ranking(**settings: Any) -> Panel:
    """Return a bar for each row, longest first if the rows are; a row has one text and one number."""
    options = {
        "reduceOptions": {"calcs": [], "fields": "", "values": True, "limit": 50},
        "displayMode": "gradient",
        "orientation": "horizontal",
        "valueMode": "color",
        "namePlacement": "left",
        "sizing": "auto",
        "minVizWidth": 8,
        "minVizHeight": 16,
        "maxVizHeight": 300,
        "showUnfilled": True,
        "legend": {"showLegend": False, "displayMode": "list", "placement": "bottom", "calcs": []},
    }
    return Panel(kind="bargauge", options=options, **settings)


def stacked_bars(**settings: Any) -> Panel:
    """Return bars over time, one colour a series, with each series' sum in the legend."""
    custom = {
        "drawStyle": "bars",
        # A bucket is dated by its beginning.
        "barAlignment": 1,
        "barWidthFactor": 0.8,
        "lineWidth": 1,
        "fillOpacity": 70,
        "gradientMode": "none",
        "showPoints": "never",
        "spanNulls": False,
        "axisPlacement": "auto",
        "axisSoftMin": 0,
        "stacking": {"mode": "normal", "group": "A"},
    }
    return Panel(kind="timeseries", options=_chart_options("sum", "right"), custom=custom, **settings)


def lines(*, span_ms: int | bool = False, points: bool = False, **settings: Any) -> Panel:
    """Return lines over time; gaps up to `span_ms` are bridged (True: all), longer ones are left open."""
    custom = {
        "drawStyle": "line",
        "lineInterpolation": "linear",
        "lineWidth": 1,
        "fillOpacity": 5,
        "gradientMode": "none",
        "showPoints": "always" if points else "never",
        "pointSize": 5,
        "spanNulls": span_ms,
        "axisPlacement": "auto",
        "stacking": {"mode": "none", "group": "A"},
    }
    return Panel(kind="timeseries", options=_chart_options("mean", "bottom"), custom=custom, **settings)


def _chart_options(calc: str, placement: Literal["right", "bottom"]) -> Json:
    return {
        "tooltip": {"mode": "multi", "sort": "desc", "hideZeros": True},
        "legend": {
            "showLegend": True,
            "displayMode": "table" if placement == "right" else "list",
            "placement": placement,
            "calcs": [calc],
            "sortBy": "Total" if calc == "sum" else "Mean",
            "sortDesc": True,
        },
    }


def timeline(**settings: Any) -> Panel:
    """Return a bar for each series, coloured by its state over time; a state lasts until the next; null: not known."""
    options = {
        "mergeValues": True,
        "showValue": "never",
        "alignValue": "left",
        "rowHeight": 0.85,
        "perPage": 20,
        "tooltip": {"mode": "single", "sort": "none"},
        "legend": {"showLegend": True, "displayMode": "list", "placement": "bottom"},
    }
    custom = {"fillOpacity": 80, "lineWidth": 0, "spanNulls": False, "insertNulls": False}
    return Panel(kind="state-timeline", options=options, custom=custom, **settings)


def share(**settings: Any) -> Panel:
    """Return a ring with a part for each row; a row has one text and one number."""
    options = {
        "reduceOptions": {"calcs": [], "fields": "", "values": True},
        "pieType": "donut",
        "displayLabels": [],
        "tooltip": {"mode": "single", "sort": "none"},
        "legend": {"showLegend": True, "displayMode": "table", "placement": "right", "values": ["value", "percent"]},
    }
    return Panel(kind="piechart", options=options, **settings)


def table(**settings: Any) -> Panel:
    """Return a table people can filter."""
    options = {"showHeader": True, "cellHeight": "sm", "enablePagination": True}
    custom = {"filterable": True, "align": "auto", "cellOptions": {"type": "auto"}}
    return Panel(kind="table", options=options, custom=custom, **settings)
