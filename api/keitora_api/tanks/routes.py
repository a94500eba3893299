"""`GET /v1/tank-events` and `GET /v1/fuel-balance`."""

from datetime import timedelta
from typing import Final
from zoneinfo import ZoneInfo

from fastapi import Request

from keitora.fillups.queries import page_tank_events, read_balances
from keitora_api import problems
from keitora_api.auth import ManagementVisit
from keitora_api.paging import MOST_ROWS, Cursor, Limit, TimeKey, after, cut
from keitora_api.parameters import TimeRangeQuery, VehicleIdsQuery
from keitora_api.resources import resources_of
from keitora_api.routing import feature
from keitora_api.tanks.schemas import BalanceAnswer, BalanceList, TankEventAnswer, TankEventList

router = feature("fill-ups")

_FORBIDDEN: Final = problems.documented(problems.FORBIDDEN)
_USUAL: Final = timedelta(days=31)


@router.get("/tank-events", summary="Refuels and losses by the tank's level", responses=_FORBIDDEN)
async def tank_events(
    visit: ManagementVisit,
    times: TimeRangeQuery,
    vehicle_ids: VehicleIdsQuery,
    limit: Limit = MOST_ROWS,
    cursor: Cursor = None,
) -> TankEventList:
    """Return what came into tanks, and went without being driven, within [from, to), oldest first.

    Only of trucks that tell their level and whose tank's litres are known. Managers and viewers may read it.
    """
    found = await page_tank_events(
        visit.conn,
        fleet_id=visit.fleet.fleet_id,
        vehicle_ids=vehicle_ids,
        from_at=times.from_at,
        to_at=times.to_at,
        after=after(cursor),
        limit=limit + 1,
    )
    shown, more = cut(found, lambda one: TimeKey(one.from_at, one.vehicle_id), limit=limit)
    return TankEventList(
        time_zone=visit.fleet.time_zone, items=[TankEventAnswer.of(one) for one in shown], next_cursor=more
    )


@router.get("/fuel-balance", summary="Whether litres used, filled and left add up", responses=_FORBIDDEN)
async def fuel_balance(
    request: Request, visit: ManagementVisit, times: TimeRangeQuery, vehicle_ids: VehicleIdsQuery
) -> BalanceList:
    """Return for each truck that burns fuel: used + change of level against filled.

    It is over the local days that [from, to) touches; without `to` until now, without `from` the 31 days before `to`.
    Without a level, full tanks at both ends make the change small. Managers and viewers may read it.
    """
    zone = ZoneInfo(visit.fleet.time_zone)
    to_at = times.to_at or resources_of(request).clock()
    from_at = times.from_at or to_at - _USUAL
    first = from_at.astimezone(zone).date()
    last = (to_at - timedelta(microseconds=1)).astimezone(zone).date() + timedelta(days=1)
    rows = await read_balances(
        visit.conn, fleet_id=visit.fleet.fleet_id, vehicle_ids=vehicle_ids, from_date=first, to_date=max(first, last)
    )
    return BalanceList(
        time_zone=visit.fleet.time_zone,
        from_local_date=first,
        to_local_date=max(first, last),
        items=[BalanceAnswer.of(row) for row in rows],
        next_cursor=None,
    )
