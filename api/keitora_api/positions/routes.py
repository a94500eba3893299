"""`GET /v1/positions/latest`."""

from fastapi import APIRouter, Request

from keitora.positions.queries import read_latest
from keitora_api.auth import FleetVisit
from keitora_api.parameters import VehicleIdsQuery
from keitora_api.positions.schemas import LatestAnswer, LatestList
from keitora_api.resources import resources_of

router = APIRouter(prefix="/v1", tags=["positions"])


@router.get("/positions/latest", summary="Where the trucks are, and what they last told")
async def latest_positions(request: Request, visit: FleetVisit, vehicle_ids: VehicleIdsQuery) -> LatestList:
    """Return each truck's newest values, with the time of each. Every role may read them.

    A truck is `silent` when its newest sample is 300 s old or older; `moving` when its newest speed is at least 3 km/h
    and at most 60 s old; else `standing`.
    """
    now = resources_of(request).clock()
    rows = await read_latest(visit.conn, fleet_id=visit.fleet.fleet_id, vehicle_ids=vehicle_ids)
    return LatestList(
        time_zone=visit.fleet.time_zone, items=[LatestAnswer.of(row, now) for row in rows], next_cursor=None
    )
