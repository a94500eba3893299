"""All SQL of the log of changes. The caller commits, so that a change and its entry stand or fall together."""

import json
from typing import Any, Final

from psycopg import AsyncConnection
from psycopg.rows import class_row
from psycopg.types.json import Jsonb

from keitora.audit.model import LARGEST_CHARS, Actor, AuditEntry, Change

_ADD: Final = """
INSERT INTO audit_entry (fleet_id, who, person_id, api_key_id, address, action, object, before, after)
VALUES (%(fleet_id)s, %(who)s, %(person_id)s, %(api_key_id)s, %(address)s, %(action)s, %(object)s, %(before)s,
        %(after)s)
"""
_LIST: Final = """
SELECT audit_entry_id, made_at, who, address, action, object, before, after FROM audit_entry
WHERE fleet_id = %(fleet_id)s AND (%(before_id)s::bigint IS NULL OR audit_entry_id < %(before_id)s)
ORDER BY audit_entry_id DESC LIMIT %(limit)s
"""


async def add_audit_entry(conn: AsyncConnection, *, fleet_id: int, by: Actor, change: Change) -> None:
    """Keep who makes which change."""
    values = {
        "fleet_id": fleet_id,
        "who": by.who,
        "person_id": by.person_id,
        "api_key_id": by.api_key_id,
        "address": by.address,
        "action": change.action,
        "object": change.object,
        "before": _small(change.before),
        "after": _small(change.after),
    }
    await conn.execute(_ADD, values)


async def list_audit_entries(
    conn: AsyncConnection, *, fleet_id: int, limit: int, before_id: int | None = None
) -> list[AuditEntry]:
    """Return the newest changes, those with numbers below `before_id` if one is said."""
    async with conn.cursor(row_factory=class_row(AuditEntry)) as cursor:
        await cursor.execute(_LIST, {"fleet_id": fleet_id, "limit": limit, "before_id": before_id})
        return await cursor.fetchall()


def _small(value: Any) -> Jsonb | None:
    if value is None:
        return None
    text = json.dumps(value, ensure_ascii=False)
    # PostgreSQL's jsonb takes no NUL.
    return Jsonb("(long)" if len(text) > LARGEST_CHARS or "\\u0000" in text else value)
