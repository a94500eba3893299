"""All SQL of sessions and of attempts to log in. The caller commits."""

from collections.abc import Collection
from typing import Final

from psycopg import AsyncConnection
from psycopg.rows import class_row, scalar_row

from keitora.fleets.model import Fleet
from keitora.fleets.tokens import token_sha256
from keitora.people.model import Address, Session, SessionHolder, SessionKind
from keitora.people.rules import ATTEMPT_LIMITS, LIFETIMES, AttemptLimits, login_sha256, new_session_token

_OPEN: Final = """
INSERT INTO person_session (fleet_id, person_id, token_sha256, kind, device_name, address, idle, expires_at)
VALUES (%(fleet_id)s, %(person_id)s, %(token_sha256)s, %(kind)s, %(device_name)s, %(address)s, %(idle)s,
        now() + %(whole)s)
"""
_ENTER: Final = """
SELECT session_id, person_id, login_name, role, driver_id, is_stale,
       fleet_id, name, time_zone, currency, locale, units
FROM open_session(%(token_sha256)s, %(for_transaction)s)
"""
_TOUCH: Final = """
UPDATE person_session SET seen_at = now() WHERE fleet_id = %(fleet_id)s AND person_session_id = %(session_id)s
"""
_LIST: Final = """
SELECT s.person_session_id AS session_id, s.person_id, p.name AS person_name, s.kind, s.device_name, s.address,
       s.began_at, s.seen_at, s.expires_at
FROM person_session AS s JOIN person AS p USING (fleet_id, person_id)
WHERE s.fleet_id = %(fleet_id)s AND s.ended_at IS NULL AND s.expires_at > now() AND s.seen_at > now() - s.idle
  AND (%(person_id)s::integer IS NULL OR s.person_id = %(person_id)s)
ORDER BY s.seen_at DESC, s.person_session_id
"""
_READ_OPEN: Final = """
SELECT s.person_session_id
FROM person_session AS s JOIN person AS p USING (fleet_id, person_id)
WHERE s.fleet_id = %(fleet_id)s AND s.person_session_id = ANY(%(session_ids)s) AND s.ended_at IS NULL
  AND s.expires_at > now() AND s.seen_at > now() - s.idle AND p.disabled_at IS NULL
"""
_END: Final = """
UPDATE person_session SET ended_at = now()
WHERE fleet_id = %(fleet_id)s AND person_session_id = %(session_id)s AND ended_at IS NULL
  AND (%(person_id)s::integer IS NULL OR person_id = %(person_id)s)
"""
_END_ALL: Final = """
UPDATE person_session SET ended_at = now()
WHERE fleet_id = %(fleet_id)s AND person_id = %(person_id)s AND ended_at IS NULL
  AND person_session_id IS DISTINCT FROM %(but)s::bigint
"""
_BEGIN_ATTEMPT: Final = """
SELECT attempt_id, wait_s FROM begin_login_attempt(
    %(login_sha256)s, %(address)s, %(within)s, %(of_both)s, %(of_login)s, %(of_address)s
)
"""
_END_ATTEMPT: Final = "SELECT end_login_attempt(%(attempt_id)s)"


async def open_session(
    conn: AsyncConnection,
    *,
    fleet_id: int,
    person_id: int,
    kind: SessionKind,
    device_name: str,
    address: Address | None,
) -> str:
    """Begin a session in the fleet that was entered; return its token, which cannot be read again."""
    token = new_session_token()
    values = {
        "fleet_id": fleet_id,
        "person_id": person_id,
        "token_sha256": token_sha256(token),
        "kind": kind,
        "device_name": device_name[:120] or "?",
        "address": address,
        "idle": LIFETIMES[kind].idle,
        "whole": LIFETIMES[kind].whole,
    }
    await conn.execute(_OPEN, values)
    return token


async def open_with_session(conn: AsyncConnection, *, token: str, for_transaction: bool) -> SessionHolder | None:
    """Let the present transaction, or else the connection, see the fleet of a session's holder; return who that is.

    It sees no other's, as with `open_with_key`. None, and no fleet is seen, if the token is unknown or has ended.
    """
    values = {"token_sha256": token_sha256(token), "for_transaction": for_transaction}
    row = await (await conn.cursor(binary=True).execute(_ENTER, values)).fetchone()
    if row is None or row[0] is None:
        return None
    session_id, person_id, login_name, role, driver_id, is_stale, *fleet = row
    return SessionHolder(session_id, person_id, login_name, role, driver_id, is_stale, Fleet(*fleet))


async def touch_session(conn: AsyncConnection, *, fleet_id: int, session_id: int) -> None:
    """Note that a session is in use."""
    await conn.execute(_TOUCH, {"fleet_id": fleet_id, "session_id": session_id})


async def list_sessions(conn: AsyncConnection, *, fleet_id: int, person_id: int | None = None) -> list[Session]:
    """Return the open sessions of one person, or of everybody in the fleet; the last used first."""
    async with conn.cursor(row_factory=class_row(Session)) as cursor:
        await cursor.execute(_LIST, {"fleet_id": fleet_id, "person_id": person_id})
        return await cursor.fetchall()


async def read_open_sessions(conn: AsyncConnection, *, fleet_id: int, session_ids: Collection[int]) -> set[int]:
    """Return which of these sessions still open the door, by the rules of `open_with_session`."""
    if not session_ids:
        return set()
    async with conn.cursor(row_factory=scalar_row) as cursor:
        await cursor.execute(_READ_OPEN, {"fleet_id": fleet_id, "session_ids": list(session_ids)})
        return set(await cursor.fetchall())


async def end_session(conn: AsyncConnection, *, fleet_id: int, session_id: int, person_id: int | None = None) -> bool:
    """End a session (of that person, if one is said); False if there is none that is open."""
    values = {"fleet_id": fleet_id, "session_id": session_id, "person_id": person_id}
    return (await conn.execute(_END, values)).rowcount == 1


async def end_sessions(conn: AsyncConnection, *, fleet_id: int, person_id: int, but: int | None = None) -> int:
    """End all of a person's sessions, but perhaps one; return how many."""
    return (await conn.execute(_END_ALL, {"fleet_id": fleet_id, "person_id": person_id, "but": but})).rowcount


async def begin_attempt(
    conn: AsyncConnection, *, login_name: str, address: Address, limits: AttemptLimits = ATTEMPT_LIMITS
) -> tuple[int | None, float]:
    """Count an attempt to log in, as failed for now; return its number, or None and for how long to wait (s).

    Commit before the password is looked at: attempts side by side are then counted too.
    """
    values = {
        "login_sha256": login_sha256(login_name),
        "address": address,
        "within": limits.within,
        "of_both": limits.of_both,
        "of_login": limits.of_login,
        "of_address": limits.of_address,
    }
    row = await (await conn.execute(_BEGIN_ATTEMPT, values)).fetchone()
    if row is None:
        raise LookupError("begin_login_attempt() returned no row")
    return row[0], float(row[1])


async def end_attempt(conn: AsyncConnection, *, attempt_id: int) -> None:
    """Note that the password was right."""
    await conn.execute(_END_ATTEMPT, {"attempt_id": attempt_id})
