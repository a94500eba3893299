"""`POST /v1/vehicles/bulk`: a list of trucks."""

from typing import Final

from keitora_api import problems
from keitora_api.auth import WritingVisit
from keitora_api.bulk import all_or_none
from keitora_api.onboarding.routes import add_truck
from keitora_api.onboarding.schemas import VehicleBulk, VehiclesAdded
from keitora_api.routing import feature
from keitora_api.vehicles.entries import VehicleEntry
from keitora_api.vehicles.schemas import VehicleAnswer

router = feature("vehicles")

_WRITING: Final = problems.documented(problems.FORBIDDEN)


@router.post("/vehicles/bulk", summary="Add many trucks", status_code=201, responses=_WRITING)
async def add_many(visit: WritingVisit, body: VehicleBulk) -> VehiclesAdded:
    """Add up to 1000 trucks, or none of them if one is wrong: `errors` names every row that is. Managers may.

    A name that the fleet has already is wrong: with an `Idempotency-Key` the same list may be sent again all the same.
    """

    async def keep(row: VehicleEntry) -> VehicleAnswer:
        return await add_truck(visit, row)

    kept = await all_or_none(visit, body.items, keep)
    visit.change.tell(after={"rows": len(kept)})
    return VehiclesAdded(items=kept)
