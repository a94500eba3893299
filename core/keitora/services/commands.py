"""`keitora health`: for containers and other supervisors."""

import argparse
import socket
import sys
from typing import Final

import psycopg

from keitora.local.probe import api_answers
from keitora.services.queries import is_well
from keitora.settings import ApiSettings, DatabaseSettings

# A beat is due every 5 s, but not while a truck with years of samples is folded anew.
_LATEST_S: Final = 120.0


def health(argv: list[str]) -> int:
    """Tell by the exit code whether a service of ours on this machine works (0) or not (1)."""
    parser = argparse.ArgumentParser(prog="keitora health", description=health.__doc__)
    parser.add_argument("service", choices=["api", "broker-users", "derive", "ingest", "receive"])
    service: str = parser.parse_args(argv).service
    if service == "api":
        return 0 if api_answers(f"http://127.0.0.1:{ApiSettings().api_port}") else 1
    try:
        with psycopg.connect(DatabaseSettings().conninfo(), connect_timeout=5) as conn:
            return 0 if is_well(conn, service=service, host=socket.gethostname(), within_s=_LATEST_S) else 1
    except psycopg.OperationalError as error:
        print(f"keitora health {service}: {error}", file=sys.stderr)
        return 1
