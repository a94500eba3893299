"""`/v1/keys`: keys for programs, screens and Grafana."""

from typing import Annotated, Final

from fastapi import Path, Response

from keitora.drivers.queries import ensure_driver
from keitora.errors import NotFoundError
from keitora.fleets.queries import add_key, read_keys, withdraw_key
from keitora_api import problems
from keitora_api.auth import FleetVisit, WritingVisit
from keitora_api.keys.schemas import KeyAnswer, KeyEntry, KeyList, KeyMade
from keitora_api.problems import invalid
from keitora_api.routing import feature

router = feature("people")

KeyId = Annotated[int, Path(ge=1, le=2**31 - 1, description="The key's number", examples=[4])]
_FORBIDDEN: Final = problems.documented(problems.FORBIDDEN)


@router.get("/keys", summary="The fleet's keys", responses=_FORBIDDEN)
async def keys(visit: FleetVisit) -> KeyList:
    """Return the keys, revoked ones included; the keys themselves are not kept."""
    found = await read_keys(visit.conn, fleet_id=visit.fleet.fleet_id)
    return KeyList(items=[KeyAnswer.of(one) for one in found], next_cursor=None)


@router.post("/keys", summary="Make a key", status_code=201, responses=_FORBIDDEN)
async def make(visit: WritingVisit, body: KeyEntry) -> KeyMade:
    """Make a key for a program, a screen or Grafana. It is shown only now."""
    if (body.role == "driver") != (body.driver_name is not None):
        raise invalid("body.driver_name", "`driver_name` goes with the role `driver`, and only with it")
    fleet_id, driver_id = visit.fleet.fleet_id, None
    if body.driver_name is not None:
        driver_id = await ensure_driver(visit.conn, fleet_id=fleet_id, name=body.driver_name.strip())
    key_id, token = await add_key(
        visit.conn, fleet_id=fleet_id, name=body.name.strip(), role=body.role, driver_id=driver_id
    )
    visit.change.tell(object=f"key {key_id}", after={"name": body.name, "role": body.role})
    return KeyMade(id=key_id, key=token)


@router.delete(
    "/keys/{key_id}",
    summary="Revoke a key",
    status_code=204,
    responses=problems.documented(problems.FORBIDDEN, problems.NOT_FOUND),
)
async def revoke(visit: WritingVisit, key_id: KeyId) -> Response:
    """Make a key worthless from now on."""
    if not await withdraw_key(visit.conn, fleet_id=visit.fleet.fleet_id, api_key_id=key_id):
        raise NotFoundError(f"there is no key {key_id} that works")
    return Response(status_code=204)
