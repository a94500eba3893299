"""All SQL of entries about trips. The caller commits."""

from collections.abc import Sequence
from dataclasses import fields
from datetime import datetime
from typing import Final

from psycopg import AsyncConnection, sql
from psycopg.errors import ForeignKeyViolation
from psycopg.rows import class_row

from keitora.db.sql import load
from keitora.errors import KeitoraError, KeyReusedError
from keitora.overlays.model import Entry, EntryDraft, Share
from keitora.trips.model import Order, TripFilter, TripKey

_COLUMNS: Final = sql.SQL("""
    o.trip_overlay_id AS entry_id, o.vehicle_id, o.action, o.anchor_at, o.other_at, o.purpose, o.driver_id,
    d.name AS driver_name, o.note, o.corrected_start_at, o.corrected_end_at, o.corrected_distance_m,
    o.entered_by, o.entered_at, o.withdrawn_by, o.withdrawn_at
""")
_READ: Final = sql.SQL("""
SELECT {columns} FROM trip_overlay AS o LEFT JOIN driver AS d USING (fleet_id, driver_id)
WHERE o.fleet_id = %(fleet_id)s
  AND (%(vehicle_ids)s::integer[] IS NULL OR o.vehicle_id = ANY (%(vehicle_ids)s))
  AND (
      (o.other_at IS NULL AND o.anchor_at >= coalesce(%(from_at)s, '-infinity'::timestamptz)
       AND o.anchor_at <= coalesce(%(to_at)s, 'infinity'::timestamptz))
      OR (o.other_at IS NOT NULL
          AND greatest(o.anchor_at, o.other_at) >= coalesce(%(from_at)s, '-infinity'::timestamptz)
          AND least(o.anchor_at, o.other_at) <= coalesce(%(to_at)s, 'infinity'::timestamptz))
  )
  AND ({wanted})
  AND (%(withdrawn)s OR o.withdrawn_at IS NULL)
ORDER BY o.entered_at, o.trip_overlay_id
""")
_READ_ALL: Final = _READ.format(columns=_COLUMNS, wanted=sql.SQL("true"))
_READ_STRUCTURAL: Final = _READ.format(columns=_COLUMNS, wanted=sql.SQL("o.action <> 'describe'"))
_IN_NO_TRIP: Final = """
    NOT EXISTS (
        SELECT FROM (
            SELECT t.ended_at FROM trip AS t
            WHERE t.vehicle_id = o.vehicle_id AND t.started_at <= {at} ORDER BY t.started_at DESC LIMIT 1
        ) AS newest
        WHERE newest.ended_at >= {at}
    )
"""
_READ_UNPLACED: Final = _READ.format(
    columns=_COLUMNS,
    wanted=sql.SQL(" OR o.other_at IS NOT NULL AND ").join(
        sql.SQL(_IN_NO_TRIP).format(at=sql.Identifier("o", name)) for name in ("anchor_at", "other_at")
    ),
)
_DRAFT: Final = tuple(item.name for item in fields(EntryDraft))
_CREATE: Final = sql.SQL("""
WITH o AS (
    INSERT INTO trip_overlay (fleet_id, entered_by, idempotency_key, {names})
    VALUES (%(fleet_id)s, %(by)s, %(idempotency_key)s, {values})
    ON CONFLICT (fleet_id, idempotency_key) DO NOTHING
    RETURNING *
)
SELECT {columns} FROM o LEFT JOIN driver AS d USING (fleet_id, driver_id)
""").format(
    columns=_COLUMNS,
    names=sql.SQL(", ").join(map(sql.Identifier, _DRAFT)),
    values=sql.SQL(", ").join(map(sql.Placeholder, _DRAFT)),
)
_FIND_REPEATED: Final = sql.SQL("""
SELECT {columns} FROM trip_overlay AS o LEFT JOIN driver AS d USING (fleet_id, driver_id)
WHERE o.fleet_id = %(fleet_id)s AND o.idempotency_key = %(idempotency_key)s
""").format(columns=_COLUMNS)
_WITHDRAW: Final = sql.SQL("""
WITH o AS (
    UPDATE trip_overlay SET withdrawn_at = coalesce(withdrawn_at, now()), withdrawn_by = coalesce(withdrawn_by, %(by)s)
    WHERE fleet_id = %(fleet_id)s AND trip_overlay_id = %(entry_id)s RETURNING *
)
SELECT {columns} FROM o LEFT JOIN driver AS d USING (fleet_id, driver_id)
""").format(columns=_COLUMNS)
_READ_SHARES: Final = load("keitora.overlays", "read_shares")
# Where trips may begin as people see them: where a derived trip does, and where one is split. Either is no start if a
# merge took it away, as only `apply` can tell. Each half has its own LIMIT: a page reads no more trips than it holds.
_STARTS_OF_TRIPS: Final = b"SELECT s.vehicle_id, s.started_at FROM trip AS s"
_STARTS_BY_SPLIT: Final = b"""
SELECT s.vehicle_id, s.started_at FROM (
    SELECT o.fleet_id, o.vehicle_id, o.anchor_at AS started_at FROM trip_overlay AS o
    WHERE o.action = 'split' AND o.withdrawn_at IS NULL
) AS s"""
_WHICH: Final = b"""
WHERE s.fleet_id = %(fleet_id)s
  AND (%(vehicle_ids)s::integer[] IS NULL OR s.vehicle_id = ANY (%(vehicle_ids)s))
  AND (%(from_at)s::timestamptz IS NULL OR s.started_at >= %(from_at)s)
  AND (%(to_at)s::timestamptz IS NULL OR s.started_at < %(to_at)s)
  AND (%(after_at)s::timestamptz IS NULL OR (s.started_at, s.vehicle_id) """
