"""`/v1/fill-ups`: read them with what is odd about them, enter one, say that it is right, take one back."""

from typing import Annotated, Final

from fastapi import Path, Response

from keitora.errors import NotFoundError
from keitora.fillups.model import FillUp, QuestionKind
from keitora.fillups.queries import add_fill_up, confirm_fill_up, find_fill_up, page_fill_ups, withdraw_fill_up
from keitora_api import problems
from keitora_api.auth import FleetVisit, Visit, WritingVisit
from keitora_api.fillups.asked import asked_of
from keitora_api.fillups.schemas import FillUpAnswer, FillUpEntry, FillUpList
from keitora_api.paging import MOST_ROWS, Cursor, Limit, TimeKey, after, cut
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
    rows = await page_fill_ups(
        visit.conn,
        fleet_id=visit.fleet.fleet_id,
        vehicle_ids=vehicle_ids,
        from_at=times.from_at,
        to_at=times.to_at,
        entered_by=visit.shown_author,
        after=after(cursor),
        limit=limit + 1,
    )
    told, more = cut(rows, lambda row: TimeKey(row.filled_at, row.fill_up_id), limit=limit)
    asked = await asked_of(visit, {row.vehicle_id for row in told})
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
    if visit.shown_author is None:
        return
    found = await find_fill_up(visit.conn, fleet_id=visit.fleet.fleet_id, fill_up_id=fill_up_id)
    if found is None or found.entered_by != visit.shown_author:
        raise NotFoundError(f"there is no fill-up {fill_up_id}")


async def _told(visit: Visit, fill: FillUp) -> FillUpAnswer:
    return FillUpAnswer.of(fill, (await asked_of(visit, {fill.vehicle_id})).get(fill.fill_up_id))
