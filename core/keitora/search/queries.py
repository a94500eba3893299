"""All SQL of searching."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal

from psycopg import AsyncConnection
from psycopg.rows import class_row

from keitora.db.sql import load

_FIND: Final = load("keitora.search", "find")

HitKind = Literal["vehicle", "place", "driver", "trip_note", "fill_up", "upkeep"]


@dataclass(frozen=True, slots=True)
class Hit:
    """Something that was found. `at`: of a note, when the trip began it belongs to; of a fill-up, when it was."""

    rank: int
    kind: HitKind
    id: int
    title: str
    detail: str | None
    vehicle_id: int | None
    at: datetime | None


def pattern_of(words: str) -> str:
    """Return the pattern that finds a text anywhere; what is special in patterns is taken as it is. Pure."""
    escaped = words.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    return f"%{escaped}%"


async def find(conn: AsyncConnection, *, fleet_id: int, words: str, with_notes: bool, limit: int) -> list[Hit]:
    """Return what holds a text, up to `limit` of each kind. `with_notes`: also notes on trips and fill-ups."""
    values = {"fleet_id": fleet_id, "pattern": pattern_of(words), "with_notes": with_notes, "limit": limit}
    async with conn.cursor(row_factory=class_row(Hit)) as cursor:
        await cursor.execute(_FIND, values)
        return await cursor.fetchall()