# Of derived trips those that nobody is named for, and those that are split: each half has a driver of its own.
_MAY_BE_NOBODYS: Final = b"""
  AND (
      NOT %(nobodys)s
      OR NOT EXISTS (
          SELECT FROM trip_overlay AS o
          WHERE o.fleet_id = %(fleet_id)s AND o.vehicle_id = s.vehicle_id AND o.other_at IS NULL
            AND o.anchor_at >= s.started_at AND o.anchor_at < s.ended_at
            AND o.driver_id IS NOT NULL AND o.withdrawn_at IS NULL
      )
      OR EXISTS (
          SELECT FROM trip_overlay AS o
          WHERE o.fleet_id = %(fleet_id)s AND o.vehicle_id = s.vehicle_id AND o.action = 'split'
            AND o.anchor_at >= s.started_at AND o.anchor_at <= s.ended_at
      )
  )
"""
_ONWARD: Final = b"ORDER BY s.started_at, s.vehicle_id LIMIT %(limit)s"
_BACKWARD: Final = b"ORDER BY s.started_at DESC, s.vehicle_id DESC LIMIT %(limit)s"


def _page(onward: bytes, sign: bytes) -> bytes:
    which = _WHICH + sign + b" (%(after_at)s, %(after_vehicle_id)s))\n" + onward
    of_trips = which.replace(onward, _MAY_BE_NOBODYS + onward)
    halves = b"(" + _STARTS_OF_TRIPS + of_trips + b") UNION (" + _STARTS_BY_SPLIT + which + b")"
    return b"SELECT s.vehicle_id, s.started_at FROM (" + halves + b") AS s " + onward


_PAGES: Final[dict[Order, bytes]] = {"asc": _page(_ONWARD, b">"), "desc": _page(_BACKWARD, b"<")}


