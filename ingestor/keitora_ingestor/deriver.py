"""The derive worker: claims a touched vehicle, folds its samples, stores the rows. Any number may run."""

import logging
import os
import socket
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from threading import Event
from time import monotonic
from typing import Any, Final

import psycopg
from psycopg import Connection

from keitora.books.rules import Rules
from keitora.books.sample import Sample
from keitora.books.state import State, state_from_json
from keitora.calibration.queries import learn_next, mark_due
from keitora.clock import instant, utc_now
from keitora.db.session import session
from keitora.derive.facts import Facts
from keitora.derive.fold import fold, fold_pieces
from keitora.derive.queries import (
    Claim,
    admit_touched,
    claim,
    claim_vehicle,
    find_checkpoint,
    find_first,
    find_rules,
    forget_checkpoints,
    is_known,
    postpone,
    save_checkpoint,
    save_state,
    take_touches,
)
from keitora.derive.reach import Reach
from keitora.derive.rows import Target, append_rows, replace_rows
from keitora.derive.touches import Touch, open_after
from keitora.episodes.saving_queries import Since, save_episodes
from keitora.episodes.settings import version_of
from keitora.errors import KeitoraError
from keitora.odometer.queries import sum_trace_days
from keitora.samples.queries import read_for_fold
from keitora.services.queries import beat
from keitora.settings import DatabaseSettings, StorageSettings
from keitora.stats.parts import make_next_parts
from keitora.storage.retention import find_closed
from keitora.storage.tidy import tidy
from keitora_ingestor.visits import PlaceError, extend_visits, place_next

log = logging.getLogger(__name__)

IDLE_S: Final = 0.5
AWAY_S: Final = 2.0
BEAT_EVERY_S: Final = 5.0
PARTS_EVERY_S: Final = 2.0
"""However much waits to be derived, now and then a truck's parts of statistics are made anew."""
TIDY_EVERY_S: Final = 3600.0
TIDY_FIRST_S: Final = 120.0
"""After a start, what has waited for the worker comes first."""
_BEGINNING: Final = instant(0)

Progress = Callable[[int], None]
"""Told the number of samples folded since it was told last."""


class DeriveError(KeitoraError):
    """A vehicle's samples could not be folded: a fault of ours. The cause says which."""

    def __init__(self, vehicle_id: int) -> None:
        super().__init__(f"vehicle {vehicle_id} could not be derived")
        self.vehicle_id = vehicle_id


@dataclass(slots=True)
class Derived:
    """What a worker did for a vehicle. `changed_count`: rows that became other than they were, where it went back."""

    vehicle_id: int
    folded_count: int = 0
    changed_count: int = 0


def derive_next(conn: Connection[Any]) -> Derived | None:
    """Derive one vehicle whose samples were touched, in one transaction. Returns None where none waits.

    Raises DeriveError where the fold fails on a vehicle; nothing of it is changed then.
    """
    with conn.transaction():
        admit_touched(conn)
        claimed = claim(conn)
        return None if claimed is None else _derive_claimed(conn, claimed, _ignore)


def derive_vehicle(conn: Connection[Any], vehicle_id: int, progress: Progress) -> Derived | None:
    """Derive one certain vehicle if its samples were touched, waiting for the worker that holds it.

    Raises DeriveError where the fold fails on it; nothing of it is changed then.
    """
    with conn.transaction():
        admit_touched(conn)
        claimed = claim_vehicle(conn, vehicle_id)
        return None if claimed is None else _derive_claimed(conn, claimed, progress)


def _ignore(_count: int) -> None:
    """Tell nobody."""


def _derive_claimed(conn: Connection[Any], claimed: Claim, progress: Progress) -> Derived:
    closed_at = find_closed(conn, claimed.vehicle_id)
    touches = open_after(take_touches(conn, claimed.vehicle_id), closed_at)
    try:
        work = _Work(conn, claimed, progress)
        if touches:
            first_at = touches[0].from_at
            work.run(touches)
            work.follow_trace()
            mark_due(conn, vehicle_id=claimed.vehicle_id, since=first_at, teaches=work.teaches)
    except psycopg.OperationalError:
        raise
    except Exception as error:
        raise DeriveError(claimed.vehicle_id) from error
    return work.done


