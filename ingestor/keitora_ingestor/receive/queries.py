"""SQL of the HTTP receiver: whose a credential is."""

from dataclasses import dataclass
from typing import Any, Final

from psycopg import AsyncConnection
from psycopg.rows import class_row


@dataclass(frozen=True, slots=True)
class Credential:
    """The credential of a device, not revoked."""

    username: str
    password_hash: str
    source: str
    device_key: str


_BY_USERNAME: Final = """
SELECT c.username, c.password_hash, d.source, d.device_key
FROM device_credential AS c JOIN device AS d USING (device_id)
WHERE c.username = %(username)s AND c.revoked_at IS NULL
"""
_BY_DEVICE: Final = """
SELECT c.username, c.password_hash, d.source, d.device_key
FROM device_credential AS c JOIN device AS d USING (device_id)
WHERE d.source = %(source)s AND d.device_key = %(device_key)s AND c.revoked_at IS NULL
"""


async def find_credential(conn: AsyncConnection[Any], *, username: str) -> Credential | None:
    """Return the credential of that username, or None."""
    async with conn.cursor(row_factory=class_row(Credential)) as cursor:
        await cursor.execute(_BY_USERNAME, {"username": username})
        return await cursor.fetchone()


async def find_device_credential(conn: AsyncConnection[Any], *, source: str, device_key: str) -> Credential | None:
    """Return the credential of a device, or None."""
    async with conn.cursor(row_factory=class_row(Credential)) as cursor:
        await cursor.execute(_BY_DEVICE, {"source": source, "device_key": device_key})
        return await cursor.fetchone()
