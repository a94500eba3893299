"""The ingestor's loop: take what came, store it, acknowledge it."""

import logging
import os
import random
import socket
from threading import Event
from time import monotonic
from typing import Any, Final

import psycopg
from psycopg import Connection

from keitora.services.queries import beat
from keitora.settings import DatabaseSettings, IngestSettings, MqttSettings
from keitora.wire.topics import acknowledgement
from keitora_ingestor.assemble import TimeBounds
from keitora_ingestor.connection import BrokerConnection
from keitora_ingestor.decode.bounds import Bounds
from keitora_ingestor.decode.files import load_table
from keitora_ingestor.devices import DeviceCache
from keitora_ingestor.message import Message
from keitora_ingestor.queries import expire_buried
from keitora_ingestor.writer import Limits, Outcome, write

log = logging.getLogger(__name__)

BEAT_EVERY_S: Final = 5.0
EXPIRE_EVERY_S: Final = 3600.0
RETRY_FIRST_S: Final = 0.2
RETRY_LONGEST_S: Final = 10.0
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


class Ingestor:
    """Stores messages and acknowledges them after the commit, until told to stop."""

    def __init__(self, database: DatabaseSettings, mqtt: MqttSettings, ingest: IngestSettings) -> None:
        self._conninfo = database.conninfo()
        self._settings = ingest
        self._limits = limits_of(ingest)
        self._broker = BrokerConnection(mqtt, self._limits.table.topic_filters)
        self._devices = DeviceCache()
        self._instance = f"{socket.gethostname()}:{os.getpid()}"
        self._counts = {"messages": 0, "rows": 0, "samples": 0, "dead_letters": 0}
        self._beaten_at = -BEAT_EVERY_S
        self._expired_at = -EXPIRE_EVERY_S
        self._careful_count = CAREFUL_BATCHES
        self._held: list[Message] = []  # taken, not stored yet: outlives the database's absence

    def run(self, stop: Event) -> None:
        """Work until `stop` is set. A database that is away is waited for; the broker keeps what comes meanwhile."""
        self._broker.start()
        try:
            delay_s = RETRY_FIRST_S
            while not stop.is_set():
                began = monotonic()
                try:
                    with psycopg.connect(self._conninfo, autocommit=True, application_name="keitora-ingest") as conn:
                        log.info("database is there")
                        self._work(conn, stop)
                except psycopg.OperationalError as error:
                    if monotonic() - began > RETRY_LONGEST_S:
                        delay_s = RETRY_FIRST_S
                    self._careful_count = CAREFUL_BATCHES
                    log.warning("database is away, trying again: %s", error)
                    stop.wait(delay_s * random.uniform(0.5, 1.5))  # noqa: S311 -- jitter, no secret
                    delay_s = min(delay_s * 2, RETRY_LONGEST_S)
        finally:
            self._broker.stop()

    def _work(self, conn: Connection[Any], stop: Event) -> None:
        while not stop.is_set():
            self._beat(conn)
            self._held = self._broker.alive(self._held) or self._broker.take(
                limit=self._settings.batch_messages, wait_s=0.5, gather_s=self._settings.batch_wait_ms / 1000
            )
            if self._held:
                self._finish(
                    self._held, write(conn, self._held, self._limits, self._devices, all_new=self._expect_new())
                )
                self._held = []

    def _expect_new(self) -> bool:
        """Tell whether nothing of the batch is likely to be stored already: not after a start, a fault or a repeat."""
        if any(message.duplicate for message in self._held):
            self._careful_count = CAREFUL_BATCHES
        return self._careful_count == 0

    def _finish(self, batch: list[Message], outcome: Outcome) -> None:
        self._careful_count = CAREFUL_BATCHES if outcome.had_known_rows else max(0, self._careful_count - 1)
        self._broker.acknowledge(batch)
        for device_key, committed in outcome.committed:
            self._broker.publish(acknowledgement(device_key), committed.model_dump_json().encode())
        self._counts["messages"] += outcome.message_count
        self._counts["rows"] += outcome.row_count
        self._counts["samples"] += outcome.stored_count
        self._counts["dead_letters"] += outcome.dead_letter_count

    def _beat(self, conn: Connection[Any]) -> None:
        if monotonic() - self._beaten_at >= BEAT_EVERY_S:
            detail = {**self._counts, "broker_connected": self._broker.connected}
            beat(conn, service="ingest", instance=self._instance, detail=detail)
            self._beaten_at = monotonic()
            self._expire(conn)

    def _expire(self, conn: Connection[Any]) -> None:
        if monotonic() - self._expired_at >= EXPIRE_EVERY_S:
            self._expired_at = monotonic()
            if count := expire_buried(conn, days=self._settings.dead_letter_days):
                log.info("%d dead letters were older than %d days", count, self._settings.dead_letter_days)
