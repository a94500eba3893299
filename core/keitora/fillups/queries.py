"""All SQL of fill-ups. The caller commits."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, fields
from datetime import date, datetime
from typing import Any, Final

from psycopg import AsyncConnection, Connection, sql
from psycopg.rows import class_row, dict_row

from keitora.db.spans import BEGINNING, END, first_touching
from keitora.db.sql import load
from keitora.errors import KeyReusedError
from keitora.fillups.levels import Level, TankEvent
from keitora.fillups.model import FillUp, NewFillUp
from keitora.fillups.presence import Presence, Seen

_COLUMNS: Final = sql.SQL(", ").join(sql.Identifier(item.name) for item in fields(FillUp))
_NEW: Final = tuple(item.name for item in fields(NewFillUp))
_CREATE: Final = sql.SQL("""
INSERT INTO fill_up (fleet_id, vehicle_id, entered_by, idempotency_key, {names})
SELECT fleet_id, vehicle_id, %(by)s, %(idempotency_key)s, {values}
FROM vehicle WHERE fleet_id = %(fleet_id)s AND vehicle_id = %(vehicle_id)s
ON CONFLICT (fleet_id, idempotency_key) DO NOTHING
RETURNING {columns}
""").format(
    names=sql.SQL(", ").join(map(sql.Identifier, _NEW)),
    values=sql.SQL(", ").join(map(sql.Placeholder, _NEW)),
    columns=_COLUMNS,
)
_REPEATED: Final = sql.SQL("""
SELECT {columns} FROM fill_up WHERE fleet_id = %(fleet_id)s AND idempotency_key = %(idempotency_key)s
""").format(columns=_COLUMNS)
_BY_KEYS: Final = sql.SQL("""
SELECT idempotency_key, {columns} FROM fill_up
WHERE fleet_id = %(fleet_id)s AND idempotency_key = ANY (%(keys)s) AND volume_l IS NOT NULL
""").format(columns=_COLUMNS)
_OF_TRUCKS: Final = sql.SQL("""
SELECT {columns} FROM fill_up
WHERE fleet_id = %(fleet_id)s AND vehicle_id = ANY (%(vehicle_ids)s) AND withdrawn_at IS NULL AND volume_l IS NOT NULL
ORDER BY filled_at, fill_up_id
""").format(columns=_COLUMNS)
_FIND: Final = sql.SQL("""
SELECT {columns} FROM fill_up
WHERE fleet_id = %(fleet_id)s AND fill_up_id = %(fill_up_id)s AND withdrawn_at IS NULL AND volume_l IS NOT NULL
""").format(columns=_COLUMNS)
PAGE: Final = sql.SQL("""
SELECT {columns} FROM fill_up
WHERE fleet_id = %(fleet_id)s AND withdrawn_at IS NULL AND volume_l IS NOT NULL
  AND (filled_at, fill_up_id) > (%(after_at)s, %(after_id)s) AND filled_at < %(to_at)s
  AND (%(vehicle_ids)s::integer[] IS NULL OR vehicle_id = ANY (%(vehicle_ids)s))
  AND (%(entered_by)s::text IS NULL OR entered_by = %(entered_by)s)
