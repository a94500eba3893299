"""`GET /v1/visits` and `GET /v1/stats/farm`."""

import re
from datetime import UTC, datetime, timedelta
from typing import Annotated, Final
from zoneinfo import ZoneInfo

from fastapi import Query

from keitora.errors import KeitoraError
from keitora.fuel.buckets import parse_bucket
from keitora.overlays.reading import day_columns, read_day_changes
from keitora.places.model import Visit
from keitora.places.queries import farm_by_vehicle, read_visits
from keitora_api import problems
from keitora_api.auth import FleetVisit, ManagementVisit
from keitora_api.parameters import PlaceIdsQuery, TimeRangeQuery, VehicleIdsQuery
from keitora_api.problems import invalid
from keitora_api.routing import feature
from keitora_api.visits.schemas import FarmStat, FarmStats, VisitAnswer, VisitList

router = feature()

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_CURSOR: Final = re.compile(r"([0-9]{1,17})_([1-9][0-9]{0,8})_([1-9][0-9]{0,8})")


@router.get("/visits", summary="Visits to places", tags=["places"])
async def visits(
    *,
    visit: FleetVisit,
    times: TimeRangeQuery,
    vehicle_ids: VehicleIdsQuery,
    place_ids: PlaceIdsQuery,
    limit: Annotated[int, Query(ge=1, le=1000, description="Visits in one answer at most")] = 100,
    cursor: Annotated[str | None, Query(description="`next_cursor` of the answer before")] = None,
) -> VisitList:
    """Return the visits that touch [from, to), newest first. Every role may read them. Passing by is no visit."""
    rows = await read_visits(
        visit.conn,
        fleet_id=visit.fleet.fleet_id,
        from_at=times.from_at,
        to_at=times.to_at,
        vehicle_ids=vehicle_ids,
        place_ids=place_ids,
        after=None if cursor is None else _after(cursor),
        limit=limit + 1,
    )
    shown = rows[:limit]
    more = _cursor(shown[-1]) if len(rows) > limit else None
    return VisitList(time_zone=visit.fleet.time_zone, items=[VisitAnswer.of(row) for row in shown], next_cursor=more)


@router.get(
    "/stats/farm",
    summary="On the farm and on the road",
    tags=["statistics"],
    responses=problems.documented(problems.FORBIDDEN),
)
async def farm(
    visit: ManagementVisit,
    times: TimeRangeQuery,
    vehicle_ids: VehicleIdsQuery,
    bucket: Annotated[str, Query(description="`day`, `week`, `month`, or an interval as Grafana writes it")] = "month",
) -> FarmStats:
    """Return what each truck did on visits to the farm's own ground, and elsewhere. Managers and viewers may read it.

    Distance is that of the trips as people see them, corrections by hand included.
    """
    try:
        size = parse_bucket(bucket)
    except KeitoraError as error:
        raise invalid("query.bucket", str(error)) from error
    fleet_id, zone = visit.fleet.fleet_id, ZoneInfo(visit.fleet.time_zone)
    changes = await read_day_changes(
        visit.conn, fleet_id=fleet_id, zone=zone, from_at=times.from_at, to_at=times.to_at, vehicle_ids=vehicle_ids
    )
    rows = await farm_by_vehicle(
        visit.conn,
        fleet_id=fleet_id,
        bucket=size,
        from_at=times.from_at,
        to_at=times.to_at,
        vehicle_ids=vehicle_ids,
        changes=day_columns(changes),
    )
    return FarmStats(
        time_zone=visit.fleet.time_zone, bucket=size, items=[FarmStat.of(row) for row in rows], next_cursor=None
    )


def _cursor(row: Visit) -> str:
    return f"{(row.entered_at - _EPOCH) // timedelta(microseconds=1)}_{row.vehicle_id}_{row.place_id}"


def _after(cursor: str) -> tuple[datetime, int, int]:
    found = _CURSOR.fullmatch(cursor)
    if not found:
        raise invalid("query.cursor", "a cursor must be passed on as `next_cursor` gave it")
    return _EPOCH + timedelta(microseconds=int(found[1])), int(found[2]), int(found[3])
