"""`GET /v1/days` and `GET /v1/driver-days`."""

import re
from datetime import date, timedelta
from typing import Annotated, Final
from zoneinfo import ZoneInfo

from fastapi import Query, Request

from keitora.days.queries import read_vehicle_days
from keitora.days.reading import driver_days
from keitora.overlays.reading import day_columns, read_day_changes
from keitora_api import problems
from keitora_api.auth import ManagementVisit
from keitora_api.days.schemas import DriverDayAnswer, DriverDayList, VehicleDayAnswer, VehicleDayList
from keitora_api.parameters import TimeRangeQuery, VehicleIdsQuery
from keitora_api.problems import invalid
from keitora_api.resources import resources_of
from keitora_api.routing import feature

router = feature("statistics")

_CURSOR: Final = re.compile(r"([0-9]{4}-[0-9]{2}-[0-9]{2})_([1-9][0-9]{0,8})")
_USUAL: Final = timedelta(days=31)
_LONGEST: Final = timedelta(days=400)
_FORBIDDEN: Final = problems.documented(problems.FORBIDDEN)


@router.get("/days", summary="Each truck's days", responses=_FORBIDDEN)
async def days(
    visit: ManagementVisit,
    times: TimeRangeQuery,
    vehicle_ids: VehicleIdsQuery,
    limit: Annotated[int, Query(ge=1, le=1000, description="Days in one answer at most")] = 100,
    cursor: Annotated[str | None, Query(description="`next_cursor` of the answer before")] = None,
) -> VehicleDayList:
    """Return the trucks' local days that [from, to) touches, newest first. Managers and viewers may read them.

    Trips that were merged, split or corrected by hand count as people see them.
    """
    fleet_id, zone = visit.fleet.fleet_id, ZoneInfo(visit.fleet.time_zone)
    changes = await read_day_changes(
        visit.conn, fleet_id=fleet_id, zone=zone, from_at=times.from_at, to_at=times.to_at, vehicle_ids=vehicle_ids
    )
    rows = await read_vehicle_days(
        visit.conn,
        fleet_id=fleet_id,
        from_at=times.from_at,
        to_at=times.to_at,
        vehicle_ids=vehicle_ids,
        changes=day_columns(changes),
        after=None if cursor is None else _after(cursor),
        limit=limit + 1,
    )
    shown = rows[:limit]
    more = f"{shown[-1].local_date}_{shown[-1].vehicle_id}" if len(rows) > limit else None
    return VehicleDayList(
        time_zone=visit.fleet.time_zone, items=[VehicleDayAnswer.of(row) for row in shown], next_cursor=more
    )


@router.get("/driver-days", summary="Each driver's days", responses=_FORBIDDEN)
async def days_by_driver(request: Request, visit: ManagementVisit, times: TimeRangeQuery) -> DriverDayList:
    """Return what each driver drove on the local days that [from, to) touches. Managers and viewers may read it.

    They add up to the trips as people see them. Without `to` until now, without `from` the 31 days before `to`;
    400 days at most.
    """
    to_at = times.to_at or resources_of(request).clock()
    from_at = times.from_at or to_at - _USUAL
    if not timedelta(0) <= to_at - from_at <= _LONGEST:
        raise invalid("query.from", f"`from` lies before `to`, by {_LONGEST.days} days at most")
    zone = ZoneInfo(visit.fleet.time_zone)
    first, last = from_at.astimezone(zone).date(), (to_at - timedelta(microseconds=1)).astimezone(zone).date()
    rows = await driver_days(
        visit.conn, fleet_id=visit.fleet.fleet_id, zone=zone, from_date=first, to_date=last + timedelta(days=1)
    )
    return DriverDayList(
        time_zone=visit.fleet.time_zone, items=[DriverDayAnswer.of(row) for row in rows], next_cursor=None
    )


def _after(cursor: str) -> tuple[date, int]:
    found = _CURSOR.fullmatch(cursor)
    try:
        if found:
            return date.fromisoformat(found[1]), int(found[2])
    except ValueError:
        pass
    raise invalid("query.cursor", "a cursor must be passed on as `next_cursor` gave it")
