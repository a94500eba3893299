"""`/v1/fill-ups`: read them with what is odd about them, enter one, say that it is right, take one back."""

from typing import Annotated, Final

from fastapi import Path, Response

from keitora.errors import NotFoundError
from keitora.fillups.model import FillUp, QuestionKind
from keitora.fillups.queries import add_fill_up, confirm_fill_up, list_fill_ups, withdraw_fill_up
from keitora_api import problems
from keitora_api.auth import FleetVisit, Visit, WritingVisit
from keitora_api.fillups.asked import asked_of
from keitora_api.fillups.schemas import FillUpAnswer, FillUpEntry, FillUpList
from keitora_api.paging import MOST_ROWS, Cursor, Limit, TimeKey, page
from keitora_api.parameters import TimeRangeQuery, VehicleIdsQuery
from keitora_api.routing import feature

router = feature("fill-ups")

FillUpId = Annotated[int, Path(ge=1, le=2**31 - 1, description="The fill-up's number", examples=[41])]
Kind = Annotated[QuestionKind, Path(description="Which question, as told", examples=["volume"])]
_WRITING: Final = problems.documented(problems.NOT_FOUND, problems.FORBIDDEN)


@router.get("/fill-ups", summary="Fill-ups, by time")
async def fill_ups(
    visit: FleetVisit,
    times: TimeRangeQuery,
    vehicle_ids: VehicleIdsQuery,
    limit: Limit = MOST_ROWS,
    cursor: Cursor = None,
) -> FillUpList:
    """Return the fill-ups within [from, to), oldest first, with what looks mistyped; to a driver those he has typed."""
    rows = await list_fill_ups(visit.conn, fleet_id=visit.fleet.fleet_id)
    asked = await asked_of(visit, rows)
    shown = [
        row
        for row in rows
        if visit.sees_entry_by(row.entered_by)
        and (vehicle_ids is None or row.vehicle_id in vehicle_ids)
        and (times.from_at is None or row.filled_at >= times.from_at)
        and (times.to_at is None or row.filled_at < times.to_at)
    ]
    told, more = page(shown, lambda row: TimeKey(row.filled_at, row.fill_up_id), cursor=cursor, limit=limit)
    items = [FillUpAnswer.of(row, asked.get(row.fill_up_id)) for row in told]
    return FillUpList(time_zone=visit.fleet.time_zone, items=items, next_cursor=more)


@router.post("/fill-ups", summary="Enter a fill-up", status_code=201, responses=_WRITING)
async def enter(visit: WritingVisit, entry: FillUpEntry) -> FillUpAnswer:
    """Enter a fill-up. A manager and a driver may; an `Idempotency-Key` keeps a repeated one from counting twice."""
    made = await add_fill_up(
        visit.conn,
        fleet_id=visit.fleet.fleet_id,
        vehicle_id=entry.vehicle_id,
        new=entry.new(visit.fleet.currency),
        by=visit.author,
        idempotency_key=visit.idempotency_key,
    )
    if made is None:
        raise NotFoundError(f"there is no truck {entry.vehicle_id}")
    return await _told(visit, made)


@router.post("/fill-ups/{fill_up_id}/confirm/{kind}", summary="Say that an odd entry is right", responses=_WRITING)
async def confirm(visit: WritingVisit, fill_up_id: FillUpId, kind: Kind) -> FillUpAnswer:
    """Answer a question with: it is right as it is. It is not asked again, and its tank counts."""
    await _check_own(visit, fill_up_id)
    found = await confirm_fill_up(visit.conn, fleet_id=visit.fleet.fleet_id, fill_up_id=fill_up_id, kind=kind)
    if found is None:
        raise NotFoundError(f"there is no fill-up {fill_up_id}")
    return await _told(visit, found)


@router.delete("/fill-ups/{fill_up_id}", summary="Take a fill-up back", status_code=204, responses=_WRITING)
async def take_back(visit: WritingVisit, fill_up_id: FillUpId) -> Response:
    """Take a fill-up back, to enter it anew or not at all. It stays on record with who took it back."""
    fleet_id = visit.fleet.fleet_id
    await _check_own(visit, fill_up_id)
    if not await withdraw_fill_up(visit.conn, fleet_id=fleet_id, fill_up_id=fill_up_id, by=visit.author):
        raise NotFoundError(f"there is no fill-up {fill_up_id}")
    return Response(status_code=204)


async def _check_own(visit: Visit, fill_up_id: int) -> None:
    """Raise NotFoundError unless who asks may see the entry."""
    if visit.holder.role != "driver":
        return
    rows = await list_fill_ups(visit.conn, fleet_id=visit.fleet.fleet_id)
    if not any(row.fill_up_id == fill_up_id and visit.sees_entry_by(row.entered_by) for row in rows):
        raise NotFoundError(f"there is no fill-up {fill_up_id}")


async def _told(visit: Visit, fill: FillUp) -> FillUpAnswer:
    rows = await list_fill_ups(visit.conn, fleet_id=visit.fleet.fleet_id, vehicle_id=fill.vehicle_id)
    return FillUpAnswer.of(fill, (await asked_of(visit, rows)).get(fill.fill_up_id))
