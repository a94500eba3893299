"""`GET /v1/stats` and `GET /v1/stats/fuel`."""

from datetime import date, datetime, timedelta
from itertools import islice
from typing import Annotated, Final, Literal
from zoneinfo import ZoneInfo

from fastapi import Query, Request

from keitora.errors import KeitoraError
from keitora.fuel.buckets import parse_bucket
from keitora.fuel.model import Bucket
from keitora.stats import buckets
from keitora.stats.model import Bucket as StatBucket
from keitora.stats.model import GroupBy, StatFilter
from keitora.stats.queries import first_day
from keitora.stats.reading import StatQuestion, basis_of, read_stats
from keitora_api import problems
from keitora_api.auth import ManagementVisit, Visit
from keitora_api.parameters import (
    DriverIdsQuery,
    PlaceIdsQuery,
    PurposesQuery,
    TimeRange,
    TimeRangeQuery,
    VehicleIdsQuery,
)
from keitora_api.problems import invalid
from keitora_api.resources import resources_of
from keitora_api.routing import feature
from keitora_api.stats.bucket_schemas import StatAnswer, StatList
from keitora_api.stats.schemas import FuelStat, FuelStats

router = feature("statistics")

_MICROSECOND: Final = timedelta(microseconds=1)


@router.get(
    "/stats",
    summary="Driving and fuel by day, week, month, year, and by truck, driver, purpose or place",
    responses=problems.documented(problems.FORBIDDEN),
)
async def stats(
    *,
    request: Request,
    visit: ManagementVisit,
    times: TimeRangeQuery,
    vehicle_ids: VehicleIdsQuery,
    driver_ids: DriverIdsQuery,
    purposes: PurposesQuery,
    place_ids: PlaceIdsQuery,
    bucket: Annotated[
        str,
        Query(
            description="`day`, `week`, `month`, `year` or `total`, or an interval as Grafana writes it (`1h` → day, "
            "`1w`, `1M`, `1y`)",
            examples=["month"],
        ),
    ] = "month",
    group_by: Annotated[GroupBy, Query(description="What each bucket is divided by")] = "none",
    compare: Annotated[
        Literal["previous"] | None, Query(description="`previous`: tell also the same days of the bucket before")
    ] = None,
    limit: Annotated[int, Query(ge=1, le=1000, description="Buckets in one answer at most")] = 400,
    cursor: Annotated[str | None, Query(description="`next_cursor` of the answer before")] = None,
) -> StatList:
    """Return what was driven and used, in buckets of the fleet's local days. Managers and viewers may read it.

    A local day counts whole if [from, to) touches it; without `from` all there is counts, without `to` until today.
    Trips count as people see them: merged, split, corrected, described. Trucks' days hold also what was used standing
    between trips; where `driver` or `purpose` decide, or for places, only what can be told apart is counted: see
    `basis`. Places may lie inside one another and do not add up.
    """
    size = _any_bucket(bucket)
    which = StatFilter(
        vehicle_ids=vehicle_ids,
        driver_ids=driver_ids,
        purposes=purposes,
        place_ids=place_ids,
    )
    _check(group_by, which)
    zone = ZoneInfo(visit.fleet.time_zone)
    first, last = await _days(visit, times, zone, resources_of(request).clock())
    found = list(islice(buckets.spans(size, _going_on(cursor, first), last), limit + 1))
    told = await read_stats(
        visit.conn,
        StatQuestion(fleet_id=visit.fleet.fleet_id, zone=zone, group_by=group_by, which=which),
        spans=found[:limit],
        bucket=size,
        compare=compare == "previous",
    )
    return StatList(
        time_zone=visit.fleet.time_zone,
        bucket=size,
        group_by=group_by,
        basis=basis_of(group_by, which),
        items=[StatAnswer.of(one, group_by, zone) for one in told],
        next_cursor=found[limit].from_date.isoformat() if len(found) > limit else None,
    )


async def _days(visit: Visit, times: TimeRange, zone: ZoneInfo, now: datetime) -> tuple[date, date]:
    """Return the local days [first, last) that a time touches, with nothing before there was anything, or to come."""
    known = await first_day(visit.conn, fleet_id=visit.fleet.fleet_id)
    today = now.astimezone(zone).date()
    begins = known or today
    if times.from_at is not None:
        begins = max(begins, times.from_at.astimezone(zone).date())
    ends = today
    if times.to_at is not None:
        ends = min(ends, (times.to_at - _MICROSECOND).astimezone(zone).date())
    return begins, ends + timedelta(days=1)


def _check(group_by: GroupBy, which: StatFilter) -> None:
    if group_by == "place" and which.is_of_trips:
        raise invalid("query.group_by", "places are told by visits, which have no driver and no purpose")
    if group_by != "place" and which.place_ids is not None:
        raise invalid("query.place", "`place` goes with `group_by=place`")


def _going_on(cursor: str | None, first: date) -> date:
    try:
        return first if cursor is None else max(first, date.fromisoformat(cursor))
    except ValueError as error:
        raise invalid("query.cursor", "a cursor must be passed on as `next_cursor` gave it") from error


def _any_bucket(text: str) -> StatBucket:
    try:
        return buckets.parse_bucket(text)
    except KeitoraError as error:
        raise invalid("query.bucket", str(error)) from error


@router.get(
    "/stats/fuel",
    summary="Fuel and distance by day, week or month",
    responses=problems.documented(problems.FORBIDDEN),
)
async def fuel(
    *,
    request: Request,
    visit: ManagementVisit,
    times: TimeRangeQuery,
    vehicle_ids: VehicleIdsQuery,
    bucket: Annotated[
        str, Query(description="`day`, `week`, `month`, or an interval as Grafana writes it (`1h` → day, `1w`, `1M`)")
    ] = "day",
    group_by: Annotated[
        Literal["vehicle", "fleet"], Query(description="A row for each truck, or one for the whole fleet")
    ] = "vehicle",
) -> FuelStats:
    """Return what was driven and used, in buckets of the fleet's local days. Managers and viewers may read it.

    A local day counts whole if [from, to) touches it; the first and the last bucket may therefore hold fewer days than
    the others. Days change length with daylight saving time, and the buckets with them. Trips that were merged, split
    or corrected by hand count as people see them.
    """
    size = _bucket(bucket)
    zone = ZoneInfo(visit.fleet.time_zone)
    first, last = await _days(visit, times, zone, resources_of(request).clock())
    told = await read_stats(
        visit.conn,
        StatQuestion(
            fleet_id=visit.fleet.fleet_id,
            zone=zone,
            group_by="none" if group_by == "fleet" else "vehicle",
            which=StatFilter(vehicle_ids=vehicle_ids),
        ),
        spans=list(buckets.spans(size, first, last)),
        bucket=size,
        compare=False,
    )
    return FuelStats(
        time_zone=visit.fleet.time_zone,
        bucket=size,
        items=[FuelStat.of(one.span, one.row, zone) for one in told],
        next_cursor=None,
    )


def _bucket(text: str) -> Bucket:
    try:
        return parse_bucket(text)
    except KeitoraError as error:
        raise invalid("query.bucket", str(error)) from error
