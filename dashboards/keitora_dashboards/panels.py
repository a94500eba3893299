"""The kinds of panels, with the settings that all our dashboards share. Pure."""

from dataclasses import dataclass, field
from typing import Any, Final, Literal

from keitora_dashboards.fields import steps
from keitora_dashboards.query import DATASOURCE, Json, Query

# Panels are written as this version of Grafana keeps them, so that it migrates nothing when it opens them.
GRAFANA_VERSION: Final = "13.2.3"

Kind = Literal["stat", "geomap", "timeseries", "bargauge", "table"]


@dataclass(frozen=True, slots=True)
class Place:
    """Where a panel is, on a grid 24 wide."""

    x: int
    y: int
    w: int
    h: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Panel:
    """A panel. Its number never changes: links and alerts name it. `empty` is shown where there is nothing to show."""

    number: int
    kind: Kind
    title: str
    description: str
    place: Place
    queries: tuple[Query, ...]
    unit: str
    empty: str
    options: Json
    decimals: int | None = None
    custom: Json = field(default_factory=dict)
    defaults: Json = field(default_factory=dict)
    overrides: tuple[Json, ...] = ()
    transformations: tuple[Json, ...] = ()

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
            "thresholds": steps((None, "green")),
        }
        decimals = {} if self.decimals is None else {"decimals": self.decimals}
        return {**shared, **decimals, **self.defaults, "custom": self.custom}


def stat(*, trend: bool = True, **settings: Any) -> Panel:
    """Return one large number: the sum of a series, with the series drawn behind it if `trend`."""
    options = {
        "reduceOptions": {"calcs": ["sum"], "fields": "", "values": False},
        "graphMode": "area" if trend else "none",
        "colorMode": "value",
        "justifyMode": "auto",
        "orientation": "auto",
        "textMode": "value",
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
    options = {
        "tooltip": {"mode": "multi", "sort": "desc", "hideZeros": True},
        "legend": {
            "showLegend": True,
            "displayMode": "table",
            "placement": "right",
            "calcs": ["sum"],
            "sortBy": "Total",
            "sortDesc": True,
        },
    }
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
    return Panel(kind="timeseries", options=options, custom=custom, **settings)


def table(**settings: Any) -> Panel:
    """Return a table people can filter."""
    options = {"showHeader": True, "cellHeight": "sm", "enablePagination": True}
    custom = {"filterable": True, "align": "auto", "cellOptions": {"type": "auto"}}
    return Panel(kind="table", options=options, custom=custom, **settings)


def markers(*, layer: str, color: str, label: str, **settings: Any) -> Panel:
    """Return a map with a mark and a text for each row that has `latitude` and `longitude`."""
    style = {
        "color": {"field": color, "fixed": "dark-green"},
        "opacity": 0.9,
        "size": {"fixed": 8, "min": 5, "max": 12},
        "symbol": {"mode": "fixed", "fixed": "img/icons/marker/circle.svg"},
        "rotation": {"fixed": 0, "mode": "mod", "min": -360, "max": 360},
        "text": {"mode": "field", "field": label},
        "textConfig": {
            "fontSize": 12,
            "offsetX": 0,
            "offsetY": -16,
            "textAlign": "center",
            "textBaseline": "middle",
        },
    }
    trucks = {
        "type": "markers",
        "name": layer,
        "tooltip": True,
        "filterData": {"id": "byRefId", "options": "A"},
        "location": {"mode": "coords", "latitude": "latitude", "longitude": "longitude"},
        "config": {"showLegend": False, "style": style},
    }
    options = {
        # A fleet fits the map; one truck alone must not be zoomed in on to the metre.
        "view": {"id": "fit", "allLayers": True, "lat": 0, "lon": 0, "zoom": 15, "padding": 10},
        "basemap": {"type": "default", "name": "Basemap", "config": {}},
        "controls": {"showZoom": True, "mouseWheelZoom": False, "showAttribution": True, "showScale": True},
        "tooltip": {"mode": "details"},
        "layers": [trucks],
    }
    return Panel(kind="geomap", options=options, **settings)
