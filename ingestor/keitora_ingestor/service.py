"""The ingestor: takes what came, stores it, acknowledges it.

Several writers work side by side, each with a connection of its own: while one waits for the database, another decodes.
"""

import gc
import logging
import math
import os
import random
import socket
from collections.abc import Callable
from dataclasses import replace
from threading import Event, Lock, Thread
from time import monotonic
from typing import Any, Final

import psycopg
from psycopg import Connection

from keitora.clock import utc_now
from keitora.db.session import Watch, session
from keitora.services.queries import beat
from keitora.settings import DatabaseSettings, IngestSettings, MqttSettings
from keitora.wire.native import Flooding
from keitora.wire.topics import acknowledgement, control
from keitora_ingestor.assemble import TimeBounds
from keitora_ingestor.connection import BrokerConnection, Receipts, receipts_of
from keitora_ingestor.decode.bounds import Bounds
from keitora_ingestor.decode.files import load_table
from keitora_ingestor.devices import DeviceCache
from keitora_ingestor.flood import Budget, FloodGate
from keitora_ingestor.inorder import InOrder
from keitora_ingestor.limits import Limits
from keitora_ingestor.message import Message
from keitora_ingestor.metrics import Metrics
from keitora_ingestor.outcome import Outcome
from keitora_ingestor.queries import expire_buried
from keitora_ingestor.writer import write

log = logging.getLogger(__name__)

BEAT_EVERY_S: Final = 5.0
TELL_EVERY_S: Final = 60.0
EXPIRE_EVERY_S: Final = 3600.0
RETRY_FIRST_S: Final = 0.2
RETRY_LONGEST_S: Final = 5.0
TAKE_WAIT_S: Final = 0.5
LEAVE_AFTER_S: Final = 3.0
AWAY: Final = (psycopg.OperationalError, psycopg.InternalError, psycopg.InterfaceError)
"""What is waited out: no connection, no room, no writes on a standby. Anything else is a fault of the installation."""
CAREFUL_BATCHES: Final = 20
"""After a start, a reconnect or a repeated row, so many batches are merged rather than copied straight in."""


def limits_of(settings: IngestSettings) -> Limits:
    """Return the limits and formats that the settings ask for. Raises SetupError where a file of theirs is at fault."""
    return Limits(
        bounds=Bounds(
            max_payload_bytes=settings.max_payload_bytes,
            max_body_bytes=settings.max_body_bytes,
            max_rows=settings.max_rows,
        ),
        table=load_table(settings),
        times=TimeBounds(earliest_at=settings.earliest_sample_at, future_tolerance_s=settings.future_tolerance_s),
    )


def budget_of(settings: IngestSettings) -> Budget:
    """Return what the settings let one device send."""
    return Budget(
        rows_per_s=settings.flood_rows_per_s,
        burst_rows=settings.flood_burst_rows,
        bytes_per_s=settings.flood_bytes_per_s,
        burst_bytes=settings.flood_burst_bytes,
    )


class Ingestor:
    """Stores messages and acknowledges them after the commit, until told to stop.

    One that is `leaving` takes no new share: it stores what the broker still holds for its name, ends the session, and
    is done. Otherwise the broker would keep giving a share to a name nobody uses any more, and drop it in the end.
    """

    def __init__(
        self, database: DatabaseSettings, mqtt: MqttSettings, ingest: IngestSettings, *, leaving: bool = False
    ) -> None:
        self._database = database
        self._leaving = leaving
        self._settings = ingest
        limits = replace(limits_of(ingest), flood=FloodGate(budget_of(ingest)))
        self._broker = BrokerConnection(mqtt, limits.table.topic_filters, leaving=leaving)
        self._instance = f"{socket.gethostname()}:{os.getpid()}"
        self.metrics = Metrics(self._broker)
        line = _Line(self._broker, ingest, self.metrics)
        self._writers = [_Writer(line, limits, database) for _ in range(ingest.writers)]
        self._beaten_at = self._told_at = -BEAT_EVERY_S
        self._expired_at = -EXPIRE_EVERY_S

    def run(self, stop: Event) -> None:
        """Work until `stop` is set. A database that is away is waited for; the broker keeps what comes meanwhile.

        Raises what made a writer fail: a fault of the installation, or of ours. The whole process ends then, so that it
        is seen and started again.
        """
        # Messages are lists in lists that live for one batch: the collector would look at them often and find nothing.
        gc.freeze()
        gc.set_threshold(100_000, 10, 10)
        threads = [Thread(target=writer.run, args=(stop,), name="writer") for writer in self._writers]
        self._broker.start()
        try:
            for thread in threads:
                thread.start()
            with_database(self._database, self._attend, stop)
        finally:
            stop.set()
            for thread in threads:
                thread.join()
            self._broker.stop(end_session=self._has_left())
        for writer in self._writers:
            if writer.failure is not None:
                raise writer.failure

    def _has_left(self) -> bool:
        """Tell whether this ingestor is leaving, and nothing has come for it for a while."""
        return self._leaving and self._broker.quiet_s > LEAVE_AFTER_S

    def _attend(self, conn: Connection[Any], watch: Watch, stop: Event) -> None:
        """Show that the ingestor lives, and forget old dead letters."""
        while not stop.is_set():
            with watch.patience():
                self._show(conn)
            stop.wait(BEAT_EVERY_S if self._broker.connected and not self._leaving else TAKE_WAIT_S)
            if self._has_left():
                stop.set()

    def _show(self, conn: Connection[Any]) -> None:
        told = self.metrics.counts() | self.metrics.pace(monotonic())
        detail = {**told, "broker_connected": self._broker.connected}
        beat(conn, service="ingest", instance=self._instance, detail=detail)
        if monotonic() - self._told_at >= TELL_EVERY_S:
            self._told_at = monotonic()
            if line := self.metrics.news():
                log.info("%s", line)
        if monotonic() - self._expired_at >= EXPIRE_EVERY_S:
            self._expired_at = monotonic()
            if count := expire_buried(conn, days=self._settings.dead_letter_days):
                log.info("%d dead letters were older than %d days", count, self._settings.dead_letter_days)


