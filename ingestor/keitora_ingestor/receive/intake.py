"""Requests on their way into the database: one thread stores in batches what waits in line.

    request ─▶ submit ─▶ line ─▶ write (one transaction a batch) ─commit─▶ the request's answer

What stands in line is nobody's loss if this process dies: nobody has been told that it is safe.
"""

import asyncio
import logging
import os
import random
import socket
from collections.abc import Sequence
from dataclasses import replace
from threading import Event, Thread
from time import monotonic
from typing import Any, Final

from psycopg import Connection

from keitora.clock import utc_now
from keitora.db.session import Watch, session
from keitora.errors import KeitoraError
from keitora.services.queries import beat
from keitora_ingestor.decode.bounds import Bounds
from keitora_ingestor.devices import DeviceCache
from keitora_ingestor.flood import FloodGate
from keitora_ingestor.message import Message
from keitora_ingestor.outcome import Outcome
from keitora_ingestor.receive.line import Fate, Line, Waiting
from keitora_ingestor.receive.settings import ReceiveSettings
from keitora_ingestor.service import AWAY, budget_of, limits_of
from keitora_ingestor.writer import write

log = logging.getLogger(__name__)

BEAT_EVERY_S: Final = 5.0
RETRY_FIRST_S: Final = 0.2
RETRY_LONGEST_S: Final = 5.0


class BusyError(KeitoraError):
    """The database is away or cannot keep up; the same message may be sent again later."""


class OverBudgetError(KeitoraError):
    """The device sends too much, and nothing of the message was kept; `wait_s` says when to send it again."""

    def __init__(self, wait_s: float) -> None:
        super().__init__("this device sends more than its budget; nothing of this message was kept")
        self.wait_s = wait_s


class Intake:
    """Takes messages on the event loop and stores them in a thread of its own, until stopped."""

    def __init__(self, settings: ReceiveSettings) -> None:
        self._settings = settings
        self._limits = replace(limits_of(settings), flood=FloodGate(budget_of(settings)))
        self._line = Line(most_messages=settings.receive_queue_messages, most_bytes=settings.receive_queue_bytes)
        self._devices = DeviceCache()
        self._instance = f"{socket.gethostname()}:{os.getpid()}"
        counted = ("messages", "rows", "samples", "dead_letters", "flooded", "turned_away", "faults")
        self._counts = dict.fromkeys(counted, 0)
        self._beaten_at = -BEAT_EVERY_S
        self._stopping = Event()
        self._is_there = False
        self._thread = Thread(target=self._run, name="intake", daemon=True)

    @property
    def bounds(self) -> Bounds:
        """How much a message may hold."""
        return self._limits.bounds

    @property
    def is_there(self) -> bool:
        """Whether the database answers."""
        return self._is_there

    def start(self) -> None:
        """Begin to connect and to store."""
        self._thread.start()

    def stop(self) -> None:
        """Store what stands in line if the database is there, and return when the thread has ended."""
        self._stopping.set()
        self._thread.join()

    async def submit(self, topic: str, payload: bytes) -> Fate:
        """Return what became of a message, after its commit.

        Raises BusyError: it may be stored, or not. Raises OverBudgetError: it is not.
        """
        answer: asyncio.Future[Fate] = asyncio.get_running_loop().create_future()
        message = Message(topic, payload, utc_now(), mid=0, qos=0, generation=0, wants_ranges=True)
        if not self._is_there:
            self._turn_away("the database is away")
        if not self._line.put(Waiting(message, answer)):
            self._turn_away("too many messages wait already")
        try:
            fate = await asyncio.wait_for(answer, self._settings.receive_wait_s)
        except TimeoutError as error:
            raise BusyError("not committed in time") from error
        if fate.wait_s is not None:
            raise OverBudgetError(fate.wait_s)
        return fate

    def _turn_away(self, why: str) -> None:
        self._counts["turned_away"] += 1
        raise BusyError(why)

    def _run(self) -> None:
        delay_s = RETRY_FIRST_S
        while not self._stopping.is_set():
            try:
                patience_s = self._settings.database_patience_s
                with session(self._settings.conninfo(), name="keitora-receive", patience_s=patience_s) as (conn, watch):
                    log.info("database is there")
                    self._is_there = True
                    delay_s = RETRY_FIRST_S
                    self._work(conn, watch)
            except AWAY as error:
                log.warning("database is away, trying again: %s", error)
            except Exception:
                # A fault of ours must not leave phones waiting for an answer that never comes.
                log.exception("a batch could not be stored; its senders are told to try again")
                self._counts["faults"] += 1
            finally:
                self._is_there = False
                self._refuse(self._line.empty())
            self._stopping.wait(delay_s * random.uniform(0.5, 1.5))  # noqa: S311 -- jitter, no secret
            delay_s = min(delay_s * 2, RETRY_LONGEST_S)

    def _work(self, conn: Connection[Any], watch: Watch) -> None:
        while True:
            with watch.patience():
                self._beat(conn)
            batch = self._line.take(
                limit=self._settings.batch_messages, wait_s=0.5, gather_s=self._settings.batch_wait_ms / 1000
            )
            if batch:
                self._store(conn, batch, watch)
            elif self._stopping.is_set():
                return

    def _store(self, conn: Connection[Any], batch: Sequence[Waiting], watch: Watch) -> None:
        try:
            outcome = write(conn, [one.message for one in batch], self._limits, self._devices, patience=watch.patience)
        except BaseException:
            self._refuse(batch)
            raise
        self._counts["messages"] += outcome.message_count
        self._counts["rows"] += outcome.row_count
        self._counts["samples"] += outcome.stored_count
        self._counts["dead_letters"] += outcome.dead_letter_count
        self._counts["flooded"] += len(outcome.turned_away)
        fates = fates_of([one.message for one in batch], outcome)
        _tell(batch, fates)

    def _refuse(self, batch: Sequence[Waiting]) -> None:
        """Tell senders to try again. Where the connection broke at the commit it may be stored; copies do no harm."""
        _tell(batch, [None] * len(batch))

    def _beat(self, conn: Connection[Any]) -> None:
        if monotonic() - self._beaten_at >= BEAT_EVERY_S:
            beat(conn, service="receive", instance=self._instance, detail=self._counts)
            self._beaten_at = monotonic()


def fates_of(messages: Sequence[Message], outcome: Outcome) -> list[Fate]:
    """Return what became of each message of a batch that was written. Pure."""
    set_aside = {id(one.message): one for one in outcome.set_aside}
    ranges = {id(message): committed for message, committed in outcome.ranges}
    waits_s = {id(one.message): one.wait_s for one in outcome.turned_away}
    fates = []
    for message in messages:
        kept = set_aside.get(id(message))
        rows = ranges.get(id(message))
        if kept is None:
            fates.append(Fate(ranges=rows, wait_s=waits_s.get(id(message))))
        else:
            fates.append(Fate(kept.reason, kept.detail, is_whole=kept.is_whole, ranges=rows))
    return fates


def _tell(batch: Sequence[Waiting], fates: Sequence[Fate | None]) -> None:
    """Hand each fate to whoever awaits it, None as BusyError: on the loop, for futures are not made for threads."""
    if not batch:
        return

    def settle() -> None:
        for one, fate in zip(batch, fates, strict=True):
            if one.answer.done():
                continue  # whoever waited has given up
            if fate is None:
                one.answer.set_exception(BusyError("the database is away"))
            else:
                one.answer.set_result(fate)

    batch[0].answer.get_loop().call_soon_threadsafe(settle)
