"""`/v1/session`, `/v1/sessions`, `/v1/me`: signing in and out, and one's own account."""

from typing import Annotated

from fastapi import Path, Request, Response

from keitora.errors import KeitoraError, NotFoundError
from keitora.people.passwords import check_password
from keitora.people.queries import find_account, find_person, set_password
from keitora.people.rules import counted_address
from keitora.people.sessions import begin_attempt, end_attempt, end_session, end_sessions, list_sessions
from keitora_api import problems
from keitora_api.auth import FleetVisit, Holder, Visit, WritingVisit, cookie_name
from keitora_api.problems import ProblemError, invalid
from keitora_api.routing import feature
from keitora_api.session.begin import Beginning, WaitError, check_login, hash_password, is_password, let_in
from keitora_api.session.schemas import (
    FleetRef,
    LoginEntry,
    MeAnswer,
    PasswordEntry,
    SessionAnswer,
    SessionBegun,
    SessionList,
)

router = feature("people")

SessionId = Annotated[int, Path(ge=1, le=2**63 - 1, description="The session's number", examples=[12])]


@router.post(
    "/session", summary="Sign in", responses=problems.documented(problems.FORBIDDEN, problems.TOO_MANY), status_code=201
)
async def sign_in(request: Request, response: Response, entry: LoginEntry) -> SessionBegun:
    """Begin a session by login name and password: in a cookie for our pages, as a token for programs.

    After some wrong passwords the next has to wait, whether or not there is such an account.
    """
    begin, password = Beginning(request, entry.kind, entry.device_name), entry.password.get_secret_value()
    account, attempt_id = await check_login(request, entry.login_name, password)
    token = await let_in(request, account, attempt_id, password, begin)
    return SessionBegun(token=begin.give(response, token), person_id=account.person_id, fleet_id=account.fleet_id)


@router.delete("/session", summary="Sign out", status_code=204, responses=problems.documented(problems.FORBIDDEN))
async def sign_out(request: Request, visit: WritingVisit) -> Response:
    """End the session that asks."""
    holder = _person(visit.holder)
    await end_session(visit.conn, fleet_id=holder.fleet_id, session_id=holder.session_id or 0)
    visit.change.tell(object=f"session {holder.session_id}")
    answer = Response(status_code=204)
    answer.delete_cookie(cookie_name(request), path="/", httponly=True, samesite="strict")
    return answer


@router.get("/me", summary="Who asks")
async def me(visit: FleetVisit) -> MeAnswer:
    """Return the person or the key that asks, and the fleet."""
    holder = visit.holder
    found = None
    if holder.person_id is not None:
        found = await find_person(visit.conn, fleet_id=holder.fleet_id, person_id=holder.person_id)
    return MeAnswer(
        role=holder.role,
        person_id=holder.person_id,
        name=found.name if found else holder.name,
        login_name=found.login_name if found else None,
        driver_id=holder.driver_id,
        fleet=FleetRef(id=visit.fleet.fleet_id, name=visit.fleet.name),
    )


@router.put(
    "/me/password",
    summary="Change one's password",
    status_code=204,
    responses=problems.documented(problems.FORBIDDEN, problems.TOO_MANY),
)
async def change_password(request: Request, visit: WritingVisit, entry: PasswordEntry) -> Response:
    """Set another password. All one's other sessions end."""
    holder = _person(visit.holder)
    account = await find_account(visit.conn, login_name=holder.name)
    if account is None:
        raise NotFoundError("the account is gone")
    await _check_present(request, visit, account.password_hash, entry.password.get_secret_value())
    new = entry.new_password.get_secret_value()
    try:
        check_password(new, about=(account.login_name, account.name, visit.fleet.name))
    except KeitoraError as error:
        raise invalid("body.new_password", str(error)) from error
    person_id, fleet_id = account.person_id, account.fleet_id
    await set_password(visit.conn, fleet_id=fleet_id, person_id=person_id, password_hash=await hash_password(new))
    ended = await end_sessions(visit.conn, fleet_id=fleet_id, person_id=person_id, but=holder.session_id)
    visit.change.tell(object=f"person {person_id}", after={"ended_sessions": ended})
    return Response(status_code=204)


async def _check_present(request: Request, visit: Visit, password_hash: str | None, said: str) -> None:
    # Somebody at an unlocked phone may guess here as little as at the door.
    conn, address = visit.conn, counted_address(request.client.host if request.client else None)
    attempt_id, wait_s = await begin_attempt(conn, login_name=visit.holder.name, address=address)
    if attempt_id is None:
        raise WaitError(wait_s)
    if not await is_password(said, password_hash):
        await conn.commit()  # what is raised rolls back; the attempt must count
        raise invalid("body.password", "this is not the present password")
    await end_attempt(conn, attempt_id=attempt_id)


@router.get("/sessions", summary="Open sessions")
async def sessions(visit: FleetVisit) -> SessionList:
    """Return where people are signed in: a manager sees everybody's sessions, a driver his own."""
    found = await list_sessions(visit.conn, fleet_id=visit.fleet.fleet_id, person_id=_whose(visit.holder))
    this = visit.holder.session_id
    return SessionList(items=[SessionAnswer.of(one, this=this) for one in found], next_cursor=None)


@router.delete(
    "/sessions/{session_id}",
    summary="End a session",
    status_code=204,
    responses=problems.documented(problems.FORBIDDEN, problems.NOT_FOUND),
)
async def revoke(visit: WritingVisit, session_id: SessionId) -> Response:
    """End a session, of a lost phone for one. A driver ends his own, a manager anybody's."""
    fleet_id, whose = visit.fleet.fleet_id, _whose(visit.holder)
    if not await end_session(visit.conn, fleet_id=fleet_id, session_id=session_id, person_id=whose):
        raise NotFoundError(f"there is no session {session_id}")
    return Response(status_code=204)


def _whose(holder: Holder) -> int | None:
    """Return whose sessions are meant: nobody's for a driver's key, None (everybody's) for a manager."""
    return (holder.person_id or 0) if holder.role == "driver" else None


def _person(holder: Holder) -> Holder:
    if holder.person_id is None:
        raise ProblemError(problems.FORBIDDEN, "this is for people: a key has no session and no password")
    return holder
