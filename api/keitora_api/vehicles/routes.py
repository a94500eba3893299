"""`GET /v1/vehicles`."""

from keitora.vehicles.queries import read_vehicles
from keitora_api.auth import FleetVisit
from keitora_api.routing import feature
from keitora_api.vehicles.schemas import VehicleAnswer, VehicleList

router = feature("vehicles")


@router.get("/vehicles", summary="The fleet's trucks")
async def vehicles(visit: FleetVisit) -> VehicleList:
    """Return the trucks in service, by name. Every role may read them."""
    trucks = await read_vehicles(visit.conn, fleet_id=visit.fleet.fleet_id)
    return VehicleList(
        time_zone=visit.fleet.time_zone, items=[VehicleAnswer.of(truck) for truck in trucks], next_cursor=None
    )