def with_database(
    database: DatabaseSettings, work: Callable[[Connection[Any], Watch, Event], None], stop: Event
) -> None:
    """Do work that needs the database until `stop` is set; where the database is away, wait longer and longer."""
    delay_s = RETRY_FIRST_S
    while not stop.is_set():
        began = monotonic()
        try:
            with session(database.conninfo(), name="keitora-ingest", patience_s=database.database_patience_s) as (
                conn,
                watch,
            ):
                log.info("database is there")
                work(conn, watch, stop)
        except AWAY as error:
            if monotonic() - began > RETRY_LONGEST_S:
                delay_s = RETRY_FIRST_S
            log.warning("database is away, trying again: %s", error)
            stop.wait(delay_s * random.uniform(0.5, 1.5))  # noqa: S311 -- jitter, no secret
            delay_s = min(delay_s * 2, RETRY_LONGEST_S)


class _Line:
    """Where writers take batches, one at a time, and hand them back acknowledged in the order they were taken."""

    def __init__(self, broker: BrokerConnection, settings: IngestSettings, metrics: Metrics) -> None:
        self.broker = broker
        self.metrics = metrics
        self._settings = settings
        self._taking = Lock()
        self._done: InOrder[Receipts] = InOrder(broker.acknowledge)

    def take(self) -> tuple[int, list[Message]]:
        """Return a batch and its number; an empty one has none."""
        with self._taking:
            batch = self.broker.take(
                limit=self._settings.batch_messages,
                max_bytes=self._settings.batch_bytes,
                wait_s=TAKE_WAIT_S,
                gather_s=self._settings.batch_wait_ms / 1000,
            )
            return (self._done.expect() if batch else -1), batch

    def finish(self, number: int, batch: list[Message]) -> None:
        """Acknowledge a batch, once those taken before it are: brokers may count on the order (MQTT 5.0 §4.6)."""
        self._done.finish(number, receipts_of(batch))


class _Writer:
    """One of the threads that store batches."""

    def __init__(self, line: _Line, limits: Limits, database: DatabaseSettings) -> None:
        self.failure: Exception | None = None
        self._line = line
        self._limits = limits
        self._database = database
        self._devices = DeviceCache()
        self._careful_count = CAREFUL_BATCHES
        self._number = -1
        self._held: list[Message] = []  # taken, not stored yet: outlives the database's absence

    def run(self, stop: Event) -> None:
        """Store batches until `stop` is set; set it, and keep the reason as `failure`, where that cannot go on."""
        try:
            with_database(self._database, self._work, stop)
        except Exception as error:
            log.exception("a writer failed")
            self.failure = error
            stop.set()

    def _work(self, conn: Connection[Any], watch: Watch, stop: Event) -> None:
        self._careful_count = CAREFUL_BATCHES
        while not stop.is_set():
            self._held = self._line.broker.alive(self._held)
            if not self._held:
                self._release()
                self._number, self._held = self._line.take()
            if self._held:
                self._finish(
                    write(
                        conn,
                        self._held,
                        self._limits,
                        self._devices,
                        all_new=self._expect_new(),
                        patience=watch.patience,
                    )
                )

    def _expect_new(self) -> bool:
        """Tell whether nothing of the batch is likely to be stored already: not after a start, a fault or a repeat."""
        if any(message.duplicate for message in self._held):
            self._careful_count = CAREFUL_BATCHES
        return self._careful_count == 0

    def _finish(self, outcome: Outcome) -> None:
        self._careful_count = CAREFUL_BATCHES if outcome.had_known_rows else max(0, self._careful_count - 1)
        batch, number = self._held, self._number
        self._held, self._number = [], -1
        self._line.finish(number, batch)
        for device_key, committed in outcome.committed:
            self._line.broker.publish(acknowledgement(device_key), committed.model_dump_json().encode())
        self._tell_flooding(outcome)
        self._line.metrics.note(outcome, now=utc_now())

    def _tell_flooding(self, outcome: Outcome) -> None:
        """Say who sends too much, here and, in the native format, to the device: once a minute each at most."""
        for sender in outcome.flooding.values():
            gate = self._limits.flood
            flooded = None if gate is None else gate.due(sender.key, utc_now().timestamp())
            if flooded is None:
                continue
            log.warning("%s sends too much: %d messages refused", sender.name, flooded.refused_count)
            if sender.source == "native":
                notice = Flooding(refused=flooded.refused_count, wait=math.ceil(flooded.wait_s))
                self._line.broker.publish(control(sender.name), notice.model_dump_json().encode())

    def _release(self) -> None:
        """Give up the number of a batch that the broker will send again."""
        if self._number >= 0:
            self._line.finish(self._number, [])
            self._number = -1
