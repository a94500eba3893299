"""All SQL of answers to writes that may be repeated. The caller commits."""

from typing import Any, Final

from psycopg import AsyncConnection
from psycopg.types.json import Jsonb

_FORGET: Final = """
DELETE FROM idempotent_answer WHERE fleet_id = %(fleet_id)s AND answered_at < now() - interval '7 days'
"""
_CLAIM: Final = """
INSERT INTO idempotent_answer (fleet_id, idempotency_key, request_sha256)
VALUES (%(fleet_id)s, %(key)s, %(digest)s)
ON CONFLICT (fleet_id, idempotency_key) DO NOTHING
"""
_FIND: Final = """
SELECT request_sha256, body FROM idempotent_answer WHERE fleet_id = %(fleet_id)s AND idempotency_key = %(key)s
"""
_KEEP: Final = """
UPDATE idempotent_answer SET body = %(body)s WHERE fleet_id = %(fleet_id)s AND idempotency_key = %(key)s
"""


async def claim_key(conn: AsyncConnection, *, fleet_id: int, key: str, digest: bytes) -> bool:
    """Take a key for a request; False if it was taken before. Waits for a request that is just using it."""
    await conn.execute(_FORGET, {"fleet_id": fleet_id})
    taken = await conn.execute(_CLAIM, {"fleet_id": fleet_id, "key": key, "digest": digest})
    return taken.rowcount > 0


async def keep_answer(conn: AsyncConnection, *, fleet_id: int, key: str, body: dict[str, Any]) -> None:
    """Keep what was answered to the request that took a key."""
    await conn.execute(_KEEP, {"fleet_id": fleet_id, "key": key, "body": Jsonb(body)})


async def find_answer(conn: AsyncConnection, *, fleet_id: int, key: str) -> tuple[bytes, dict[str, Any]] | None:
    """Return the digest of the request that took a key, and what was answered."""
    found = await (await conn.execute(_FIND, {"fleet_id": fleet_id, "key": key})).fetchone()
    return None if found is None else (bytes(found[0]), found[1])
