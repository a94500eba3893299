"""`GET /v1/positions/latest` and `/v1/positions/stream`."""

from typing import Annotated

from fastapi import Header, Request
from fastapi.responses import Response

from keitora.positions.queries import read_latest
from keitora_api import problems
from keitora_api.auth import FleetVisit
from keitora_api.parameters import VehicleIdsQuery
from keitora_api.positions.hub import MOST_LISTENERS
from keitora_api.positions.schemas import LatestAnswer, LatestList
from keitora_api.positions.stream import Listener, PositionStream
from keitora_api.problems import ProblemError
from keitora_api.resources import resources_of
from keitora_api.routing import feature

router = feature("positions")


@router.get("/positions/latest", summary="Where the trucks are, and what they last told")
async def latest_positions(request: Request, visit: FleetVisit, vehicle_ids: VehicleIdsQuery) -> LatestList:
    """Return each truck's newest values, with the time of each. Every role may read them.

    A truck is `silent` when its newest sample is 300 s old or older; `moving` when its newest speed is at least 3 km/h
    and at most 60 s old; else `idling` when its engine ran within the last 60 s, `charging` while a charge lasts, and
    `standing` otherwise.
    """
    now = resources_of(request).clock()
    rows = await read_latest(visit.conn, fleet_id=visit.fleet.fleet_id, vehicle_ids=vehicle_ids)
    return LatestList(
        time_zone=visit.fleet.time_zone, items=[LatestAnswer.of(row, now) for row in rows], next_cursor=None
    )


@router.get(
    "/positions/stream",
    summary="The trucks' newest values as they come",
    response_class=Response,
    responses={
        200: {
            "description": "Server-sent events",
            "content": {
                "text/event-stream": {
                    "schema": {"type": "string"},
                    "example": 'id: 5f0c11aa-17\nevent: position\ndata: {"vehicle":{"id":7,"name":"1号"},…}\n\n',
                }
            },
        }
    },
)
async def stream(
    request: Request,
    visit: FleetVisit,
    vehicle_ids: VehicleIdsQuery,
    last_event_id: Annotated[
        str | None, Header(alias="Last-Event-ID", max_length=100, description="The newest event the listener knows")
    ] = None,
) -> Response:
    """Send an event `position` for each truck, then one whenever a truck has something new. Every role may listen.

    `data` is an item of `/v1/positions/latest`. A listener that comes back with `Last-Event-ID`, as browsers do by
    themselves, is told what changed since; where that is not known any more, of every truck. One that takes nothing for
    20 s is dropped, one whose session or key ends is told no more, and every stream ends after 15 minutes: come back.
    """
    resources = resources_of(request)
    if resources.hub.listener_count >= MOST_LISTENERS:
        raise ProblemError(problems.UNAVAILABLE, "too many listen already; ask `/v1/positions/latest` instead")
    holder = visit.holder
    listener = Listener(holder.fleet_id, holder.session_id, holder.api_key_id, vehicle_ids, last_event_id)
    return PositionStream(resources.hub, listener, resources.clock)