ORDER BY filled_at, fill_up_id
LIMIT %(limit)s
""").format(columns=_COLUMNS)
_WITHDRAW: Final = """
UPDATE fill_up SET withdrawn_at = coalesce(withdrawn_at, now()), withdrawn_by = coalesce(withdrawn_by, %(by)s)
WHERE fleet_id = %(fleet_id)s AND fill_up_id = %(fill_up_id)s RETURNING fill_up_id
"""
_CONFIRM: Final = sql.SQL("""
UPDATE fill_up SET confirmed = (SELECT array_agg(DISTINCT kind) FROM unnest(confirmed || %(kind)s::text) AS kind)
WHERE fleet_id = %(fleet_id)s AND fill_up_id = %(fill_up_id)s AND withdrawn_at IS NULL RETURNING {columns}
""").format(columns=_COLUMNS)


def _values(new: NewFillUp) -> dict[str, Any]:
    return {name: getattr(new, name) for name in _NEW}


async def add_fill_up(
    conn: AsyncConnection, *, fleet_id: int, vehicle_id: int, new: NewFillUp, by: str, idempotency_key: str | None
) -> FillUp | None:
    """Keep a fill-up and return it; the same again with its key returns what it made. None: no such truck.

    Raises KeyReusedError if the key made something else.
    """
    values = _values(new) | {
        "fleet_id": fleet_id,
        "vehicle_id": vehicle_id,
        "by": by,
        "idempotency_key": idempotency_key,
    }
    async with conn.cursor(row_factory=class_row(FillUp)) as cursor:
        made = await (await cursor.execute(_CREATE, values)).fetchone()
        if made is None and idempotency_key is not None:
            made = await (await cursor.execute(_REPEATED, values)).fetchone()
            said = _values(new) | {"vehicle_id": vehicle_id, "entered_by": by}
            if made is not None and any(getattr(made, name) != value for name, value in said.items()):
                raise KeyReusedError("this key came with another entry before")
        return made


async def add_fill_ups(
    conn: AsyncConnection, *, fleet_id: int, rows: Sequence[tuple[str, int, NewFillUp]], by: str
) -> tuple[dict[str, FillUp], int]:
    """Keep fill-ups, each with its key and truck, and return them by key, and how many were not there already.

    One whose truck is not the fleet's is left out.
    """
    common = {"fleet_id": fleet_id, "by": by}
    values = [_values(new) | common | {"idempotency_key": key, "vehicle_id": truck} for key, truck, new in rows]
    async with conn.cursor(row_factory=dict_row) as cursor:
        await cursor.executemany(_CREATE, values)
        new_count = cursor.rowcount
        await cursor.execute(_BY_KEYS, {"fleet_id": fleet_id, "keys": [key for key, *_ in rows]})
        return {row.pop("idempotency_key"): FillUp(**row) for row in await cursor.fetchall()}, new_count


async def list_fill_ups(conn: AsyncConnection, *, fleet_id: int, vehicle_ids: Collection[int]) -> list[FillUp]:
    """Return all fill-ups of petrol of some of the fleet's trucks, in order of time, without those taken back."""
    values = {"fleet_id": fleet_id, "vehicle_ids": list(vehicle_ids)}
    async with conn.cursor(binary=True, row_factory=class_row(FillUp)) as cursor:
        return await (await cursor.execute(_OF_TRUCKS, values)).fetchall()


async def find_fill_up(conn: AsyncConnection, *, fleet_id: int, fill_up_id: int) -> FillUp | None:
    """Return one of the fleet's fill-ups of petrol, or None if it has none of that number or it was taken back."""
    values = {"fleet_id": fleet_id, "fill_up_id": fill_up_id}
    async with conn.cursor(binary=True, row_factory=class_row(FillUp)) as cursor:
        return await (await cursor.execute(_FIND, values)).fetchone()


async def page_fill_ups(
    conn: AsyncConnection,
    *,
    fleet_id: int,
    vehicle_ids: Sequence[int] | None,
    from_at: datetime | None,
    to_at: datetime | None,
    entered_by: str | None = None,
    after: tuple[datetime, int] | None,
    limit: int,
) -> list[FillUp]:
    """Return up to `limit` of these (None: all) trucks' fill-ups in [from_at, to_at), entered by one (None: by anyone).

    Those that come next after a time and number. Of petrol, in order of time, without those taken back.
    """
    # Numbers begin at 1. One lower bound, and no "or it is null": so the index holds whichever plan is taken.
    after_at, after_id = max(after or (BEGINNING, 0), (from_at or BEGINNING, 0))
    values = {
        "fleet_id": fleet_id,
        "vehicle_ids": None if vehicle_ids is None else list(vehicle_ids),
        "to_at": to_at or END,
        "entered_by": entered_by,
        "after_at": after_at,
        "after_id": after_id,
        "limit": limit,
    }
    async with conn.cursor(binary=True, row_factory=class_row(FillUp)) as cursor:
        return await (await cursor.execute(PAGE, values)).fetchall()


