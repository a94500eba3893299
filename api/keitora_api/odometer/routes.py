"""`/v1/vehicles/{vehicle_id}/odometer`: what it shows, and readings that anchor it."""

from datetime import datetime
from typing import Annotated, Final

from fastapi import Path, Query, Request

from keitora.errors import NotFoundError
from keitora.odometer.queries import create_reading, read_own
from keitora.vehicles.model import Vehicle
from keitora.vehicles.queries import read_vehicles
from keitora_api import problems
from keitora_api.auth import FleetVisit, ManagerVisit, Visit
from keitora_api.odometer.schemas import OdometerAnswer, ReadingBody
from keitora_api.parameters import Instant
from keitora_api.problems import invalid
from keitora_api.resources import resources_of
from keitora_api.routing import feature
from keitora_api.schemas import VehicleRef

router = feature("vehicles")

VehicleId = Annotated[int, Path(ge=1, le=2**31 - 1, description="The truck's number", examples=[7])]
_ONE: Final = problems.documented(problems.NOT_FOUND)
_WRITING: Final = problems.documented(problems.FORBIDDEN, problems.NOT_FOUND)


@router.get("/vehicles/{vehicle_id}/odometer", summary="A truck's own odometer and engine hours", responses=_ONE)
async def odometer(
    request: Request,
    visit: FleetVisit,
    vehicle_id: VehicleId,
    at: Annotated[Instant | None, Query(description="At which moment; nothing for now")] = None,
) -> OdometerAnswer:
    """Return what a truck's own odometer and engine hours show. Every role may read them."""
    truck = await _found(visit, vehicle_id)
    return await _told(visit, truck, at or resources_of(request).clock())


@router.post(
    "/vehicles/{vehicle_id}/odometer", summary="Enter what the instruments read", status_code=201, responses=_WRITING
)
async def enter(request: Request, visit: ManagerVisit, vehicle_id: VehicleId, body: ReadingBody) -> OdometerAnswer:
    """Keep a reading, and return what odometer and engine hours show at its moment. Managers may; again adds nothing.

    A reading that contradicts the others is kept but not gone by: then what is shown differs from what was entered.
    """
    check_reading(body, resources_of(request).clock())
    truck = await _found(visit, vehicle_id)
    await create_reading(
        visit.conn,
        fleet_id=visit.fleet.fleet_id,
        vehicle_id=vehicle_id,
        read_at=body.read_at,
        odometer_km=body.odometer_km,
        engine_hours_h=body.engine_hours_h,
        source=body.source,
        by=visit.author,
    )
    return await _told(visit, truck, body.read_at)


def check_reading(body: ReadingBody, now: datetime) -> None:
    """Raise a 422 problem for a reading of nothing, or of what is to come."""
    if body.odometer_km is None and body.engine_hours_h is None:
        raise invalid("body", "say what the odometer or the hour meter read")
    if body.read_at > now:
        raise invalid("body.read_at", "a reading lies in the past")


async def _found(visit: Visit, vehicle_id: int) -> Vehicle:
    for truck in await read_vehicles(visit.conn, fleet_id=visit.fleet.fleet_id):
        if truck.vehicle_id == vehicle_id:
            return truck
    raise NotFoundError(f"there is no truck {vehicle_id}")


async def _told(visit: Visit, truck: Vehicle, at: datetime) -> OdometerAnswer:
    fleet_id, vehicle_id = visit.fleet.fleet_id, truck.vehicle_id
    road, _ = await read_own(visit.conn, fleet_id=fleet_id, vehicle_id=vehicle_id, instrument="odometer", at=at)
    hours, _ = await read_own(visit.conn, fleet_id=fleet_id, vehicle_id=vehicle_id, instrument="engine_hours", at=at)
    return OdometerAnswer(
        vehicle=VehicleRef(id=vehicle_id, name=truck.name),
        at=at,
        odometer_km=round(road.value, 1),
        odometer_anchored_at=road.anchored_at,
        engine_hours_h=round(hours.value, 1),
        engine_hours_anchored_at=hours.anchored_at,
    )