class _Work:
    """The deriving of one vehicle in one transaction."""

    def __init__(self, conn: Connection[Any], claimed: Claim, progress: Progress) -> None:
        self.conn = conn
        self.vehicle_id = claimed.vehicle_id
        self.rules: Rules = find_rules(conn, claimed.vehicle_id)
        self.target = Target(vehicle_id=claimed.vehicle_id, fleet_id=claimed.fleet_id, version=self.rules.version())
        self.known = State() if claimed.state_json is None else state_from_json(claimed.state_json)
        self.state_version = f"{self.target.version}+{version_of(self.rules.episodes)}"
        self.is_same_version = claimed.rules_version == self.state_version
        self.progress = progress
        self.done = Derived(claimed.vehicle_id)
        self.teaches = False
        self.trace_changes: list[tuple[datetime, datetime | None]] = []

    def run(self, touches: list[Touch]) -> None:
        """Fold what was touched, stretch by stretch: newer samples on, older ones from a checkpoint before them."""
        known_ms = self.known.last_ms
        if known_ms is None or not self.is_same_version:
            until = touches[-1].to_at if known_ms is None else max(touches[-1].to_at, instant(known_ms))
            # What was settled for good is not made anew by other rules: its samples are gone.
            checkpoint = find_first(self.conn, vehicle_id=self.vehicle_id)
            self._fold_again(checkpoint or State(), [Touch(touches[0].from_at, until)])
            return
        while touches:
            if touches[0].from_at > instant(known_ms):
                self._fold_on(touches[-1].to_at)
                return
            checkpoint = find_checkpoint(self.conn, vehicle_id=self.vehicle_id, before=touches[0].from_at)
            touches = self._fold_again(checkpoint or State(), touches)
        postpone(self.conn, self.vehicle_id)

    def follow_trace(self) -> None:
        """Bring the visits, and what the odometer goes by, up to the trace."""
        for changed_from, changed_to in self.trace_changes:
            sum_trace_days(
                self.conn,
                vehicle_id=self.vehicle_id,
                fleet_id=self.target.fleet_id,
                from_at=changed_from,
                to_at=changed_to,
            )
            extend_visits(
                self.conn,
                vehicle_id=self.vehicle_id,
                fleet_id=self.target.fleet_id,
                changed_from=changed_from,
                changed_to=changed_to,
            )

    def _fold_on(self, until: datetime) -> None:
        """Fold newer samples onto the newest state."""
        since = Reach.of(self.known)
        state, facts = fold(self.known, self._counted(self.known, until), self.rules)
        if facts.trace:
            self._note_trace(since, None)
        append_rows(self.conn, self.target, facts, since=since)
        self._note_teaching(facts)
        self._save_episodes(facts, None)
        for checkpoint in facts.checkpoints:
            save_checkpoint(self.conn, vehicle_id=self.vehicle_id, checkpoint=checkpoint)
        save_state(self.conn, vehicle_id=self.vehicle_id, state=state, version=self.state_version)

    def _fold_again(self, state: State, touches: list[Touch]) -> list[Touch]:
        """Fold again from a settled state until nothing differs from what is known, and return what is left to do.

        It may stop at a checkpoint behind every touched sample so far, if an earlier fold was in the same state there.
        """
        until = touches[-1].to_at if self.known.last_ms is None else max(touches[-1].to_at, instant(self.known.last_ms))
        first = since = Reach.of(state)
        begun_ms = state.last_ms
        for piece in fold_pieces(state, self._counted(state, until), self.rules):
            checkpoint = piece.checkpoint
            reach = None if checkpoint is None else Reach.of(piece.state)
            self.done.changed_count += replace_rows(self.conn, self.target, piece.facts, since=since, until=reach)
            self._note_teaching(piece.facts)
            to_ms = None if checkpoint is None else checkpoint.last_ms
            went_over = Since(begun_ms, to_ms, [] if checkpoint is None else list(piece.state.watching.began()))
            self.done.changed_count += self._save_episodes(piece.facts, went_over)
            forget_checkpoints(self.conn, vehicle_id=self.vehicle_id, after_ms=begun_ms, to_ms=to_ms)
            if checkpoint is None or reach is None:
                save_state(self.conn, vehicle_id=self.vehicle_id, state=piece.state, version=self.state_version)
                self._note_trace(first, None)
                break
            at = instant(checkpoint.last_ms)
            left = [touch for touch in touches if touch.from_at > at]
            passed = len(left) < len(touches) and touches[len(touches) - len(left) - 1].to_at <= at
            may_stop = passed and self.is_same_version
            if may_stop and is_known(self.conn, vehicle_id=self.vehicle_id, checkpoint=checkpoint):
                self._note_trace(first, reach)
                return left
            save_checkpoint(self.conn, vehicle_id=self.vehicle_id, checkpoint=checkpoint)
            since, begun_ms = reach, checkpoint.last_ms
        return []

    def _note_teaching(self, facts: Facts) -> None:
        """Note whether there is something new to be learnt from: a charge that ended, a drive of an electric truck."""
        is_electric = self.rules.truck.energy == "electric"
        charged = any(charge.ended_at is not None for charge in facts.charges)
        self.teaches = self.teaches or charged or bool(facts.tank_levels) or (is_electric and bool(facts.trips))

    def _save_episodes(self, facts: Facts, went_over: Since | None) -> int:
        rows, fleet_id = facts.episodes, self.target.fleet_id
        return save_episodes(self.conn, vehicle_id=self.vehicle_id, fleet_id=fleet_id, rows=rows, went_over=went_over)

    def _note_trace(self, since: Reach, until: Reach | None) -> None:
        """Remember from when on, and until when, the trace may be new or other than it was."""
        begun_at = _BEGINNING if since.trace_ms is None else instant(since.trace_ms + 1)
        same_at = None if until is None or until.trace_ms is None else instant(until.trace_ms)
        self.trace_changes.append((begun_at, same_at))

    def _counted(self, state: State, until: datetime) -> Iterator[Sample]:
        """Yield the samples after a state, counting them."""
        untold = 0
        for sample in read_for_fold(self.conn, vehicle_id=self.vehicle_id, after_ms=state.last_ms, until=until):
            self.done.folded_count += 1
            untold += 1
            if untold == 1000:
                self.progress(untold)
                untold = 0
            yield sample
        self.progress(untold)


