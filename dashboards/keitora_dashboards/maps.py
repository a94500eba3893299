"""Maps. Pure."""

from typing import Any

from keitora_dashboards.panels import Panel
from keitora_dashboards.query import Json


def chart(*layers: Json, zoom: int = 15, **settings: Any) -> Panel:
    """Return a map of layers, fitted to what they show but no closer than `zoom`."""
    options = {
        # A fleet fits the map; one truck alone must not be zoomed in on to the metre.
        "view": {"id": "fit", "allLayers": True, "lat": 0, "lon": 0, "zoom": zoom, "padding": 10},
        "basemap": {"type": "default", "name": "Basemap", "config": {}},
        "controls": {"showZoom": True, "mouseWheelZoom": False, "showAttribution": True, "showScale": True},
        "tooltip": {"mode": "details"},
        "layers": list(layers),
    }
    return Panel(kind="geomap", options=options, **settings)


def markers(name: str, *, query: str, color: Json, label: str | None = None, heading: str | None = None) -> Json:
    """Return a layer with a mark for each row of a query that has `latitude` and `longitude`.

    With `label` the field's text stands beside it; with `heading` it is a triangle that points where the truck went.
    """
    symbol = "img/icons/marker/circle.svg" if heading is None else "img/icons/marker/triangle.svg"
    rotation: Json = {"fixed": 0, "mode": "mod", "min": -360, "max": 360}
    style: Json = {
        "color": {"fixed": "dark-green", **color},
        "opacity": 0.9,
        "size": {"fixed": 8, "min": 5, "max": 12},
        "symbol": {"mode": "fixed", "fixed": symbol},
        "rotation": rotation if heading is None else {**rotation, "field": heading},
    }
    if label is not None:
        style["text"] = {"mode": "field", "field": label}
        style["textConfig"] = {
            "fontSize": 12,
            "offsetX": 0,
            "offsetY": -16,
            "textAlign": "center",
            "textBaseline": "middle",
        }
    return {**_layer("markers", name, query), "config": {"showLegend": False, "style": style}}


def route(name: str, *, query: str, color: str) -> Json:
    """Return a layer with one line through the rows of a query, which ascend in time, coloured by a field."""
    style: Json = {
        "color": {"field": color, "fixed": "blue"},
        "size": {"fixed": 4, "min": 2, "max": 8},
        "opacity": 1,
        "lineWidth": 3,
    }
    return {**_layer("route", name, query), "config": {"arrow": 1, "style": style}}


def _layer(kind: str, name: str, query: str) -> Json:
    return {
        "type": kind,
        "name": name,
        "tooltip": True,
        "filterData": {"id": "byRefId", "options": query},
        "location": {"mode": "coords", "latitude": "latitude", "longitude": "longitude"},
    }
