"""`GET /v1/states`."""

from datetime import timedelta
from typing import Final

from fastapi import Request

from keitora.timeline.paint import changes
from keitora.timeline.queries import read_spans
from keitora_api import problems
from keitora_api.auth import ManagementVisit
from keitora_api.parameters import TimeRangeQuery, VehicleIdsQuery
from keitora_api.problems import invalid
from keitora_api.resources import resources_of
from keitora_api.routing import feature
from keitora_api.timeline.schemas import ChangeAnswer, ChangeList

router = feature("positions")

_USUAL: Final = timedelta(days=1)
_LONGEST: Final = timedelta(days=100)


@router.get(
    "/states", summary="What each truck was doing, moment by moment", responses=problems.documented(problems.FORBIDDEN)
)
async def states(
    request: Request, visit: ManagementVisit, times: TimeRangeQuery, vehicle_ids: VehicleIdsQuery
) -> ChangeList:
    """Return each truck's state at `from` and every change before `to`, oldest first. Managers and viewers may read it.

    As derived from the data; what people merged or split by hand changes nothing here. Without `to` until now, without
    `from` the day before `to`; 100 days at most.
    """
    now = resources_of(request).clock()
    to_at = min(times.to_at or now, now)
    from_at = times.from_at or to_at - _USUAL
    if to_at - from_at > _LONGEST:
        raise invalid("query.from", f"`from` lies before `to`, by {_LONGEST.days} days at most")
    spans = await read_spans(
        visit.conn, fleet_id=visit.fleet.fleet_id, from_at=from_at, to_at=to_at, now=now, vehicle_ids=vehicle_ids
    )
    found = changes(spans, from_at=from_at, to_at=to_at)
    return ChangeList(
        time_zone=visit.fleet.time_zone, items=[ChangeAnswer.of(change) for change in found], next_cursor=None
    )
