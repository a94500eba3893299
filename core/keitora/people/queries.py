"""All SQL of people and their one-time links. The caller commits, and has entered the fleet."""

from datetime import timedelta
from typing import Final

from psycopg import AsyncConnection
from psycopg.errors import UniqueViolation
from psycopg.rows import class_row

from keitora.errors import KeitoraError, NotFoundError
from keitora.fleets.tokens import token_sha256
from keitora.people.model import Account, Invitation, Person, PersonRole, Purpose, SentInvitation
from keitora.people.rules import new_invitation_token

_PERSON: Final = """
SELECT p.person_id, p.name, p.login_name, p.role, p.driver_id, p.created_at, p.disabled_at,
       (SELECT max(s.seen_at) FROM person_session AS s WHERE s.person_id = p.person_id) AS seen_at
FROM person AS p
"""
_LIST: Final = _PERSON + "WHERE p.fleet_id = %(fleet_id)s ORDER BY p.name, p.person_id"
_FIND: Final = _PERSON + "WHERE p.fleet_id = %(fleet_id)s AND p.person_id = %(person_id)s"
_CREATE: Final = """
INSERT INTO person (fleet_id, name, login_name, role, driver_id, password_hash, password_set_at)
VALUES (%(fleet_id)s, %(name)s, %(login_name)s, %(role)s, %(driver_id)s, %(password_hash)s,
        CASE WHEN %(password_hash)s::text IS NOT NULL THEN now() END)
RETURNING person_id
"""
_SET_HASH: Final = """
UPDATE person SET password_hash = %(password_hash)s, password_set_at = now()
WHERE fleet_id = %(fleet_id)s AND person_id = %(person_id)s
"""
_CHANGE: Final = """
UPDATE person SET role = %(role)s, driver_id = %(driver_id)s,
    disabled_at = CASE WHEN %(is_disabled)s THEN coalesce(disabled_at, now()) END
WHERE fleet_id = %(fleet_id)s AND person_id = %(person_id)s
"""
_LOCK_MANAGERS: Final = """
SELECT person_id FROM person
WHERE fleet_id = %(fleet_id)s AND role = 'manager' AND disabled_at IS NULL AND password_hash IS NOT NULL
ORDER BY person_id FOR NO KEY UPDATE
"""
_FIND_ACCOUNT: Final = "SELECT person_id, fleet_id, name, login_name, password_hash FROM find_account(%(login_name)s)"
_INVITE: Final = """
INSERT INTO invitation (fleet_id, purpose, token_sha256, name, role, driver_id, person_id, made_by, expires_at)
VALUES (%(fleet_id)s, %(purpose)s, %(token_sha256)s, %(name)s, %(role)s, %(driver_id)s, %(person_id)s, %(made_by)s,
        now() + %(lasts)s)
RETURNING invitation_id
"""
_LIST_INVITATIONS: Final = """
SELECT invitation_id, purpose, name, role, made_by, made_at, expires_at FROM invitation
WHERE fleet_id = %(fleet_id)s AND used_at IS NULL AND withdrawn_at IS NULL AND expires_at > now()
ORDER BY invitation_id
"""
_WITHDRAW: Final = """
UPDATE invitation SET withdrawn_at = now()
WHERE fleet_id = %(fleet_id)s AND used_at IS NULL AND withdrawn_at IS NULL
  AND (invitation_id = %(invitation_id)s OR person_id = %(person_id)s)
"""
_FIND_INVITATION: Final = """
SELECT invitation_id, fleet_id, fleet_name, purpose, name, role, driver_id, person_id, login_name, expires_at
FROM find_invitation(%(token_sha256)s)
"""
_USE: Final = """
UPDATE invitation SET used_at = now()
WHERE fleet_id = %(fleet_id)s AND invitation_id = %(invitation_id)s AND used_at IS NULL AND withdrawn_at IS NULL
  AND expires_at > now()
"""


async def list_people(conn: AsyncConnection, *, fleet_id: int) -> list[Person]:
    """Return everybody with an account in the fleet, disabled ones included, by name."""
    async with conn.cursor(row_factory=class_row(Person)) as cursor:
        await cursor.execute(_LIST, {"fleet_id": fleet_id})
        return await cursor.fetchall()


async def find_person(conn: AsyncConnection, *, fleet_id: int, person_id: int) -> Person | None:
    """Return one person of the fleet."""
    async with conn.cursor(row_factory=class_row(Person)) as cursor:
        await cursor.execute(_FIND, {"fleet_id": fleet_id, "person_id": person_id})
        return await cursor.fetchone()


