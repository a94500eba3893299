"""Keeps the broker's users in step with the database, whoever changed it."""

import logging
import os
import random
import socket
from pathlib import Path
from threading import Event
from time import monotonic
from typing import Any, Final

import psycopg
from psycopg import Connection

from keitora.access.broker_folder import reload_broker, write_accounts
from keitora.access.queries import list_accounts, listen
from keitora.access.templates import read_templates
from keitora.services.queries import beat

log = logging.getLogger(__name__)

SERVICE: Final = "broker-users"

_LOOK_AGAIN_S: Final = 30.0  # also without being told: a notification is lost with its connection
_WAKE_S: Final = 1.0
_RETRY_FIRST_S: Final = 0.5
_RETRY_LONGEST_S: Final = 10.0


def sync(conn: Connection[Any], folder: Path, mapping_file: Path | None = None) -> bool:
    """Write the broker's users as the database has them now; return whether anything changed."""
    return write_accounts(folder, list_accounts(conn), read_templates(mapping_file))


def keep(conninfo: str, folder: Path, mapping_file: Path | None, stop: Event) -> None:
    """Work until `stop` is set. While the database is away the broker goes on with the users it has."""
    instance = f"{socket.gethostname()}:{os.getpid()}"
    delay_s = _RETRY_FIRST_S
    while not stop.is_set():
        try:
            with psycopg.connect(conninfo, autocommit=True, application_name="keitora-broker-users") as conn:
                delay_s = _RETRY_FIRST_S
                _follow(conn, folder, mapping_file, stop, instance)
        except psycopg.OperationalError as error:
            log.warning("database is away, the broker's users stay as they are: %s", error)
            stop.wait(delay_s * random.uniform(0.5, 1.5))  # noqa: S311 -- jitter, no secret
            delay_s = min(delay_s * 2, _RETRY_LONGEST_S)


def _follow(conn: Connection[Any], folder: Path, mapping_file: Path | None, stop: Event, instance: str) -> None:
    listen(conn)  # before the first look, so that no change falls in between
    # Told once without need: our predecessor may have been stopped between writing and telling the broker.
    must_tell, is_due, looked_s = True, True, 0.0
    while not stop.is_set():
        if is_due or monotonic() - looked_s >= _LOOK_AGAIN_S:
            must_tell = sync(conn, folder, mapping_file) or must_tell
            beat(conn, service=SERVICE, instance=instance, detail={})
            looked_s = monotonic()
        if must_tell:
            told = reload_broker(folder)
            must_tell = told == "starting"
            log.info("the broker's users are written; broker: %s", told)
        is_due = any(True for _ in conn.notifies(timeout=_WAKE_S, stop_after=1))
