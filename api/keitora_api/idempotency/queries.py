"""All SQL of answers to writes that may be repeated. The caller commits."""

from dataclasses import dataclass
from typing import Final

from psycopg import AsyncConnection
from psycopg.rows import class_row

# Those that another request is just forgetting are left to it.
_FORGET: Final = """
DELETE FROM idempotent_answer WHERE (fleet_id, idempotency_key) IN (
    SELECT fleet_id, idempotency_key FROM idempotent_answer
    WHERE fleet_id = %(fleet_id)s AND answered_at < now() - interval '7 days'
    FOR UPDATE SKIP LOCKED
)
"""
_CLAIM: Final = """
INSERT INTO idempotent_answer (fleet_id, idempotency_key, request_sha256)
VALUES (%(fleet_id)s, %(key)s, %(digest)s)
ON CONFLICT (fleet_id, idempotency_key) DO NOTHING
"""
_FIND: Final = """
SELECT request_sha256 AS digest, status, coalesce(answer, '') AS answer, is_sealed
FROM idempotent_answer WHERE fleet_id = %(fleet_id)s AND idempotency_key = %(key)s
"""
_KEEP: Final = """
UPDATE idempotent_answer SET status = %(status)s, answer = %(answer)s, is_sealed = %(is_sealed)s
WHERE fleet_id = %(fleet_id)s AND idempotency_key = %(key)s
"""


@dataclass(frozen=True, slots=True)
class KeptAnswer:
    """What was answered to the request that took a key. `status` None: by a version that kept no answer."""

    digest: bytes
    status: int | None
    answer: bytes
    is_sealed: bool


async def claim_key(conn: AsyncConnection, *, fleet_id: int, key: str, digest: bytes) -> bool:
    """Take a key for a request; False if it was taken before. Waits for a request that is just using it."""
    await conn.execute(_FORGET, {"fleet_id": fleet_id})
    taken = await conn.execute(_CLAIM, {"fleet_id": fleet_id, "key": key, "digest": digest})
    return taken.rowcount > 0


async def keep_answer(
    conn: AsyncConnection, *, fleet_id: int, key: str, status: int, answer: bytes, is_sealed: bool
) -> None:
    """Keep what was answered to the request that took a key."""
    values = {"fleet_id": fleet_id, "key": key, "status": status, "answer": answer, "is_sealed": is_sealed}
    await conn.execute(_KEEP, values)


async def find_answer(conn: AsyncConnection, *, fleet_id: int, key: str) -> KeptAnswer | None:
    """Return the request that took a key, and what was answered."""
    async with conn.cursor(row_factory=class_row(KeptAnswer)) as cursor:
        await cursor.execute(_FIND, {"fleet_id": fleet_id, "key": key})
        return await cursor.fetchone()