async def create_entry(
    conn: AsyncConnection, *, fleet_id: int, draft: EntryDraft, by: str, idempotency_key: str | None = None
) -> Entry:
    """Keep an entry and return it; the same again with its key returns the entry it made.

    Raises KeitoraError if the driver is not the fleet's, KeyReusedError if the key made something else.
    """
    values: dict[str, object] = {name: getattr(draft, name) for name in _DRAFT}
    values |= {"fleet_id": fleet_id, "by": by, "idempotency_key": idempotency_key}
    try:
        async with conn.cursor(row_factory=class_row(Entry)) as cursor:
            await cursor.execute(_CREATE, values)
            made = await cursor.fetchone()
            if made is None:
                await cursor.execute(_FIND_REPEATED, values)
                made = await cursor.fetchone()
    except ForeignKeyViolation as error:
        raise KeitoraError("the fleet has no such driver") from error
    if made is None:
        raise LookupError(idempotency_key)
    if made.entered_by != by or any(getattr(made, name) != getattr(draft, name) for name in _DRAFT):
        raise KeyReusedError("this key came with another entry before")
    return made


async def withdraw_entry(conn: AsyncConnection, *, fleet_id: int, entry_id: int, by: str) -> Entry | None:
    """Withdraw an entry and return it; None if the fleet has none of that number. Again changes nothing."""
    async with conn.cursor(row_factory=class_row(Entry)) as cursor:
        await cursor.execute(_WITHDRAW, {"fleet_id": fleet_id, "entry_id": entry_id, "by": by})
        return await cursor.fetchone()


async def read_entries(
    conn: AsyncConnection,
    *,
    fleet_id: int,
    vehicle_ids: Sequence[int] | None = None,
    from_at: datetime | None = None,
    to_at: datetime | None = None,
    structural: bool = False,
    withdrawn: bool = False,
) -> list[Entry]:
    """Return the entries that speak of any moment in [from_at, to_at], in the order they were made.

    `structural`: only those that change which trips there are, or their distance. `withdrawn`: also those taken back.
    """
    values = {
        "fleet_id": fleet_id,
        "vehicle_ids": None if vehicle_ids is None else list(vehicle_ids),
        "from_at": from_at,
        "to_at": to_at,
        "withdrawn": withdrawn,
    }
    async with conn.cursor(row_factory=class_row(Entry)) as cursor:
        await cursor.execute(_READ_STRUCTURAL if structural else _READ_ALL, values)
        return await cursor.fetchall()


async def read_unplaced(
    conn: AsyncConnection, *, fleet_id: int, from_at: datetime | None = None, to_at: datetime | None = None
) -> list[Entry]:
    """Return the entries that speak of [from_at, to_at] and of a moment in no derived trip, oldest first."""
    values = {"fleet_id": fleet_id, "vehicle_ids": None, "from_at": from_at, "to_at": to_at, "withdrawn": False}
    async with conn.cursor(row_factory=class_row(Entry)) as cursor:
        await cursor.execute(_READ_UNPLACED, values)
        return await cursor.fetchall()


async def read_share(
    conn: AsyncConnection, *, fleet_id: int, vehicle_id: int, started_at: datetime, ended_at: datetime, at: datetime
) -> Share | None:
    """Return what part of a trip lay before a moment in it, by the truck's trace; None where there is no trace."""
    values = {"fleet_id": fleet_id, "vehicle_id": vehicle_id, "from_at": started_at, "to_at": ended_at, "at": at}
    async with conn.cursor(row_factory=class_row(Share)) as cursor:
        await cursor.execute(_READ_SHARES, values)
        return await cursor.fetchone()


async def list_starts(
    conn: AsyncConnection, *, fleet_id: int, which: TripFilter, order: Order, limit: int, after: TripKey | None = None
) -> list[TripKey]:
    """Return up to `limit` moments at which a trip may begin as people see it, from `after` on (not among them)."""
    values = {
        "fleet_id": fleet_id,
        "vehicle_ids": None if which.vehicle_ids is None else list(which.vehicle_ids),
        "from_at": which.from_at,
        "to_at": which.to_at,
        "nobodys": which.nobodys,
        "after_at": after.started_at if after else None,
        "after_vehicle_id": after.vehicle_id if after else None,
        "limit": limit,
    }
    async with conn.cursor(binary=True, row_factory=class_row(TripKey)) as cursor:
        await cursor.execute(_PAGES[order], values)
        return await cursor.fetchall()
