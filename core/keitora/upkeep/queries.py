"""All SQL of upkeep. The caller commits."""

from collections.abc import Sequence
from dataclasses import asdict, fields
from datetime import date
from typing import Any, Final

from psycopg import AsyncConnection, sql
from psycopg.rows import class_row, scalar_row

from keitora.db.sql import load
from keitora.upkeep.due import HABIT_DAYS
from keitora.upkeep.model import Done, DoneDraft, UpkeepDraft, UpkeepTask

_READ_TASKS: Final = load("keitora.upkeep", "read_tasks")
_TASK: Final = tuple(item.name for item in fields(UpkeepDraft))
_DONE: Final = tuple(item.name for item in fields(DoneDraft))
_DONE_COLUMNS: Final = sql.SQL(", ").join(sql.Identifier(item.name) for item in fields(Done))


def _names(names: Sequence[str]) -> sql.Composed:
    return sql.SQL(", ").join(map(sql.Identifier, names))


def _values(names: Sequence[str]) -> sql.Composed:
    return sql.SQL(", ").join(map(sql.Placeholder, names))


_CREATE_TASK: Final = sql.SQL("""
INSERT INTO upkeep_task (fleet_id, entered_by, {names})
SELECT fleet_id, %(by)s, {values} FROM vehicle
WHERE fleet_id = %(fleet_id)s AND vehicle_id = %(vehicle_id)s AND archived_at IS NULL
RETURNING upkeep_task_id
""").format(names=_names(_TASK), values=_values(_TASK))
_CHANGE_TASK: Final = sql.SQL("""
UPDATE upkeep_task SET ({names}) = ROW ({values}), changed_by = %(by)s, changed_at = now()
WHERE fleet_id = %(fleet_id)s AND upkeep_task_id = %(upkeep_task_id)s AND vehicle_id = %(vehicle_id)s
  AND archived_at IS NULL
RETURNING upkeep_task_id
""").format(names=_names(_TASK), values=_values(_TASK))
_REMOVE_TASK: Final = """
UPDATE upkeep_task SET archived_at = now(), changed_by = %(by)s, changed_at = now()
WHERE fleet_id = %(fleet_id)s AND upkeep_task_id = %(upkeep_task_id)s AND archived_at IS NULL
RETURNING upkeep_task_id
"""
_ADD_DONE: Final = sql.SQL("""
INSERT INTO upkeep_done (fleet_id, upkeep_task_id, entered_by, {names})
SELECT fleet_id, upkeep_task_id, %(by)s, {values} FROM upkeep_task
WHERE fleet_id = %(fleet_id)s AND upkeep_task_id = %(upkeep_task_id)s AND archived_at IS NULL
RETURNING {columns}
""").format(names=_names(_DONE), values=_values(_DONE), columns=_DONE_COLUMNS)
_LIST_DONE: Final = sql.SQL("""
SELECT {columns} FROM upkeep_done
WHERE fleet_id = %(fleet_id)s AND upkeep_task_id = %(upkeep_task_id)s AND withdrawn_at IS NULL
ORDER BY done_on DESC, upkeep_done_id DESC
""").format(columns=_DONE_COLUMNS)
_WITHDRAW_DONE: Final = """
UPDATE upkeep_done SET withdrawn_at = coalesce(withdrawn_at, now()), withdrawn_by = coalesce(withdrawn_by, %(by)s)
WHERE fleet_id = %(fleet_id)s AND upkeep_task_id = %(upkeep_task_id)s AND upkeep_done_id = %(upkeep_done_id)s
RETURNING upkeep_done_id
"""


async def read_tasks(
    conn: AsyncConnection,
    *,
    fleet_id: int,
    today: date,
    vehicle_ids: Sequence[int] | None = None,
    upkeep_task_id: int | None = None,
) -> list[UpkeepTask]:
    """Return the upkeep of the fleet's trucks in service, by number, with what was driven since it was done last."""
    values = {
        "fleet_id": fleet_id,
        "today": today,
        "habit_days": HABIT_DAYS,
        "vehicle_ids": None if vehicle_ids is None else list(vehicle_ids),
        "upkeep_task_id": upkeep_task_id,
    }
    async with conn.cursor(row_factory=class_row(UpkeepTask)) as cursor:
        await cursor.execute(_READ_TASKS, values)
        return await cursor.fetchall()


async def create_task(conn: AsyncConnection, *, fleet_id: int, draft: UpkeepDraft, by: str) -> int | None:
    """Keep a task and return its number; None if the truck is not the fleet's, or not in service."""
    return await _number(conn, _CREATE_TASK, {"fleet_id": fleet_id, "by": by, **asdict(draft)})


async def change_task(
    conn: AsyncConnection, *, fleet_id: int, upkeep_task_id: int, draft: UpkeepDraft, by: str
) -> bool:
    """Change a task of the same truck; False if there is none of that number."""
    values = {"fleet_id": fleet_id, "by": by, "upkeep_task_id": upkeep_task_id, **asdict(draft)}
    return await _number(conn, _CHANGE_TASK, values) is not None


async def remove_task(conn: AsyncConnection, *, fleet_id: int, upkeep_task_id: int, by: str) -> bool:
    """Take a task off the list; False if there is none of that number. What was done stays on record."""
    values = {"fleet_id": fleet_id, "by": by, "upkeep_task_id": upkeep_task_id}
    return await _number(conn, _REMOVE_TASK, values) is not None


async def add_done(
    conn: AsyncConnection, *, fleet_id: int, upkeep_task_id: int, draft: DoneDraft, by: str
) -> Done | None:
    """Keep that a task was done; None if the fleet has none of that number."""
    values = {"fleet_id": fleet_id, "by": by, "upkeep_task_id": upkeep_task_id, **asdict(draft)}
    async with conn.cursor(row_factory=class_row(Done)) as cursor:
        return await (await cursor.execute(_ADD_DONE, values)).fetchone()


async def list_done(conn: AsyncConnection, *, fleet_id: int, upkeep_task_id: int) -> list[Done]:
    """Return when a task was done, newest first, without what was taken back."""
    async with conn.cursor(row_factory=class_row(Done)) as cursor:
        await cursor.execute(_LIST_DONE, {"fleet_id": fleet_id, "upkeep_task_id": upkeep_task_id})
        return await cursor.fetchall()


async def withdraw_done(
    conn: AsyncConnection, *, fleet_id: int, upkeep_task_id: int, upkeep_done_id: int, by: str
) -> bool:
    """Take back that a task was done; False if there is no such entry. Again changes nothing."""
    values = {"fleet_id": fleet_id, "by": by, "upkeep_task_id": upkeep_task_id, "upkeep_done_id": upkeep_done_id}
    return await _number(conn, _WITHDRAW_DONE, values) is not None


async def _number(conn: AsyncConnection, statement: sql.Composed | str, values: dict[str, Any]) -> int | None:
    async with conn.cursor(row_factory=scalar_row) as cursor:
        found: int | None = await (await cursor.execute(statement, values)).fetchone()
        return found
