"""`GET /v1/stats/fuel`."""

from typing import Annotated
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Query

from keitora.errors import KeitoraError
from keitora.fuel.buckets import parse_bucket
from keitora.fuel.model import Bucket, Grouping
from keitora.fuel.queries import fuel_by_vehicle
from keitora.fuel.sum_fleet import sum_fleet
from keitora.overlays.reading import day_columns, read_day_changes
from keitora_api import problems
from keitora_api.auth import ManagementVisit
from keitora_api.parameters import TimeRangeQuery, VehicleIdsQuery
from keitora_api.problems import invalid
from keitora_api.stats.schemas import FuelStat, FuelStats

router = APIRouter(prefix="/v1", tags=["statistics"])


@router.get(
    "/stats/fuel",
    summary="Fuel and distance by day, week or month",
    responses=problems.documented(problems.FORBIDDEN),
)
async def fuel(
    visit: ManagementVisit,
    times: TimeRangeQuery,
    vehicle_ids: VehicleIdsQuery,
    bucket: Annotated[
        str, Query(description="`day`, `week`, `month`, or an interval as Grafana writes it (`1h` → day, `1w`, `1M`)")
    ] = "day",
    group_by: Annotated[Grouping, Query(description="A row for each truck, or one for the whole fleet")] = "vehicle",
) -> FuelStats:
    """Return what was driven and used, in buckets of the fleet's local days. Managers and viewers may read it.

    A local day counts whole if [from, to) touches it; the first and the last bucket may therefore hold fewer days than
    the others. Days change length with daylight saving time, and the buckets with them. Trips that were merged, split
    or corrected by hand count as people see them.
    """
    size = _bucket(bucket)
    changes = await read_day_changes(
        visit.conn,
        fleet_id=visit.fleet.fleet_id,
        zone=ZoneInfo(visit.fleet.time_zone),
        from_at=times.from_at,
        to_at=times.to_at,
        vehicle_ids=vehicle_ids,
    )
    rows = await fuel_by_vehicle(
        visit.conn,
        fleet_id=visit.fleet.fleet_id,
        bucket=size,
        from_at=times.from_at,
        to_at=times.to_at,
        vehicle_ids=vehicle_ids,
        changes=day_columns(changes),
    )
    shown = sum_fleet(rows) if group_by == "fleet" else rows
    return FuelStats(
        time_zone=visit.fleet.time_zone, bucket=size, items=[FuelStat.of(row) for row in shown], next_cursor=None
    )


def _bucket(text: str) -> Bucket:
    try:
        return parse_bucket(text)
    except KeitoraError as error:
        raise invalid("query.bucket", str(error)) from error
