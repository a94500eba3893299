"""`GET /v1/drivers`."""

from pydantic import ConfigDict, Field

from keitora.drivers.queries import list_drivers
from keitora_api import problems
from keitora_api.auth import ManagementVisit
from keitora_api.routing import feature
from keitora_api.schemas import DriverRef, Schema

router = feature("people")


class DriverList(Schema):
    """The fleet's drivers."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"items": [{"id": 2, "name": "健"}], "next_cursor": None}]}
    )

    items: list[DriverRef] = Field(description="By name, then number")
    next_cursor: None = Field(description="Always null: the list is whole")


@router.get(
    "/drivers",
    summary="Everybody who may be named as a driver",
    responses=problems.documented(problems.FORBIDDEN),
)
async def drivers(visit: ManagementVisit) -> DriverList:
    """Return the fleet's drivers, with an account or without. Managers and viewers may read them."""
    found = await list_drivers(visit.conn, fleet_id=visit.fleet.fleet_id)
    return DriverList(items=[DriverRef(id=driver_id, name=name) for driver_id, name in found], next_cursor=None)
