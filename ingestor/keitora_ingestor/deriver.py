"""The derive worker: claims a touched vehicle, folds its samples, stores the rows. Any number may run."""

import logging
import os
import socket
from datetime import datetime
from threading import Event
from time import monotonic
from typing import Any, Final

import psycopg
from psycopg import Connection

from keitora.books.state import State, state_from_json
from keitora.clock import instant
from keitora.derive.fold import fold
from keitora.derive.queries import (
    Claim,
    admit_touched,
    claim,
    find_checkpoint,
    find_rules,
    forget_from,
    save_facts,
    save_state,
    take_touches,
)
from keitora.samples.queries import read_for_fold
from keitora.settings import DatabaseSettings
from keitora_ingestor.queries import beat

log = logging.getLogger(__name__)

IDLE_S: Final = 0.5
AWAY_S: Final = 2.0
BEAT_EVERY_S: Final = 5.0


def derive_next(conn: Connection[Any]) -> bool:
    """Derive one vehicle whose samples were touched, in one transaction. Returns False where none waits."""
    with conn.transaction():
        admit_touched(conn)
        claimed = claim(conn)
        if claimed is None:
            return False
        touched = take_touches(conn, claimed.vehicle_id)
        if touched is not None:
            _derive(conn, claimed, *touched)
        return True


def _derive(conn: Connection[Any], claimed: Claim, touched_from: datetime, touched_to: datetime) -> None:
    """Fold on, or go back to where the touched time was not known yet and fold again."""
    vehicle_id = claimed.vehicle_id
    rules = find_rules(conn, vehicle_id)
    version = rules.version()
    known = State() if claimed.state_json is None else state_from_json(claimed.state_json)
    until = touched_to if known.last_ms is None else max(touched_to, instant(known.last_ms))
    state: State | None = known
    if known.last_ms is None or claimed.rules_version != version:
        state = None
    elif touched_from <= instant(known.last_ms):
        state = find_checkpoint(conn, vehicle_id=vehicle_id, before=touched_from)
    if state is not known:
        state = state or State()
        forget_from(conn, vehicle_id=vehicle_id, state=state)
    samples = read_for_fold(conn, vehicle_id=vehicle_id, after_ms=state.last_ms, until=until)
    state, facts = fold(state, samples, rules)
    save_facts(conn, vehicle_id=vehicle_id, fleet_id=claimed.fleet_id, facts=facts, version=version)
    save_state(conn, vehicle_id=vehicle_id, state=state, checkpoints=facts.checkpoints, version=version)


def run(database: DatabaseSettings, stop: Event) -> None:
    """Derive what is touched until `stop` is set; a database that is away is waited for."""
    instance = f"{socket.gethostname()}:{os.getpid()}"
    derived_count = 0
    while not stop.is_set():
        try:
            with psycopg.connect(database.conninfo(), autocommit=True, application_name="keitora-derive") as conn:
                log.info("database is there")
                beaten_at = -BEAT_EVERY_S
                while not stop.is_set():
                    if monotonic() - beaten_at >= BEAT_EVERY_S:
                        beat(conn, service="derive", instance=instance, detail={"derived": derived_count})
                        beaten_at = monotonic()
                    if derive_next(conn):
                        derived_count += 1
                    else:
                        stop.wait(IDLE_S)
        except psycopg.OperationalError as error:
            log.warning("database is away, trying again: %s", error)
            stop.wait(AWAY_S)