async def withdraw_fill_up(conn: AsyncConnection, *, fleet_id: int, fill_up_id: int, by: str) -> bool:
    """Take a fill-up back; False if the fleet has none of that number. Again changes nothing."""
    values = {"fleet_id": fleet_id, "fill_up_id": fill_up_id, "by": by}
    async with conn.cursor() as cursor:
        await cursor.execute(_WITHDRAW, values)
        return await cursor.fetchone() is not None


async def confirm_fill_up(conn: AsyncConnection, *, fleet_id: int, fill_up_id: int, kind: str) -> FillUp | None:
    """Note that an entry is right though it looks odd, and return it; None if the fleet has none of that number."""
    values = {"fleet_id": fleet_id, "fill_up_id": fill_up_id, "kind": kind}
    async with conn.cursor(row_factory=class_row(FillUp)) as cursor:
        return await (await cursor.execute(_CONFIRM, values)).fetchone()


def import_fill_ups(
    conn: Connection, *, fleet_id: int, vehicle_id: int, rows: Iterable[tuple[str, NewFillUp]], by: str
) -> int:
    """Keep fill-ups by their keys, and return how many were new: the same file again adds nothing."""
    count = 0
    for key, new in rows:
        values = _values(new) | {"fleet_id": fleet_id, "vehicle_id": vehicle_id, "by": by, "idempotency_key": key}
        count += conn.execute(_CREATE, values).rowcount
    return count


def read_fill_ups_of(conn: Connection, *, fleet_id: int, vehicle_id: int) -> list[FillUp]:
    """Return a truck's fill-ups of petrol in order of time, without those taken back."""
    values = {"fleet_id": fleet_id, "vehicle_ids": [vehicle_id]}
    with conn.cursor(row_factory=class_row(FillUp)) as cursor:
        return cursor.execute(_OF_TRUCKS, values).fetchall()


# --- the tank's level, and where the truck was -----------------------------------------------------------------------

_LEVELS: Final = """
SELECT started_at, ended_at, lat, lon, first_pct, last_pct FROM tank_level
WHERE vehicle_id = %(vehicle_id)s ORDER BY started_at
"""
_EVENT: Final = tuple(item.name for item in fields(TankEvent))
_FORGET_EVENTS: Final = "DELETE FROM tank_event WHERE vehicle_id = %(vehicle_id)s"
_SAVE_EVENT: Final = sql.SQL(
    "INSERT INTO tank_event (vehicle_id, fleet_id, {names}) VALUES (%(vehicle_id)s, %(fleet_id)s, {values})"
).format(names=sql.SQL(", ").join(map(sql.Identifier, _EVENT)), values=sql.SQL(", ").join(map(sql.Placeholder, _EVENT)))
_UNPLACED: Final = load("keitora.fillups", "read_unplaced")
_SAVE_PRESENCE: Final = "UPDATE fill_up SET presence = %(presence)s WHERE fill_up_id = %(fill_up_id)s"


def read_levels(conn: Connection[Any], *, vehicle_id: int) -> list[Level]:
    """Return a truck's tank levels at standstill, in order of time."""
    with conn.cursor(row_factory=class_row(Level)) as cursor:
        return cursor.execute(_LEVELS, {"vehicle_id": vehicle_id}).fetchall()


def save_tank_events(conn: Connection[Any], *, fleet_id: int, vehicle_id: int, events: Sequence[TankEvent]) -> None:
    """Store a truck's refuels and losses in place of those it had."""
    common = {"fleet_id": fleet_id, "vehicle_id": vehicle_id}
    conn.execute(_FORGET_EVENTS, common)
    for event in events:
        conn.execute(_SAVE_EVENT, common | {name: getattr(event, name) for name in _EVENT})


@dataclass(frozen=True, slots=True)
class Unplaced:
    """A fill-up with a place, what was told of the truck's presence, and where it was within ten minutes of it."""

    fill_up_id: int
    filled_at: datetime
    lat: float
    lon: float
    presence: Presence | None
    derived_to: datetime | None
    seen: list[Seen]


