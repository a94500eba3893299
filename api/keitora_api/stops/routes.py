"""`GET /v1/stops` and `GET /v1/idling`."""

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated

from fastapi import Query

from keitora.errors import KeitoraError
from keitora.places.queries import Label, read_labels
from keitora.stops.model import Standing
from keitora.stops.queries import What, list_standing
from keitora.trips.ids import cursor_after, parse_cursor
from keitora.trips.model import TripKey
from keitora_api.auth import FleetVisit, Visit
from keitora_api.parameters import TimeRange, TimeRangeQuery, VehicleIdsQuery
from keitora_api.problems import invalid
from keitora_api.routing import feature
from keitora_api.stops.schemas import IdlingAnswer, IdlingList, StopAnswer, StopList

router = feature("trips")

Limit = Annotated[int, Query(ge=1, le=1000, description="Rows in one answer at most")]
Cursor = Annotated[str | None, Query(description="`next_cursor` of the answer before")]


@router.get("/stops", summary="Stops between trips")
async def stops(
    visit: FleetVisit, times: TimeRangeQuery, vehicle_ids: VehicleIdsQuery, limit: Limit = 100, cursor: Cursor = None
) -> StopList:
    """Return the stops that touch [from, to), newest first, with the named places. Every role may read them."""
    rows, labels, more = await _page(visit, "stop", times, vehicle_ids, limit=limit, cursor=cursor)
    return StopList(
        time_zone=visit.fleet.time_zone, items=[StopAnswer.of(row, labels) for row in rows], next_cursor=more
    )


@router.get("/idling", summary="The engine running while a truck stood")
async def idling(
    visit: FleetVisit, times: TimeRangeQuery, vehicle_ids: VehicleIdsQuery, limit: Limit = 100, cursor: Cursor = None
) -> IdlingList:
    """Return the idlings that touch [from, to), newest first, with the named places. Every role may read them."""
    rows, labels, more = await _page(visit, "idling", times, vehicle_ids, limit=limit, cursor=cursor)
    return IdlingList(
        time_zone=visit.fleet.time_zone, items=[IdlingAnswer.of(row, labels) for row in rows], next_cursor=more
    )


async def _page(
    visit: Visit, what: What, times: TimeRange, vehicle_ids: tuple[int, ...] | None, *, limit: int, cursor: str | None
) -> tuple[list[Standing], Mapping[tuple[int, datetime], Label], str | None]:
    try:
        after = None if cursor is None else parse_cursor(cursor)
    except KeitoraError as error:
        raise invalid("query.cursor", str(error)) from error
    fleet_id = visit.fleet.fleet_id
    rows = await list_standing(
        visit.conn,
        fleet_id=fleet_id,
        what=what,
        from_at=times.from_at,
        to_at=times.to_at,
        vehicle_ids=vehicle_ids,
        after=after,
        limit=limit + 1,
    )
    shown = rows[:limit]
    moments = [(row.vehicle_id, row.started_at) for row in shown]
    labels = await read_labels(visit.conn, fleet_id=fleet_id, moments=moments) if moments else {}
    more = cursor_after(TripKey(shown[-1].vehicle_id, shown[-1].started_at)) if len(rows) > limit else None
    return shown, labels, more
