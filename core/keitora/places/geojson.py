"""A fleet's places as a GeoJSON FeatureCollection, and those in somebody else's. Pure."""

from collections.abc import Iterable, Mapping
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


def drafts_from_geojson(collection: Mapping[str, Any]) -> list[PlaceDraft]:
    """Return the places of a FeatureCollection. Raises ShapeError, saying which feature is wrong and why.

    Only a name (`name`, or `title`) is needed; properties that are not ours are left aside.
    """
    features = collection.get("features")
    if collection.get("type") != "FeatureCollection" or not isinstance(features, list):
        raise ShapeError("places are imported from a GeoJSON FeatureCollection")
    if len(features) > MAX_FEATURES:
        raise ShapeError(f"at most {MAX_FEATURES} places are imported at a time")
    drafts = [_draft(number, feature) for number, feature in enumerate(features, start=1)]
    names: set[str] = set()
    for number, draft in enumerate(drafts, start=1):
        if draft.name in names:
            raise ShapeError(f"feature {number}: there are two named {draft.name!r}")
        names.add(draft.name)
    return drafts


def _feature(place: Place) -> dict[str, Any]:
    properties: dict[str, Any] = {
        "place_id": place.place_id,
        "name": place.name,
        "kind": place.kind,
        "on_farm": place.on_farm,
        "exit_margin_m": place.exit_margin_m,
        "dwell_s": place.dwell_s,
        "away_s": place.away_s,
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
    name = str(properties.get("name") or properties.get("title") or "").strip()
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
    )


def _number(properties: Mapping[str, Any], name: str, default: float | None, least: float, most: float) -> float | None:
    value = properties.get(name, default)
    if value is None:
        return default
    if isinstance(value, bool) or not isinstance(value, int | float) or not least <= value <= most:
        raise ShapeError(f"{name} must be a number from {least:g} to {most:g}")
    return float(value)
