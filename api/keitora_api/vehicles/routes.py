"""`/v1/vehicles`: the fleet's trucks, and changing one. How one joins the fleet: `onboarding`."""

from dataclasses import asdict, replace
from typing import Annotated, Any, Final

from fastapi import Path, Query

from keitora.catalogue.find import chassis_code
from keitora.errors import KeitoraError, NotFoundError
from keitora.vehicles.model import Vehicle
from keitora.vehicles.queries import change_vehicle, find_known_vehicle, read_vehicles
from keitora_api import problems
from keitora_api.auth import FleetVisit, WritingVisit
from keitora_api.problems import ProblemError
from keitora_api.routing import feature
from keitora_api.vehicles.entries import VehicleChange
from keitora_api.vehicles.schemas import VehicleAnswer, VehicleList

router = feature("vehicles")

VehicleId = Annotated[int, Path(ge=1, le=2**31 - 1, description="The truck's number", examples=[7])]
_ONE: Final = problems.documented(problems.NOT_FOUND)
_CHANGING: Final = problems.documented(problems.FORBIDDEN, problems.CONFLICT)


@router.get("/vehicles", summary="The fleet's trucks")
async def vehicles(
    visit: FleetVisit,
    *,
    archived: Annotated[bool, Query(description="Those that are put away, instead of those in service")] = False,
) -> VehicleList:
    """Return the trucks in service, by name. Every role may read them."""
    trucks = await read_vehicles(visit.conn, fleet_id=visit.fleet.fleet_id, archived=archived)
    return VehicleList(
        time_zone=visit.fleet.time_zone, items=[VehicleAnswer.of(truck) for truck in trucks], next_cursor=None
    )


@router.get("/vehicles/{vehicle_id}", summary="One truck", responses=_ONE)
async def vehicle(visit: FleetVisit, vehicle_id: VehicleId) -> VehicleAnswer:
    """Return one truck, in service or put away. Every role may read it."""
    return VehicleAnswer.of(await find_known_vehicle(visit.conn, fleet_id=visit.fleet.fleet_id, vehicle_id=vehicle_id))


@router.patch("/vehicles/{vehicle_id}", summary="Change a truck", responses=_ONE | _CHANGING)
async def change(visit: WritingVisit, vehicle_id: VehicleId, body: VehicleChange) -> VehicleAnswer:
    """Set what is said of a truck; the rest stays, and null takes a value back. Managers may.

    With another engine, weight or kind of energy all its litres are made anew, which takes a while. One that is put
    away is in no list any more and keeps all it did; its name stays taken.
    """
    fleet_id = visit.fleet.fleet_id
    before = await find_known_vehicle(visit.conn, fleet_id=fleet_id, vehicle_id=vehicle_id, is_to_change=True)
    said = body.said()
    is_archived = body.archived if "archived" in said else before.archived_at is not None
    try:
        after = await change_vehicle(visit.conn, truck=_changed(before, said), archived=is_archived)
    except NotFoundError:
        raise
    except KeitoraError as error:
        raise ProblemError(problems.CONFLICT, str(error)) from error
    was, became = _as_told(before), _as_told(after)
    visit.change.tell(
        object=f"vehicle {vehicle_id}",
        before={name: was[name] for name in said},
        after={name: became[name] for name in said},
    )
    return VehicleAnswer.of(after)


def _changed(before: Vehicle, said: dict[str, Any]) -> Vehicle:
    values = {name: value for name, value in said.items() if name != "archived"}
    if "name" in values:
        values["name"] = str(values["name"]).strip()
    if values.get("chassis_code") is not None:
        values["chassis_code"] = chassis_code(str(values["chassis_code"]).strip()) or None
    return replace(before, **values)


def _as_told(truck: Vehicle) -> dict[str, Any]:
    built_on = None if truck.built_on is None else truck.built_on.isoformat()
    return {**asdict(truck), "built_on": built_on, "archived": truck.archived_at is not None}
