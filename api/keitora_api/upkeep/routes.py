"""`/v1/upkeep`: what is due, what comes round, what was done."""

from datetime import date
from typing import Annotated, Final
from zoneinfo import ZoneInfo

from fastapi import Path, Query, Request, Response

from keitora.errors import NotFoundError
from keitora.upkeep.due import due
from keitora.upkeep.model import UpkeepState, UpkeepTask
from keitora.upkeep.queries import (
    add_done,
    change_task,
    create_task,
    list_done,
    read_tasks,
    remove_task,
    withdraw_done,
)
from keitora_api import problems
from keitora_api.auth import FleetVisit, ManagerVisit, Visit
from keitora_api.parameters import VehicleIdsQuery
from keitora_api.resources import resources_of
from keitora_api.routing import feature
from keitora_api.upkeep.schemas import DoneAnswer, DoneBody, DoneList, UpkeepAnswer, UpkeepBody, UpkeepList

router = feature("upkeep")

TaskId = Annotated[int, Path(ge=1, le=2**31 - 1, description="The task's number", examples=[3])]
DoneId = Annotated[int, Path(ge=1, le=2**31 - 1, description="The entry's number", examples=[12])]
_ONE: Final = problems.documented(problems.NOT_FOUND)
_WRITING: Final = problems.documented(problems.FORBIDDEN, problems.NOT_FOUND)


@router.get("/upkeep", summary="What is due on the trucks, and when")
async def upkeep(
    request: Request,
    visit: FleetVisit,
    vehicle_ids: VehicleIdsQuery,
    state: Annotated[list[UpkeepState] | None, Query(description="Only in these states")] = None,
) -> UpkeepList:
    """Return the upkeep of the trucks in service, what is due first first. Every role may read it.

    Kilometres and engine hours are counted from the trucks' days since the task was done last.
    """
    today = _today(request, visit)
    found = [
        UpkeepAnswer.of(task, due(task, today))
        for task in await read_tasks(visit.conn, fleet_id=visit.fleet.fleet_id, today=today, vehicle_ids=vehicle_ids)
    ]
    shown = [one for one in found if state is None or one.state in state]
    shown.sort(key=lambda one: (one.due_on or date.max, one.id))
    return UpkeepList(time_zone=visit.fleet.time_zone, items=shown, next_cursor=None)


@router.post("/upkeep", summary="Say what comes round", status_code=201, responses=_WRITING)
async def enter(request: Request, visit: ManagerVisit, body: UpkeepBody) -> UpkeepAnswer:
    """Keep work that comes round on a truck: an inspection, an oil change. Managers may."""
    today = _today(request, visit)
    made = await create_task(visit.conn, fleet_id=visit.fleet.fleet_id, draft=body.draft(today), by=visit.author)
    if made is None:
        raise NotFoundError(f"there is no truck {body.vehicle_id}")
    return await _told(visit, made, today)


@router.put("/upkeep/{upkeep_id}", summary="Change what comes round", responses=_WRITING)
async def change(request: Request, visit: ManagerVisit, upkeep_id: TaskId, body: UpkeepBody) -> UpkeepAnswer:
    """Change a task of the same truck; what is left out is taken away. Managers may."""
    today = _today(request, visit)
    known = await _found(visit, upkeep_id, today)
    draft = body.draft(known.counts_from)
    if not await change_task(
        visit.conn, fleet_id=visit.fleet.fleet_id, upkeep_task_id=upkeep_id, draft=draft, by=visit.author
    ):
        raise NotFoundError(f"truck {body.vehicle_id} has no upkeep {upkeep_id}")
    return await _told(visit, upkeep_id, today)


@router.delete("/upkeep/{upkeep_id}", summary="Take a task off the list", status_code=204, responses=_WRITING)
async def remove(visit: ManagerVisit, upkeep_id: TaskId) -> Response:
    """Take a task off the list. When it was done stays on record. Managers may."""
    if not await remove_task(visit.conn, fleet_id=visit.fleet.fleet_id, upkeep_task_id=upkeep_id, by=visit.author):
        raise NotFoundError(f"there is no upkeep {upkeep_id}")
    return Response(status_code=204)


@router.get("/upkeep/{upkeep_id}/done", summary="When a task was done", responses=_ONE)
async def done(request: Request, visit: FleetVisit, upkeep_id: TaskId) -> DoneList:
    """Return when a task was done, newest first. Every role may read it."""
    await _found(visit, upkeep_id, _today(request, visit))
    rows = await list_done(visit.conn, fleet_id=visit.fleet.fleet_id, upkeep_task_id=upkeep_id)
    return DoneList(items=[DoneAnswer.of(row) for row in rows], next_cursor=None)


@router.post("/upkeep/{upkeep_id}/done", summary="Say that a task was done", status_code=201, responses=_WRITING)
async def enter_done(visit: ManagerVisit, upkeep_id: TaskId, body: DoneBody) -> DoneAnswer:
    """Keep that a task was done; its intervals count from then on. Managers may."""
    made = await add_done(
        visit.conn,
        fleet_id=visit.fleet.fleet_id,
        upkeep_task_id=upkeep_id,
        draft=body.draft(visit.fleet.currency),
        by=visit.author,
    )
    if made is None:
        raise NotFoundError(f"there is no upkeep {upkeep_id}")
    return DoneAnswer.of(made)


@router.delete(
    "/upkeep/{upkeep_id}/done/{done_id}", summary="Take back that a task was done", status_code=204, responses=_WRITING
)
async def take_back(visit: ManagerVisit, upkeep_id: TaskId, done_id: DoneId) -> Response:
    """Take back that a task was done. It stays on record with who took it back. Managers may."""
    if not await withdraw_done(
        visit.conn,
        fleet_id=visit.fleet.fleet_id,
        upkeep_task_id=upkeep_id,
        upkeep_done_id=done_id,
        by=visit.author,
    ):
        raise NotFoundError(f"upkeep {upkeep_id} has no entry {done_id}")
    return Response(status_code=204)


def _today(request: Request, visit: Visit) -> date:
    return resources_of(request).clock().astimezone(ZoneInfo(visit.fleet.time_zone)).date()


async def _found(visit: Visit, upkeep_id: int, today: date) -> UpkeepTask:
    found = await read_tasks(visit.conn, fleet_id=visit.fleet.fleet_id, today=today, upkeep_task_id=upkeep_id)
    if not found:
        raise NotFoundError(f"there is no upkeep {upkeep_id}")
    return found[0]


async def _told(visit: Visit, upkeep_id: int, today: date) -> UpkeepAnswer:
    task = await _found(visit, upkeep_id, today)
    return UpkeepAnswer.of(task, due(task, today))
