"""Whether this container's service works: `healthy.py ingest`, `derive` or `api`; exit code 0 or 1, for Docker."""

import socket
import sys
from typing import Final

import psycopg

from keitora.local.probe import api_answers
from keitora.settings import ApiSettings, DatabaseSettings

# A beat is due every 5 s, but not while a truck with years of samples is folded anew.
_LATEST_S: Final = 120
_BEATS: Final = """
SELECT 1 FROM service_heartbeat
WHERE service = %(service)s AND split_part(instance, ':', 1) = %(host)s
  AND beat_at > now() - make_interval(secs => %(latest_s)s)
  AND coalesce((detail ->> 'broker_connected')::boolean, true)
"""


def beats(service: str, host: str) -> bool:
    """Tell whether a process of the service on this host showed itself lately, with its broker connected."""
    values = {"service": service, "host": host, "latest_s": _LATEST_S}
    try:
        with psycopg.connect(DatabaseSettings().conninfo(), connect_timeout=5) as conn:
            return conn.execute(_BEATS, values).fetchone() is not None
    except psycopg.OperationalError as error:
        print(error)
        return False


def main(argv: list[str]) -> int:
    """Ask for one service; return 0 if it works, else 1."""
    (service,) = argv
    if service == "api":
        return 0 if api_answers(f"http://127.0.0.1:{ApiSettings().api_port}") else 1
    return 0 if beats(service, socket.gethostname()) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
