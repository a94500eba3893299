"""`/v1/places`: name, change and remove places, take them in and out as GeoJSON, and suggestions."""

from datetime import timedelta
from typing import Annotated, Final

from fastapi import Path, Query, Request, Response

from keitora.errors import KeitoraError, NotFoundError
from keitora.places.geojson import drafts_from_geojson, places_to_geojson
from keitora.places.index import PlaceIndex
from keitora.places.model import PlaceDraft
from keitora.places.queries import (
    change_place,
    create_place,
    find_place,
    read_places,
    read_stood,
    read_touched,
    remove_place,
)
from keitora.places.shapes import ShapeError
from keitora.places.suggest import suggest
from keitora_api import problems
from keitora_api.auth import FleetVisit, ManagerVisit, Visit
from keitora_api.places.schemas import (
    FeatureCollection,
    PlaceAnswer,
    PlaceBody,
    PlaceList,
    SuggestionAnswer,
    SuggestionList,
)
from keitora_api.problems import ProblemError, invalid
from keitora_api.resources import resources_of
from keitora_api.routing import feature

router = feature("places")

PlaceId = Annotated[int, Path(ge=1, le=2**31 - 1, description="The place's number", examples=[3])]
_WRITING: Final = problems.documented(problems.FORBIDDEN, problems.CONFLICT)
_ONE: Final = problems.documented(problems.NOT_FOUND)


@router.get("/places", summary="The fleet's places")
async def places(visit: FleetVisit) -> PlaceList:
    """Return the places that have a name. Every role may read them."""
    fleet_id = visit.fleet.fleet_id
    found, asked = await read_places(visit.conn, fleet_id=fleet_id), await read_touched(visit.conn, fleet_id=fleet_id)
    items = [PlaceAnswer.of(one, is_being_asked=one.place_id in asked) for one in found]
    return PlaceList(items=items, next_cursor=None)


@router.post("/places", summary="Name a place", status_code=201, responses=_WRITING)
async def name(visit: ManagerVisit, body: PlaceBody) -> PlaceAnswer:
    """Name a place. Managers may. Within seconds the past is looked through, and its visits and labels appear."""
    draft = _draft(body)
    try:
        made = await create_place(visit.conn, fleet_id=visit.fleet.fleet_id, draft=draft, by=visit.author)
    except KeitoraError as error:
        raise ProblemError(problems.CONFLICT, str(error)) from error
    return PlaceAnswer.of(made, is_being_asked=True)


@router.get("/places/geojson", summary="The fleet's places as GeoJSON")
async def to_geojson(visit: FleetVisit) -> FeatureCollection:
    """Return the places as a GeoJSON FeatureCollection, to keep or to open in a map program."""
    return FeatureCollection.model_validate(
        places_to_geojson(await read_places(visit.conn, fleet_id=visit.fleet.fleet_id))
    )


@router.post("/places/geojson", summary="Name places from GeoJSON", status_code=201, responses=_WRITING)
async def from_geojson(visit: ManagerVisit, body: FeatureCollection) -> PlaceList:
    """Name all places of a GeoJSON FeatureCollection, or none of them if one is wrong. Managers may."""
    try:
        drafts = drafts_from_geojson(body.model_dump())
    except ShapeError as error:
        raise invalid("body.features", str(error)) from error
    fleet_id = visit.fleet.fleet_id
    try:
        made = [await create_place(visit.conn, fleet_id=fleet_id, draft=one, by=visit.author) for one in drafts]
    except KeitoraError as error:
        raise ProblemError(problems.CONFLICT, str(error)) from error
    return PlaceList(items=[PlaceAnswer.of(one, is_being_asked=True) for one in made], next_cursor=None)


@router.get("/places/suggestions", summary="Places worth a name")
async def suggestions(
    request: Request,
    visit: FleetVisit,
    days: Annotated[int, Query(ge=1, le=400, description="How far to look back (days)")] = 90,
) -> SuggestionList:
    """Return where trucks stood three times or more, an hour or more in all, and no place is named."""
    now = resources_of(request).clock()
    fleet_id = visit.fleet.fleet_id
    stops = await read_stood(visit.conn, fleet_id=fleet_id, since=now - timedelta(days=days), now=now)
    found = suggest(stops, PlaceIndex(await read_places(visit.conn, fleet_id=fleet_id)))
    return SuggestionList(items=[SuggestionAnswer.of(one) for one in found], next_cursor=None)


@router.get("/places/{place_id}", summary="One place", responses=_ONE)
async def place(visit: FleetVisit, place_id: PlaceId) -> PlaceAnswer:
    """Return one place. Every role may read it."""
    fleet_id = visit.fleet.fleet_id
    found = await find_place(visit.conn, fleet_id=fleet_id, place_id=place_id)
    if found is None:
        raise _missing(place_id)
    return PlaceAnswer.of(found, is_being_asked=place_id in await read_touched(visit.conn, fleet_id=fleet_id))


@router.put("/places/{place_id}", summary="Change a place", responses=_ONE | _WRITING)
async def change(visit: ManagerVisit, place_id: PlaceId, body: PlaceBody) -> PlaceAnswer:
    """Change a place: what is left out of the body falls back to its default. Managers may."""
    fleet_id, draft = visit.fleet.fleet_id, _draft(body)
    try:
        made = await change_place(visit.conn, fleet_id=fleet_id, place_id=place_id, draft=draft, by=visit.author)
    except KeitoraError as error:
        raise ProblemError(problems.CONFLICT, str(error)) from error
    if made is None:
        raise _missing(place_id)
    return PlaceAnswer.of(made, is_being_asked=place_id in await read_touched(visit.conn, fleet_id=fleet_id))


@router.delete("/places/{place_id}", summary="Remove a place", status_code=204, responses=_ONE | _WRITING)
async def remove(visit: ManagerVisit, place_id: PlaceId) -> Response:
    """Take a place's name away; its visits go with it. Managers may."""
    await _remove(visit, place_id)
    return Response(status_code=204)


async def _remove(visit: Visit, place_id: int) -> None:
    if not await remove_place(visit.conn, fleet_id=visit.fleet.fleet_id, place_id=place_id, by=visit.author):
        raise _missing(place_id)


def _draft(body: PlaceBody) -> PlaceDraft:
    try:
        return body.draft()
    except ShapeError as error:
        raise invalid("body.geometry", str(error)) from error


def _missing(place_id: int) -> NotFoundError:
    return NotFoundError(f"there is no place {place_id}")
