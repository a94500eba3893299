"""`GET /v1/devices` and `GET /v1/quality`."""

from datetime import datetime
from typing import Annotated

from fastapi import Query, Request

from keitora.quality.reading import DeviceQuality, read_devices
from keitora_api import problems
from keitora_api.auth import FleetVisit, ManagementVisit, Visit
from keitora_api.quality.schemas import DeviceAnswer, DeviceList, QualityAnswer, QualityList
from keitora_api.resources import resources_of
from keitora_api.routing import feature

router = feature("quality")

Limit = Annotated[int, Query(ge=1, le=1000, description="Devices in one answer at most")]
Cursor = Annotated[
    str | None, Query(pattern="^[0-9]{1,9}$", description="`next_cursor` of the answer before", examples=["4"])
]


@router.get("/devices", summary="The fleet's loggers and phones")
async def devices(request: Request, visit: FleetVisit, limit: Limit = 100, cursor: Cursor = None) -> DeviceList:
    """Return the devices, the truck each is on now, and whether they are heard. Every role may read them."""
    now = resources_of(request).clock()
    rows, more = await _page(visit, now, limit, cursor)
    return DeviceList(items=[DeviceAnswer.of(row, now) for row in rows], next_cursor=more)


@router.get("/quality", summary="How well the devices deliver", responses=problems.documented(problems.FORBIDDEN))
async def quality(request: Request, visit: ManagementVisit, limit: Limit = 100, cursor: Cursor = None) -> QualityList:
    """Return gaps, late and repeated rows, clock errors, refused values and what could not be read, by device.

    Counts are of the last seven days of arrival. Managers and viewers may read them.
    """
    now = resources_of(request).clock()
    rows, more = await _page(visit, now, limit, cursor)
    return QualityList(items=[QualityAnswer.of(row, now) for row in rows], next_cursor=more)


async def _page(visit: Visit, now: datetime, limit: int, cursor: str | None) -> tuple[list[DeviceQuality], str | None]:
    rows = await read_devices(
        visit.conn,
        fleet_id=visit.fleet.fleet_id,
        now=now,
        limit=limit + 1,
        after=None if cursor is None else int(cursor),
    )
    return rows[:limit], str(rows[limit - 1].device_id) if len(rows) > limit else None
