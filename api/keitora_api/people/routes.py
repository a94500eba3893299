"""`/v1/people` and `/v1/invitations`: who belongs to the fleet, and letting somebody in."""

from typing import Annotated, Final

from fastapi import Path, Request, Response
from psycopg import AsyncConnection

from keitora.audit.model import Actor, Change
from keitora.audit.queries import add_audit_entry
from keitora.drivers.queries import ensure_driver
from keitora.errors import KeitoraError, NotFoundError
from keitora.fleets.queries import enter_fleet, hold_fleet
from keitora.people.model import Account, Invitation, Person
from keitora.people.passwords import check_password
from keitora.people.queries import (
    change_person,
    create_person,
    find_invitation,
    find_person,
    invite,
    list_invitations,
    list_people,
    set_password,
    use_invitation,
    withdraw_invitation,
)
from keitora.people.rules import INVITATION_LASTS, RESET_LASTS, login_name_of
from keitora.people.sessions import end_sessions
from keitora_api import problems
from keitora_api.auth import FleetVisit, Visit, WritingVisit, address_of
from keitora_api.people.links import link_answer
from keitora_api.people.schemas import (
    AcceptEntry,
    InvitationAnswer,
    InvitationEntry,
    LinkAnswer,
    LookEntry,
    PersonAnswer,
    PersonChange,
    PersonList,
    SentAnswer,
    SentList,
)
from keitora_api.problems import ProblemError, invalid
from keitora_api.queries import allow_writing
from keitora_api.resources import resources_of
from keitora_api.routing import feature
from keitora_api.session.begin import Beginning, hash_password
from keitora_api.session.schemas import SessionBegun

router = feature("people")

PersonId = Annotated[int, Path(ge=1, le=2**31 - 1, description="The person's number", examples=[3])]
InvitationId = Annotated[int, Path(ge=1, le=2**31 - 1, description="The link's number", examples=[5])]
_FORBIDDEN: Final = problems.documented(problems.FORBIDDEN)
_ONE: Final = problems.documented(problems.FORBIDDEN, problems.NOT_FOUND)
_GONE: Final = "this link was used, withdrawn, or is too old; ask for a new one"


@router.get("/people", summary="Everybody with an account", responses=_FORBIDDEN)
async def people(visit: FleetVisit) -> PersonList:
    """Return the fleet's people, closed accounts included."""
    found = await list_people(visit.conn, fleet_id=visit.fleet.fleet_id)
    return PersonList(items=[PersonAnswer.of(one) for one in found], next_cursor=None)


@router.patch("/people/{person_id}", summary="Change a person", responses=_ONE | problems.documented(problems.CONFLICT))
async def change(visit: WritingVisit, person_id: PersonId, body: PersonChange) -> PersonAnswer:
    """Give a person another role, close the account or reopen it. The last manager cannot be closed out.

    A change of any kind ends the person's sessions: who was let in by the old rights signs in anew.
    """
    fleet_id = visit.fleet.fleet_id
    await hold_fleet(visit.conn, fleet_id=fleet_id)
    before = await _found(visit, person_id)
    role = body.role or before.role
    is_disabled = before.disabled_at is not None if body.is_disabled is None else body.is_disabled
    driver_id = before.driver_id
    if role == "driver" and driver_id is None:
        driver_id = await ensure_driver(visit.conn, fleet_id=fleet_id, name=before.name)
    try:
        await change_person(
            visit.conn, fleet_id=fleet_id, person_id=person_id, role=role, driver_id=driver_id, is_disabled=is_disabled
        )
    except KeitoraError as error:
        raise ProblemError(problems.CONFLICT, str(error)) from error
    await end_sessions(visit.conn, fleet_id=fleet_id, person_id=person_id)
    if is_disabled:
        await withdraw_invitation(visit.conn, fleet_id=fleet_id, person_id=person_id)
    after = await _found(visit, person_id)
    visit.change.tell(object=f"person {person_id}", before=_rights(before), after=_rights(after))
    return PersonAnswer.of(after)


@router.post(
    "/people/{person_id}/reset-password", summary="Let somebody set a new password", status_code=201, responses=_ONE
)
async def reset_password(request: Request, visit: WritingVisit, person_id: PersonId) -> LinkAnswer:
    """Make a one-time link by which the person sets a new password. The old one works until then."""
    fleet_id, person = visit.fleet.fleet_id, await _found(visit, person_id)
    if person.disabled_at is not None:
        raise NotFoundError("this account is closed; reopen it first")
    made = await invite(
        visit.conn,
        fleet_id=fleet_id,
        purpose="reset",
        name=person.name,
        role=person.role,
        made_by=visit.author,
        lasts=RESET_LASTS,
        person_id=person_id,
    )
    visit.change.tell(object=f"person {person_id}")
    return link_answer(request, *made, RESET_LASTS)


@router.get("/invitations", summary="One-time links that are still good", responses=_FORBIDDEN)
async def invitations(visit: FleetVisit) -> SentList:
    """Return the one-time links that are still good; the links themselves cannot be shown again."""
    found = await list_invitations(visit.conn, fleet_id=visit.fleet.fleet_id)
    return SentList(items=[SentAnswer.of(one) for one in found], next_cursor=None)


