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
    postpone,
    save_facts,
    save_state,
    take_touches,
)
from keitora.errors import KeitoraError
from keitora.samples.queries import read_for_fold
from keitora.services.queries import beat
from keitora.settings import DatabaseSettings

log = logging.getLogger(__name__)

IDLE_S: Final = 0.5
AWAY_S: Final = 2.0
BEAT_EVERY_S: Final = 5.0


class DeriveError(KeitoraError):
    """A vehicle's samples could not be folded: a fault of ours. The cause says which."""

    def __init__(self, vehicle_id: int) -> None:
        super().__init__(f"vehicle {vehicle_id} could not be derived")
        self.vehicle_id = vehicle_id


def derive_next(conn: Connection[Any]) -> bool:
    """Derive one vehicle whose samples were touched, in one transaction. Returns False where none waits.

    Raises DeriveError where the fold fails on a vehicle; nothing of it is changed then.
    """
    with conn.transaction():
        admit_touched(conn)
        claimed = claim(conn)
        if claimed is None:
            return False
        touched = take_touches(conn, claimed.vehicle_id)
        if touched is not None:
            try:
                _derive(conn, claimed, *touched)
            except psycopg.OperationalError:
                raise
            except Exception as error:
                raise DeriveError(claimed.vehicle_id) from error
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
    worker = _Worker()
    while not stop.is_set():
        try:
            with psycopg.connect(database.conninfo(), autocommit=True, application_name="keitora-derive") as conn:
                log.info("database is there")
                while not stop.is_set():
                    worker.beat(conn)
                    if not worker.work(conn):
                        stop.wait(IDLE_S)
        except psycopg.OperationalError as error:
            log.warning("database is away, trying again: %s", error)
            stop.wait(AWAY_S)


class _Worker:
    """What a worker counts and tells of itself."""

    def __init__(self) -> None:
        self._instance = f"{socket.gethostname()}:{os.getpid()}"
        self._counts = {"derived": 0, "failed": 0}
        self._beaten_at = -BEAT_EVERY_S

    def work(self, conn: Connection[Any]) -> bool:
        """Derive one vehicle; a vehicle that fails goes to the end of the line, so that the others get their turn."""
        try:
            if not derive_next(conn):
                return False
        except DeriveError as error:
            log.exception("derive failed")
            postpone(conn, error.vehicle_id)
            self._counts["failed"] += 1
            return False
        self._counts["derived"] += 1
        return True

    def beat(self, conn: Connection[Any]) -> None:
        """Tell the database now and then that this worker lives."""
        if monotonic() - self._beaten_at >= BEAT_EVERY_S:
            beat(conn, service="derive", instance=self._instance, detail=self._counts)
            self._beaten_at = monotonic()
