"""SQL of the services' heartbeats."""

from collections.abc import Mapping
from typing import Any, Final

from psycopg import Connection
from psycopg.types.json import Jsonb

_BEAT: Final = """
INSERT INTO service_heartbeat (service, instance, beat_at, detail) VALUES (%(service)s, %(instance)s, now(), %(detail)s)
ON CONFLICT (service, instance) DO UPDATE SET beat_at = now(), detail = excluded.detail
"""
_FORGET: Final = "DELETE FROM service_heartbeat WHERE service = %(service)s AND beat_at < now() - interval '1 day'"
_WELL: Final = """
SELECT 1 FROM service_heartbeat
WHERE service = %(service)s AND split_part(instance, ':', 1) = %(host)s
  AND beat_at > now() - make_interval(secs => %(within_s)s)
  AND coalesce((detail ->> 'broker_connected')::boolean, true)
"""


def beat(conn: Connection[Any], *, service: str, instance: str, detail: Mapping[str, object]) -> None:
    """Say that a process (`host:pid`) lives, and how it fares; those that fell silent a day ago are forgotten."""
    conn.execute(_FORGET, {"service": service})
    conn.execute(_BEAT, {"service": service, "instance": instance, "detail": Jsonb(detail)})


def is_well(conn: Connection[Any], *, service: str, host: str, within_s: float) -> bool:
    """Tell whether a process of the service on this host showed itself lately, with its broker connected."""
    return conn.execute(_WELL, {"service": service, "host": host, "within_s": within_s}).fetchone() is not None
