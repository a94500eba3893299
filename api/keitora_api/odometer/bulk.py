"""`POST /v1/odometer/bulk`: what many instruments read."""

from typing import Final

from fastapi import Request

from keitora.errors import NotFoundError
from keitora.odometer.queries import create_reading
from keitora.vehicles.queries import read_vehicles
from keitora_api import problems
from keitora_api.auth import WritingVisit
from keitora_api.bulk import all_or_none
from keitora_api.odometer.routes import check_reading
from keitora_api.odometer.schemas import ReadingBulk, ReadingOfTruck, ReadingsKept
from keitora_api.resources import resources_of
from keitora_api.routing import feature

router = feature("vehicles")

_WRITING: Final = problems.documented(problems.FORBIDDEN)


@router.post("/odometer/bulk", summary="Enter what many instruments read", status_code=201, responses=_WRITING)
async def enter_many(request: Request, visit: WritingVisit, body: ReadingBulk) -> ReadingsKept:
    """Keep up to 1000 readings, or none of them if one is wrong: `errors` names every row that is. Managers may.

    The same readings again add nothing.
    """
    fleet_id, now = visit.fleet.fleet_id, resources_of(request).clock()
    trucks = {truck.vehicle_id for truck in await read_vehicles(visit.conn, fleet_id=fleet_id)}

    async def keep(row: ReadingOfTruck) -> bool:
        check_reading(row, now)
        if row.vehicle_id not in trucks:
            raise NotFoundError(f"there is no truck {row.vehicle_id}")
        return await create_reading(
            visit.conn,
            fleet_id=fleet_id,
            vehicle_id=row.vehicle_id,
            read_at=row.read_at,
            odometer_km=row.odometer_km,
            engine_hours_h=row.engine_hours_h,
            source=row.source,
            by=visit.author,
        )

    kept = await all_or_none(visit, body.items, keep)
    told = ReadingsKept(kept_count=len(kept), new_count=sum(kept))
    visit.change.tell(after=told.model_dump())
    return told
