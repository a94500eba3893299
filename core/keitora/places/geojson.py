"""A fleet's places as a GeoJSON FeatureCollection, and those in somebody else's. Pure."""

from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Any, Final

from keitora.places.model import (
    DEFAULT_AWAY_S,
    DEFAULT_DWELL_S,
    DEFAULT_EXIT_MARGIN_M,
    PLACE_KINDS,
    Circle,
    Place,
    PlaceDraft,
    PlaceKind,
)
from keitora.places.shapes import ShapeError, shape_from_geojson, shape_to_geojson

MAX_FEATURES: Final = 2000
_KINDS: Final[Mapping[str, PlaceKind]] = {kind: kind for kind in PLACE_KINDS}


def places_to_geojson(places: Iterable[Place]) -> dict[str, Any]:
    """Return the places as a FeatureCollection; a circle is a Point with `radius_m` among its properties."""
    return {"type": "FeatureCollection", "features": [_feature(place) for place in places]}


def drafts_from_geojson(
    collection: Mapping[str, Any], *, name_by: str | None = None, defaults: Mapping[str, Any] = MappingProxyType({})
) -> list[PlaceDraft]:
    """Return the places of a FeatureCollection. Raises ShapeError, saying which feature is wrong and why.

    Only a name (`name`, or `title`, or the property `name_by`) is needed; properties that are not ours are left aside,
    those a feature lacks are taken from `defaults`. Of a MultiPolygon, each part is a place.
    """
    features = collection.get("features")
    if collection.get("type") != "FeatureCollection" or not isinstance(features, list):
        raise ShapeError("places are imported from a GeoJSON FeatureCollection")
    features = [part for feature in features for part in _parts(feature, name_by, defaults)]
    if len(features) > MAX_FEATURES:
        raise ShapeError(f"at most {MAX_FEATURES} places are imported at a time")
    drafts = [_draft(number, feature) for number, feature in enumerate(features, start=1)]
    names: set[str] = set()
    for number, draft in enumerate(drafts, start=1):
        if draft.name in names:
            raise ShapeError(f"feature {number}: there are two named {draft.name!r}")
        names.add(draft.name)
    return drafts


def _parts(feature: object, name_by: str | None, defaults: Mapping[str, Any]) -> list[object]:
    """Return a feature with the defaults; of one of several outlines, each as a feature: `Name`, `Name 2` and so on."""
    if not isinstance(feature, Mapping) or not isinstance(feature.get("properties") or {}, Mapping):
        return [feature]
    properties = {**defaults, **(feature.get("properties") or {})}
    name = properties.get(name_by) if name_by else properties.get("name") or properties.get("title")
    geometry = feature.get("geometry")
    shapes = [geometry]
    if isinstance(geometry, Mapping) and geometry.get("type") == "MultiPolygon":
        rings = geometry.get("coordinates")
        shapes = [{"type": "Polygon", "coordinates": one} for one in rings] if isinstance(rings, list) else [geometry]
    return [
        {
            "properties": properties | {"name": name if number == 1 else f"{name} {number}"},
            "geometry": shape,
        }
        for number, shape in enumerate(shapes, start=1)
    ]


def _feature(place: Place) -> dict[str, Any]:
    properties: dict[str, Any] = {
        "place_id": place.place_id,
        "name": place.name,
        "kind": place.kind,
        "on_farm": place.on_farm,
        "exit_margin_m": place.exit_margin_m,
        "dwell_s": place.dwell_s,
        "away_s": place.away_s,
        "excuses_idling": place.excuses_idling,
    }
    if isinstance(place.shape, Circle):
        properties["radius_m"] = place.shape.radius_m
    return {"type": "Feature", "properties": properties, "geometry": shape_to_geojson(place.shape)}


def _draft(number: int, feature: object) -> PlaceDraft:
    try:
        return _read(feature)
    except ShapeError as error:
        raise ShapeError(f"feature {number}: {error}") from error


def _read(feature: object) -> PlaceDraft:
    if not isinstance(feature, Mapping) or not isinstance(feature.get("geometry"), Mapping):
        raise ShapeError("it has no geometry")
    properties = feature.get("properties") or {}
    if not isinstance(properties, Mapping):
        raise ShapeError("its properties are no object")
    name = str(properties.get("name") or "").strip()
    if not name or len(name) > 100:
        raise ShapeError("it needs a name of 1 to 100 letters")
    kind = _KINDS.get(str(properties.get("kind", "other")), "other")
    return PlaceDraft(
        name=name,
        shape=shape_from_geojson(feature["geometry"], radius_m=_number(properties, "radius_m", None, 10, 50_000)),
        kind=kind,
        on_farm=properties.get("on_farm", kind == "field") is True,
        exit_margin_m=_number(properties, "exit_margin_m", DEFAULT_EXIT_MARGIN_M, 0, 1000) or 0.0,
        dwell_s=round(_number(properties, "dwell_s", DEFAULT_DWELL_S, 0, 86_400) or 0),
        away_s=round(_number(properties, "away_s", DEFAULT_AWAY_S, 0, 86_400) or 0),
        excuses_idling=properties.get("excuses_idling") is True,
    )


def _number(properties: Mapping[str, Any], name: str, default: float | None, least: float, most: float) -> float | None:
    value = properties.get(name, default)
    if value is None:
        return default
    if isinstance(value, bool) or not isinstance(value, int | float) or not least <= value <= most:
        raise ShapeError(f"{name} must be a number from {least:g} to {most:g}")
    return float(value)