async def create_person(
    conn: AsyncConnection,
    *,
    fleet_id: int,
    name: str,
    login_name: str,
    role: PersonRole,
    driver_id: int | None,
    password_hash: str | None,
) -> int:
    """Make an account and return its number. Raises KeitoraError if the login name is taken, by whichever fleet."""
    values = {
        "fleet_id": fleet_id,
        "name": name,
        "login_name": login_name,
        "role": role,
        "driver_id": driver_id,
        "password_hash": password_hash,
    }
    try:
        async with conn.transaction():
            row = await (await conn.execute(_CREATE, values)).fetchone()
    except UniqueViolation as error:
        raise KeitoraError("this login name is taken; choose another") from error
    if row is None:
        raise LookupError("INSERT returned no row")
    return int(row[0])


async def set_password(conn: AsyncConnection, *, fleet_id: int, person_id: int, password_hash: str) -> None:
    """Give a person another password."""
    await conn.execute(_SET_HASH, {"fleet_id": fleet_id, "person_id": person_id, "password_hash": password_hash})


async def change_person(
    conn: AsyncConnection,
    *,
    fleet_id: int,
    person_id: int,
    role: PersonRole,
    driver_id: int | None,
    is_disabled: bool,
) -> None:
    """Set a person's role, driver, and whether the account is open.

    Raises KeitoraError where that would leave the fleet without a manager who can sign in.
    """
    cursor = await conn.execute(_LOCK_MANAGERS, {"fleet_id": fleet_id})
    managers = [int(row[0]) for row in await cursor.fetchall()]
    if managers == [person_id] and (is_disabled or role != "manager"):
        raise KeitoraError("somebody has to manage the fleet: make another manager first")
    values = {
        "fleet_id": fleet_id,
        "person_id": person_id,
        "role": role,
        "driver_id": driver_id,
        "is_disabled": is_disabled,
    }
    await conn.execute(_CHANGE, values)


async def find_account(conn: AsyncConnection, *, login_name: str) -> Account | None:
    """Return the open account of a login name, of whichever fleet."""
    async with conn.cursor(row_factory=class_row(Account)) as cursor:
        await cursor.execute(_FIND_ACCOUNT, {"login_name": login_name})
        return await cursor.fetchone()


async def invite(
    conn: AsyncConnection,
    *,
    fleet_id: int,
    purpose: Purpose,
    name: str,
    role: PersonRole,
    made_by: str,
    lasts: timedelta,
    driver_id: int | None = None,
    person_id: int | None = None,
) -> tuple[int, str]:
    """Make a one-time link; return its number and its token, which cannot be read again.

    A new link for a person is the only one that is good. Raises NotFoundError for a driver of another fleet.
    """
    if person_id is not None:
        await withdraw_invitation(conn, fleet_id=fleet_id, person_id=person_id)
    token = new_invitation_token()
    values = {
        "fleet_id": fleet_id,
        "purpose": purpose,
        "token_sha256": token_sha256(token),
        "name": name,
        "role": role,
        "driver_id": driver_id,
        "person_id": person_id,
        "made_by": made_by,
        "lasts": lasts,
    }
    row = await (await conn.execute(_INVITE, values)).fetchone()
    if row is None:
        raise NotFoundError("the fleet has no such person or driver")
    return int(row[0]), token


async def list_invitations(conn: AsyncConnection, *, fleet_id: int) -> list[SentInvitation]:
    """Return the links that are still good, oldest first."""
    async with conn.cursor(row_factory=class_row(SentInvitation)) as cursor:
        await cursor.execute(_LIST_INVITATIONS, {"fleet_id": fleet_id})
        return await cursor.fetchall()


async def withdraw_invitation(
    conn: AsyncConnection, *, fleet_id: int, invitation_id: int | None = None, person_id: int | None = None
) -> bool:
    """Make a link, or all of a person's, worthless; False if there was none that was good."""
    values = {"fleet_id": fleet_id, "invitation_id": invitation_id, "person_id": person_id}
    return (await conn.execute(_WITHDRAW, values)).rowcount > 0


async def find_invitation(conn: AsyncConnection, *, token: str) -> Invitation | None:
    """Return the link a token belongs to while it is good, of whichever fleet."""
    async with conn.cursor(row_factory=class_row(Invitation)) as cursor:
        await cursor.execute(_FIND_INVITATION, {"token_sha256": token_sha256(token)})
        return await cursor.fetchone()


async def use_invitation(conn: AsyncConnection, *, fleet_id: int, invitation_id: int) -> bool:
    """Use a link up; False if somebody was faster. Of two at once exactly one gets True."""
    return (await conn.execute(_USE, {"fleet_id": fleet_id, "invitation_id": invitation_id})).rowcount == 1