def read_unplaced(conn: Connection[Any], *, vehicle_id: int) -> list[Unplaced]:
    """Return a truck's fill-ups that have a place, with where it was about then."""
    with conn.cursor(row_factory=dict_row) as cursor:
        rows = cursor.execute(_UNPLACED, {"vehicle_id": vehicle_id}).fetchall()
    return [
        Unplaced(
            **{name: row[name] for name in ("fill_up_id", "filled_at", "lat", "lon", "presence", "derived_to")},
            seen=[Seen(at, lat, lon) for at, lat, lon in zip(row["ats"], row["lats"], row["lons"], strict=True)],
        )
        for row in rows
    ]


def save_presence(conn: Connection[Any], *, fill_up_id: int, presence: Presence) -> None:
    """Note whether the truck was there."""
    conn.execute(_SAVE_PRESENCE, {"fill_up_id": fill_up_id, "presence": presence})


EVENT_PAGE: Final = """
SELECT e.vehicle_id, v.name AS vehicle_name, e.from_at, e.to_at, e.kind, e.volume_l, e.plus_minus_l, e.from_pct,
       e.to_pct, e.lat, e.lon
FROM tank_event AS e JOIN vehicle AS v USING (fleet_id, vehicle_id)
WHERE e.fleet_id = %(fleet_id)s
  AND (e.from_at, e.vehicle_id) > (%(after_at)s, %(after_vehicle_id)s) AND e.from_at < %(to_at)s
  AND (e.from_at >= %(from_at)s OR e.to_at > %(from_at)s)
  AND (%(vehicle_ids)s::integer[] IS NULL OR e.vehicle_id = ANY (%(vehicle_ids)s))
ORDER BY e.from_at, e.vehicle_id
LIMIT %(limit)s
"""
_BALANCES: Final = load("keitora.fillups", "read_balances")


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredTankEvent(TankEvent):
    """A refuel or loss, and the truck it is of."""

    vehicle_id: int
    vehicle_name: str


@dataclass(frozen=True, slots=True)
class Balance:
    """What a truck used, was filled with, and holds more than before (L); None where it is not known."""

    vehicle_id: int
    vehicle_name: str
    used_l: float | None
    used_plus_minus_l: float | None
    level_change_l: float | None
    filled_l: float

    @property
    def difference_l(self) -> float | None:
        """Return the litres that are not accounted for; a level nobody tells counts as unchanged."""
        return None if self.used_l is None else self.filled_l - self.used_l - (self.level_change_l or 0.0)


async def page_tank_events(
    conn: AsyncConnection,
    *,
    fleet_id: int,
    vehicle_ids: Sequence[int] | None,
    from_at: datetime | None,
    to_at: datetime | None,
    after: tuple[datetime, int] | None,
    limit: int,
) -> list[StoredTankEvent]:
    """Return up to `limit` refuels and losses that touch [from_at, to_at), by time; those after a begin and a truck."""
    if after is None and from_at is not None:
        after = await first_touching(conn, "tank_event", ("from_at", "to_at"), fleet_id=fleet_id, at=from_at), 0
    after_at, after_vehicle_id = after or (BEGINNING, 0)
    values = {
        "fleet_id": fleet_id,
        "vehicle_ids": None if vehicle_ids is None else list(vehicle_ids),
        "from_at": from_at or BEGINNING,
        "to_at": to_at or END,
        "after_at": after_at,
        "after_vehicle_id": after_vehicle_id,
        "limit": limit,
    }
    async with conn.cursor(binary=True, row_factory=class_row(StoredTankEvent)) as cursor:
        return await (await cursor.execute(EVENT_PAGE, values)).fetchall()


async def read_balances(
    conn: AsyncConnection, *, fleet_id: int, vehicle_ids: Sequence[int] | None, from_date: date, to_date: date
) -> list[Balance]:
    """Return the balances of the fleet's trucks that burn fuel, over the local days [from_date, to_date), by truck."""
    values = {
        "fleet_id": fleet_id,
        "vehicle_ids": None if vehicle_ids is None else list(vehicle_ids),
        "from_date": from_date,
        "to_date": to_date,
    }
    async with conn.cursor(row_factory=class_row(Balance)) as cursor:
        return await (await cursor.execute(_BALANCES, values)).fetchall()
