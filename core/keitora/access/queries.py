"""All SQL of credentials. The caller commits."""

from typing import Any, Final

from psycopg import Connection
from psycopg.rows import class_row

from keitora.access.model import Account, Credential

CHANNEL: Final = "keitora_credential"
"""The database tells on it that credentials have changed."""

_PUT: Final = """
INSERT INTO device_credential (device_id, fleet_id, username, password_hash)
SELECT device_id, fleet_id, %(username)s, %(password_hash)s FROM device WHERE device_id = %(device_id)s
ON CONFLICT (device_id) DO UPDATE SET
    username = excluded.username, password_hash = excluded.password_hash, created_at = now(), revoked_at = NULL
"""
_FIND: Final = """
SELECT device_id, username, password_hash, created_at, revoked_at FROM device_credential WHERE device_id = %(device_id)s
"""
REVOKE_CREDENTIAL: Final = """
UPDATE device_credential SET revoked_at = now() WHERE device_id = %(device_id)s AND revoked_at IS NULL
"""
_PUT_GATEWAY: Final = """
INSERT INTO gateway_credential (source, username, password_hash) VALUES (%(source)s, %(username)s, %(password_hash)s)
ON CONFLICT (source) DO UPDATE SET password_hash = excluded.password_hash, created_at = now(), revoked_at = NULL
"""
_FIND_GATEWAY: Final = "SELECT password_hash FROM gateway_credential WHERE source = %(source)s AND revoked_at IS NULL"
_REVOKE_GATEWAY: Final = """
UPDATE gateway_credential SET revoked_at = now() WHERE source = %(source)s AND revoked_at IS NULL
"""
_LIST_ACCOUNTS: Final = """
SELECT c.username, c.password_hash, d.source, d.device_key
FROM device_credential AS c JOIN device AS d USING (device_id) WHERE c.revoked_at IS NULL
UNION ALL
SELECT username, password_hash, source, NULL FROM gateway_credential WHERE revoked_at IS NULL
"""


def put_credential(conn: Connection[Any], *, device_id: int, username: str, password_hash: str) -> None:
    """Give a device a credential in place of any it had; a revoked one is let in again."""
    conn.execute(_PUT, {"device_id": device_id, "username": username, "password_hash": password_hash})


def find_credential(conn: Connection[Any], *, device_id: int) -> Credential | None:
    """Return a device's credential, revoked or not, or None."""
    with conn.cursor(row_factory=class_row(Credential)) as cursor:
        return cursor.execute(_FIND, {"device_id": device_id}).fetchone()


def revoke_credential(conn: Connection[Any], *, device_id: int) -> bool:
    """Take a device's credential away; False if it had none."""
    return conn.execute(REVOKE_CREDENTIAL, {"device_id": device_id}).rowcount == 1


def put_gateway(conn: Connection[Any], *, source: str, username: str, password_hash: str) -> None:
    """Give the gateway of a source a credential in place of any it had."""
    conn.execute(_PUT_GATEWAY, {"source": source, "username": username, "password_hash": password_hash})


def find_gateway_hash(conn: Connection[Any], *, source: str) -> str | None:
    """Return the hash of a gateway's password, or None if it has no credential or it was revoked."""
    row = conn.execute(_FIND_GATEWAY, {"source": source}).fetchone()
    return None if row is None else str(row[0])


def revoke_gateway(conn: Connection[Any], *, source: str) -> bool:
    """Take a gateway's credential away; False if it had none."""
    return conn.execute(_REVOKE_GATEWAY, {"source": source}).rowcount == 1


def list_accounts(conn: Connection[Any]) -> list[Account]:
    """Return everyone the broker is to let in."""
    with conn.cursor(row_factory=class_row(Account)) as cursor:
        return cursor.execute(_LIST_ACCOUNTS).fetchall()


def listen(conn: Connection[Any]) -> None:
    """Ask to be told of changes; the connection must be in autocommit mode."""
    conn.execute(f"LISTEN {CHANNEL}")
