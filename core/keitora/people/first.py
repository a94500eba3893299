"""The way in for the first manager of a fleet: a one-time link, as there is no default password. The caller commits."""

from typing import Final

from psycopg import AsyncConnection

from keitora.audit.model import Actor, Change
from keitora.audit.queries import add_audit_entry
from keitora.drivers.queries import ensure_driver
from keitora.fleets.model import Fleet
from keitora.people.model import PersonRole
from keitora.people.queries import create_person, invite, list_invitations, list_people, withdraw_invitation
from keitora.people.rules import INVITATION_LASTS, OPEN_LASTS, link_path

CONSOLE: Final = Actor("console")
_OWNER: Final = "Owner"
_VISITOR: Final = "Visitor"


async def joining_link(conn: AsyncConnection, fleet: Fleet, name: str, role: PersonRole) -> str:
    """Return the path of a link by which somebody joins."""
    driver_id = await ensure_driver(conn, fleet_id=fleet.fleet_id, name=name) if role == "driver" else None
    number, token = await invite(
        conn,
        fleet_id=fleet.fleet_id,
        purpose="join",
        name=name,
        role=role,
        made_by=CONSOLE.who,
        lasts=INVITATION_LASTS,
        driver_id=driver_id,
    )
    change = Change("keitora person invite", f"invitation {number}", after={"name": name, "role": role})
    await add_audit_entry(conn, fleet_id=fleet.fleet_id, by=CONSOLE, change=change)
    return link_path(token)


async def owners_link(conn: AsyncConnection, fleet: Fleet) -> str | None:
    """Return the path of a link by which the fleet's first manager joins; None if it has one. Older ones are cut."""
    people = await list_people(conn, fleet_id=fleet.fleet_id)
    if any(one.role == "manager" and one.disabled_at is None for one in people):
        return None
    await _cut_older(conn, fleet)
    return await joining_link(conn, fleet, _OWNER, "manager")


async def _cut_older(conn: AsyncConnection, fleet: Fleet) -> None:
    for sent in await list_invitations(conn, fleet_id=fleet.fleet_id):
        if sent.made_by == CONSOLE.who and sent.name == _OWNER:
            await withdraw_invitation(conn, fleet_id=fleet.fleet_id, invitation_id=sent.invitation_id)


async def visitors_link(conn: AsyncConnection, fleet: Fleet) -> str:
    """Return the path of a link that needs no password: whoever opens it manages the fleet as its visitor."""
    login_name = f"visitor-{fleet.fleet_id}"
    found = [one for one in await list_people(conn, fleet_id=fleet.fleet_id) if one.login_name == login_name]
    person_id = (
        found[0].person_id
        if found
        else await create_person(
            conn,
            fleet_id=fleet.fleet_id,
            name=_VISITOR,
            login_name=login_name,
            role="manager",
            driver_id=None,
            password_hash=None,
        )
    )
    _, token = await invite(
        conn,
        fleet_id=fleet.fleet_id,
        purpose="open",
        name=_VISITOR,
        role="manager",
        made_by=CONSOLE.who,
        lasts=OPEN_LASTS,
        person_id=person_id,
    )
    return link_path(token)