def run(database: DatabaseSettings, stop: Event, storage: StorageSettings | None = None) -> None:
    """Derive what is touched until `stop` is set; a database that is away is waited for. Now and then tidy samples."""
    worker = _Worker(storage or StorageSettings())
    while not stop.is_set():
        try:
            # A fold of years takes minutes: only the network's silence is bounded, not the work.
            with session(database.conninfo(), name="keitora-derive", patience_s=60) as (conn, _):
                log.info("database is there")
                while not stop.is_set():
                    worker.beat(conn)
                    worker.tidy(conn)
                    if not worker.work(conn):
                        stop.wait(IDLE_S)
        except (psycopg.OperationalError, psycopg.InterfaceError) as error:
            log.warning("database is away, trying again: %s", error)
            stop.wait(AWAY_S)


class _Worker:
    """What a worker counts and tells of itself."""

    def __init__(self, storage: StorageSettings) -> None:
        self._storage = storage
        self._instance = f"{socket.gethostname()}:{os.getpid()}"
        self._counts = {"derived": 0, "failed": 0}
        self._beaten_at = -BEAT_EVERY_S
        self._parts_at = 0.0
        self._tidied_at = monotonic() - TIDY_EVERY_S + TIDY_FIRST_S

    def work(self, conn: Connection[Any]) -> bool:
        """Derive one vehicle; a vehicle that fails goes to the end of the line, so that the others get their turn.

        Where no samples wait, the past of one is asked for a place that was named or changed, or a truck's factors are
        learnt from its fill-ups, or what its statistics add up is made anew.
        """
        try:
            if monotonic() - self._parts_at >= PARTS_EVERY_S:
                make_next_parts(conn)
                self._parts_at = monotonic()
            if not derive_next(conn):
                return place_next(conn) or learn_next(conn) is not None or make_next_parts(conn) is not None
        except (DeriveError, PlaceError) as error:
            log.exception("derive failed")
            postpone(conn, error.vehicle_id)
            self._counts["failed"] += 1
            return False
        self._counts["derived"] += 1
        return True

    def tidy(self, conn: Connection[Any]) -> None:
        """Pack and drop old samples, once an hour; where there is more to pack, a piece between two trucks."""
        if monotonic() - self._tidied_at >= TIDY_EVERY_S and not tidy(conn, self._storage, now=utc_now()):
            self._tidied_at = monotonic()

    def beat(self, conn: Connection[Any]) -> None:
        """Tell the database now and then that this worker lives."""
        if monotonic() - self._beaten_at >= BEAT_EVERY_S:
            beat(conn, service="derive", instance=self._instance, detail=self._counts)
            self._beaten_at = monotonic()
