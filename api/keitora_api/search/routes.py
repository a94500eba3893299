"""`GET /v1/search`."""

from datetime import datetime
from typing import Annotated, Final, Self

from fastapi import Query
from pydantic import ConfigDict, Field
from pydantic.config import JsonDict

from keitora.search.queries import Hit, HitKind, find
from keitora.trips.ids import trip_id
from keitora.trips.model import TripKey
from keitora_api.auth import FleetVisit
from keitora_api.routing import feature
from keitora_api.schemas import Schema

router = feature("search")

_EXAMPLE: Final[JsonDict] = {
    "kind": "vehicle",
    "id": 7,
    "title": "キャリイ1号",
    "detail": "長野 480 あ 12-34",
    "vehicle_id": 7,
    "at": None,
    "trip_id": None,
}


class HitAnswer(Schema):
    """Something that was found."""

    kind: HitKind = Field(description="What it is")
    id: int = Field(description="Its number, among those of its kind")
    title: str = Field(description="What was found: a name, or the text of a note")
    detail: str | None = Field(description="What else tells it apart: a plate, the truck's name")
    vehicle_id: int | None = Field(description="The truck it belongs to")
    at: datetime | None = Field(description="When it was (UTC)")
    trip_id: str | None = Field(description="Of a note on a trip: which trip")

    @classmethod
    def of(cls, hit: Hit) -> Self:
        """Return what is told of a find."""
        trip = None
        if hit.kind == "trip_note" and hit.vehicle_id is not None and hit.at is not None:
            trip = trip_id(TripKey(hit.vehicle_id, hit.at))
        return cls(
            kind=hit.kind,
            id=hit.id,
            title=hit.title,
            detail=hit.detail,
            vehicle_id=hit.vehicle_id,
            at=hit.at,
            trip_id=trip,
        )


class HitList(Schema):
    """What was found."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"items": [_EXAMPLE], "next_cursor": None}]})

    items: list[HitAnswer] = Field(description="Trucks first, then places, drivers, notes; the newest note first")
    next_cursor: str | None = Field(description="Always null: ask with more of the word")


@router.get("/search", summary="Find a truck, a place, a driver or a note")
async def search(
    visit: FleetVisit,
    q: Annotated[str, Query(min_length=1, max_length=100, description="A part of it", examples=["畑"])],
    limit: Annotated[int, Query(ge=1, le=50, description="Finds of each kind at most")] = 10,
) -> HitList:
    """Return what holds a text, in any case of its letters. Every role may search; a driver finds no notes."""
    hits = await find(
        visit.conn,
        fleet_id=visit.fleet.fleet_id,
        words=q,
        with_notes=visit.holder.role != "driver",
        limit=limit,
    )
    return HitList(items=[HitAnswer.of(hit) for hit in hits], next_cursor=None)