@router.post("/invitations", summary="Let somebody in", status_code=201, responses=_FORBIDDEN)
async def let_in(request: Request, visit: WritingVisit, body: InvitationEntry) -> LinkAnswer:
    """Make a one-time link for a new person. A driver who joins is the fleet's driver of that name, made if need be."""
    fleet_id = visit.fleet.fleet_id
    name = body.name.strip()
    driver_id = await ensure_driver(visit.conn, fleet_id=fleet_id, name=name) if body.role == "driver" else None
    made = await invite(
        visit.conn,
        fleet_id=fleet_id,
        purpose="join",
        name=name,
        role=body.role,
        made_by=visit.author,
        lasts=INVITATION_LASTS,
        driver_id=driver_id,
    )
    visit.change.tell(object=f"invitation {made[0]}", after={"name": name, "role": body.role})
    return link_answer(request, *made, INVITATION_LASTS)


@router.delete("/invitations/{invitation_id}", summary="Withdraw a link", status_code=204, responses=_ONE)
async def withdraw(visit: WritingVisit, invitation_id: InvitationId) -> Response:
    """Make a one-time link worthless."""
    if not await withdraw_invitation(visit.conn, fleet_id=visit.fleet.fleet_id, invitation_id=invitation_id):
        raise NotFoundError(f"there is no link {invitation_id} that is still good")
    return Response(status_code=204)


@router.post("/invitations/look", summary="What a link is for", responses=problems.documented(problems.NOT_FOUND))
async def look(request: Request, body: LookEntry) -> InvitationAnswer:
    """Return what a link is for, without using it up. Nobody needs to be signed in."""
    async with resources_of(request).pool.connection() as conn:
        found = await find_invitation(conn, token=body.token)
    if found is None:
        raise NotFoundError(_GONE)
    return InvitationAnswer.of(found)


@router.post("/invitations/accept", summary="Use a one-time link", status_code=201, responses=_ONE)
async def accept(request: Request, response: Response, body: AcceptEntry) -> SessionBegun:
    """Use a one-time link up, and sign in: with a new account, a new password, or as it is, after what it is for."""
    begin = Beginning(request, body.kind, body.device_name)
    pool = resources_of(request).pool
    async with pool.connection() as conn:
        link = await find_invitation(conn, token=body.token)
    if link is None:
        raise NotFoundError(_GONE)
    name, login_name, password_hash = await _checked(link, body)
    async with pool.connection() as conn:
        await allow_writing(conn)
        await enter_fleet(conn, fleet_id=link.fleet_id)
        if not await use_invitation(conn, fleet_id=link.fleet_id, invitation_id=link.invitation_id):
            raise NotFoundError(_GONE)
        person_id = await _done(conn, link, name, login_name, password_hash)
        by = Actor(f"{login_name}, person {person_id}", person_id, address=address_of(request))
        change = Change(f"link used: {link.purpose}", f"person {person_id}", after={"role": link.role})
        await add_audit_entry(conn, fleet_id=link.fleet_id, by=by, change=change)
        token = await begin.session(conn, Account(person_id, link.fleet_id, name, login_name, password_hash))
    return SessionBegun(token=begin.give(response, token), person_id=person_id, fleet_id=link.fleet_id)


async def _checked(link: Invitation, body: AcceptEntry) -> tuple[str, str, str | None]:
    """Return name, login name and the new password's hash, if the link is for one. Raises 422 problems."""
    name = (body.name or link.name).strip()
    try:
        login_name = link.login_name or login_name_of(body.login_name or "")
    except KeitoraError as error:
        raise invalid("body.login_name", str(error)) from error
    if link.purpose == "open":
        return name, login_name, None
    password = body.password.get_secret_value() if body.password else ""
    try:
        check_password(password, about=(login_name, name, link.fleet_name))
    except KeitoraError as error:
        raise invalid("body.password", str(error)) from error
    return name, login_name, await hash_password(password)


async def _done(conn: AsyncConnection, link: Invitation, name: str, login_name: str, password_hash: str | None) -> int:
    if link.person_id is None:
        try:
            return await create_person(
                conn,
                fleet_id=link.fleet_id,
                name=name,
                login_name=login_name,
                role=link.role,
                driver_id=link.driver_id,
                password_hash=password_hash,
            )
        except KeitoraError as error:
            raise invalid("body.login_name", str(error)) from error
    if password_hash is not None:
        await set_password(conn, fleet_id=link.fleet_id, person_id=link.person_id, password_hash=password_hash)
        await end_sessions(conn, fleet_id=link.fleet_id, person_id=link.person_id)
    return link.person_id


async def _found(visit: Visit, person_id: int) -> Person:
    found = await find_person(visit.conn, fleet_id=visit.fleet.fleet_id, person_id=person_id)
    if found is None:
        raise NotFoundError(f"there is no person {person_id}")
    return found


def _rights(person: Person) -> dict[str, object]:
    return {"role": person.role, "driver_id": person.driver_id, "is_disabled": person.disabled_at is not None}
