"""`GET /v1/fleet`."""

from fastapi import APIRouter

from keitora_api.auth import FleetVisit
from keitora_api.fleet.schemas import FleetAnswer

router = APIRouter(prefix="/v1", tags=["fleet"])


@router.get("/fleet", summary="The fleet the key belongs to")
async def fleet(visit: FleetVisit) -> FleetAnswer:
    """Return the fleet's name, time zone, currency and language, and the key's role."""
    held = visit.fleet
    return FleetAnswer(
        id=held.fleet_id,
        name=held.name,
        time_zone=held.time_zone,
        currency=held.currency,
        locale=held.locale,
        role=visit.holder.role,
    )
