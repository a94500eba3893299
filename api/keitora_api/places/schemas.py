"""What is told of places, and what a place is described with."""

from datetime import datetime
from typing import Annotated, Any, Final, Self

from pydantic import BaseModel, ConfigDict, Field
from pydantic.config import JsonDict

from keitora.places.model import (
    DEFAULT_AWAY_S,
    DEFAULT_DWELL_S,
    DEFAULT_EXIT_MARGIN_M,
    Circle,
    Place,
    PlaceDraft,
    PlaceKind,
)
from keitora.places.shapes import centre_of, shape_from_geojson, shape_to_geojson
from keitora.places.suggest import Suggestion
from keitora_api.entered import VISIBLE
from keitora_api.schemas import Position, Schema, defined

_GEOMETRY: Final[JsonDict] = {"type": "Point", "coordinates": [138.180956, 36.651289]}
_EXAMPLE: Final[JsonDict] = {
    "id": 3,
    "name": "上の畑",
    "kind": "field",
    "on_farm": True,
    "geometry": _GEOMETRY,
    "radius_m": 60.0,
    "centre": {"lat": 36.651289, "lon": 138.180956},
    "area_m2": 11310.0,
    "exit_margin_m": 30.0,
    "dwell_s": 180,
    "away_s": 180,
    "excuses_idling": False,
    "is_being_asked": False,
}

ExitMargin = Annotated[float, Field(ge=0, le=1000, description="How far outside a truck must be to have left (m)")]
Dwell = Annotated[int, Field(ge=0, le=86_400, description="A shorter stay is passing by (s)")]
Away = Annotated[int, Field(ge=0, le=86_400, description="A truck that comes back sooner had not left (s)")]


class PlaceBody(BaseModel):
    """A place as a person describes it."""

    model_config = ConfigDict(
        extra="forbid",
        str_strip_whitespace=True,
        json_schema_extra={"examples": [{"name": "上の畑", "kind": "field", "geometry": _GEOMETRY, "radius_m": 60.0}]},
    )

    name: str = Field(min_length=1, max_length=100, pattern=VISIBLE, description="What the fleet calls it; unique")
    kind: PlaceKind = Field(default="other", description="What it is")
    on_farm: bool | None = Field(default=None, description="The farm's own ground; left out: true for a field")
    geometry: dict[str, Any] = Field(description="GeoJSON: a Polygon, or a Point with `radius_m`")
    radius_m: float | None = Field(default=None, description="Radius about a Point (m, 10 to 50,000)")
    exit_margin_m: ExitMargin = DEFAULT_EXIT_MARGIN_M
    dwell_s: Dwell = DEFAULT_DWELL_S
    away_s: Away = DEFAULT_AWAY_S
    excuses_idling: bool = Field(default=False, description="An engine must run there: idling is told as excused")

    def draft(self) -> PlaceDraft:
        """Return the place that is meant. Raises ShapeError if its shape cannot be one."""
        return PlaceDraft(
            name=self.name,
            kind=self.kind,
            on_farm=self.kind == "field" if self.on_farm is None else self.on_farm,
            shape=shape_from_geojson(self.geometry, radius_m=self.radius_m),
            exit_margin_m=self.exit_margin_m,
            dwell_s=self.dwell_s,
            away_s=self.away_s,
            excuses_idling=self.excuses_idling,
        )


class PlaceAnswer(Schema):
    """A named place."""

    model_config = ConfigDict(json_schema_extra={"examples": [_EXAMPLE]})

    id: int = Field(description="The place's number")
    name: str = Field(description="What the fleet calls it")
    kind: PlaceKind = Field(description="What it is")
    on_farm: bool = Field(description="The farm's own ground: what is driven there is not on a public road")
    geometry: dict[str, Any] = Field(description="GeoJSON: a Polygon, or a Point with `radius_m`")
    radius_m: float | None = Field(description="Radius about a Point (m); null for a Polygon")
    centre: Position = Field(description="A point inside it")
    area_m2: float = Field(description="Area (m²); the smallest place that holds a truck gives its name")
    exit_margin_m: float = Field(description="How far outside a truck must be to have left (m)")
    dwell_s: int = Field(description="A shorter stay is passing by (s)")
    away_s: int = Field(description="A truck that comes back sooner had not left (s)")
    excuses_idling: bool = Field(description="An engine must run there: idling is told as excused")
    is_being_asked: bool = Field(description="The past is being looked through for visits to it")

    @classmethod
    def of(cls, place: Place, *, is_being_asked: bool) -> Self:
        """Return what is told of a place."""
        lat, lon = centre_of(place.shape)
        return cls(
            id=place.place_id,
            name=place.name,
            kind=place.kind,
            on_farm=place.on_farm,
            geometry=shape_to_geojson(place.shape),
            radius_m=place.shape.radius_m if isinstance(place.shape, Circle) else None,
            centre=Position(lat=round(lat, 6), lon=round(lon, 6)),
            area_m2=round(place.area_m2, 0),
            exit_margin_m=place.exit_margin_m,
            dwell_s=place.dwell_s,
            away_s=place.away_s,
            excuses_idling=place.excuses_idling,
            is_being_asked=is_being_asked,
        )


class PlaceList(Schema):
    """The fleet's places."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"items": [_EXAMPLE], "next_cursor": None}]})

    items: list[PlaceAnswer] = Field(description="By number")
    next_cursor: str | None = Field(description="Always null: the list is whole")


class FeatureCollection(BaseModel):
    """Places as GeoJSON (RFC 7946)."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"type": "FeatureCollection", "features": []}]})

    type: str = Field(description="`FeatureCollection`")
    features: list[dict[str, Any]] = Field(
        description="A Feature for each place: name and settings are properties, a circle is a Point with `radius_m`"
    )


class SuggestionAnswer(Schema):
    """Where trucks stood often and no place is named."""

    centre: Position = Field(description="The middle of the stops")
    radius_m: float = Field(description="A radius that holds them all (m)")
    stop_count: int = Field(description=defined("stop_count"))
    vehicle_count: int = Field(description="How many trucks did")
    stood_s: float = Field(description=defined("stood", "In all."))
    first_at: datetime = Field(description="First time (UTC)")
    last_at: datetime = Field(description="Last time (UTC)")

    @classmethod
    def of(cls, one: Suggestion) -> Self:
        """Return what is told of a suggestion."""
        return cls(
            centre=Position(lat=round(one.lat, 6), lon=round(one.lon, 6)),
            radius_m=one.radius_m,
            stop_count=one.stop_count,
            vehicle_count=one.vehicle_count,
            stood_s=round(one.stood_s, 0),
            first_at=one.first_at,
            last_at=one.last_at,
        )


class SuggestionList(Schema):
    """Places worth a name."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "items": [
                        {
                            "centre": {"lat": 36.651289, "lon": 138.180956},
                            "radius_m": 50.0,
                            "stop_count": 14,
                            "vehicle_count": 2,
                            "stood_s": 51200.0,
                            "first_at": "2026-11-02T23:10:00Z",
                            "last_at": "2026-11-21T06:40:00Z",
                        }
                    ],
                    "next_cursor": None,
                }
            ]
        }
    )

    items: list[SuggestionAnswer] = Field(description="Where most time was spent first")
    next_cursor: str | None = Field(description="Always null: the list is whole")
