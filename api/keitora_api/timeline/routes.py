"""`GET /v1/states`."""

from datetime import timedelta
from typing import Final

from fastapi import Request, Response

from keitora.timeline.queries import read_changes
from keitora.timeline.steps import step_for
from keitora_api import problems
from keitora_api.auth import ManagementVisit
from keitora_api.parameters import TimeRangeQuery, VehicleIdsQuery
from keitora_api.resources import resources_of
from keitora_api.routing import feature
from keitora_api.timeline.schemas import ChangeList, answers

router = feature("positions")

FIELDS: Final = "fields"
_USUAL: Final = timedelta(days=1)


@router.get(
    "/states",
    summary="What each truck was doing, moment by moment",
    response_model=ChangeList,
    responses=problems.documented(problems.FORBIDDEN),
)
async def states(
    request: Request, visit: ManagementVisit, times: TimeRangeQuery, vehicle_ids: VehicleIdsQuery
) -> Response | ChangeList:
    """Return each truck's state at `from` and every change before `to`, oldest first. Managers and viewers may read it.

    As derived from the data; what people merged or split by hand changes nothing here. Without `to` until now, without
    `from` the day before `to`. Up to 31 days are told to the moment. Of a longer time even pieces of the fleet's local
    time are told, `step_s` long, each by the most awake thing the truck did in it: driving, idling, charging, standing,
    silent.
    """
    now = resources_of(request).clock()
    to_at = min(times.to_at or now, now)
    from_at = min(times.from_at or to_at - _USUAL, to_at)
    step = step_for(to_at - from_at)
    found = await read_changes(
        visit.conn,
        fleet_id=visit.fleet.fleet_id,
        zone=visit.fleet.time_zone,
        from_at=from_at,
        to_at=to_at,
        now=now,
        step=step,
        vehicle_ids=vehicle_ids,
    )
    told = ChangeList(
        time_zone=visit.fleet.time_zone,
        step_s=None if step is None else step.total_seconds(),
        items=answers(found),
        next_cursor=None,
    )
    if FIELDS in request.query_params:
        return told
    # Thousands of changes are written out at once, not field by field.
    return Response(told.model_dump_json(), media_type="application/json")
