"""`/v1/fleet`: what the fleet is called, and how it counts."""

from dataclasses import asdict, replace

from keitora.errors import KeitoraError
from keitora.fleets.model import Fleet
from keitora.fleets.queries import change_fleet, hold_fleet, read_fleet
from keitora_api import problems
from keitora_api.auth import FleetVisit, Visit, WritingVisit
from keitora_api.fleet.schemas import FleetAnswer, FleetChange
from keitora_api.problems import invalid
from keitora_api.routing import feature

router = feature("fleet")


@router.get("/fleet", summary="The fleet of who asks")
async def fleet(visit: FleetVisit) -> FleetAnswer:
    """Return the fleet's name, time zone, currency, language and units, and the role of who asks."""
    return _told(visit, visit.fleet)


@router.patch("/fleet", summary="Change the fleet's settings", responses=problems.documented(problems.FORBIDDEN))
async def change(visit: WritingVisit, body: FleetChange) -> FleetAnswer:
    """Set what is said; the rest stays. With another time zone all days are made anew, which takes a while."""
    await hold_fleet(visit.conn, fleet_id=visit.fleet.fleet_id)
    before = await read_fleet(visit.conn, fleet_id=visit.fleet.fleet_id) or visit.fleet
    said = body.model_dump(exclude_none=True)
    after = replace(before, **said)
    try:
        await change_fleet(visit.conn, fleet=after)
    except KeitoraError as error:
        where = "body.time_zone" if "time zone" in str(error) else "body.name"
        raise invalid(where, str(error)) from error
    visit.change.tell(before={name: asdict(before)[name] for name in said}, after=said)
    return _told(visit, after)


def _told(visit: Visit, held: Fleet) -> FleetAnswer:
    return FleetAnswer(
        id=held.fleet_id,
        name=held.name,
        time_zone=held.time_zone,
        currency=held.currency,
        locale=held.locale,
        units=held.units,
        role=visit.holder.role,
    )
