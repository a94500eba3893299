"""One batch of messages into the database, in one transaction."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from psycopg import Connection, DataError, IntegrityError

from keitora.clock import instant
from keitora.errors import DecodeError
from keitora.samples.model import Block, ClockQuality, Decoded
from keitora.samples.queries import (
    Sheaf,
    Stored,
    find_boot_clock,
    save_boot_clock,
    shift_undated,
    store,
    store_new,
)
from keitora.wire.native import Committed
from keitora_ingestor.assemble import Assembled, Latest, TimeBounds, assemble
from keitora_ingestor.dating import date_block
from keitora_ingestor.decode.bounds import Bounds, Incoming
from keitora_ingestor.decode.join import join
from keitora_ingestor.decode.table import BUILT_IN, Table
from keitora_ingestor.devices import DeviceCache
from keitora_ingestor.message import Message
from keitora_ingestor.queries import DeadLetter, Heard, KnownDevice, bury, note_devices, note_latest

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What a message may hold, which formats are read, and which times can be true."""

    bounds: Bounds
    times: TimeBounds
    table: Table = BUILT_IN


@dataclass(slots=True)
class Outcome:
    """What became of a batch: what was stored, what to answer to devices (device key, rows), what was buried.

    `had_known_rows`: it was said to be all new, and was not.
    """

    stored: list[Stored] = field(default_factory=list)
    committed: list[tuple[str, Committed]] = field(default_factory=list)
    message_count: int = 0
    row_count: int = 0
    dead_letter_count: int = 0
    had_known_rows: bool = False

    @property
    def stored_count(self) -> int:
        """Return how many samples were new."""
        return sum(one.count for one in self.stored)


def write(
    conn: Connection[Any], messages: Sequence[Message], limits: Limits, devices: DeviceCache, *, all_new: bool = False
) -> Outcome:
    """Store a batch in one transaction and return what became of it.

    `all_new` says that none of it is expected to be stored already: that is faster if true, slower if not.

    A message the database itself refuses is found by writing the batch message by message; it becomes a dead letter
    and the rest is stored. Raises psycopg.OperationalError where the database is away: nothing is stored then.
    """
    batch = _Batch(conn, limits, devices, all_new=all_new)
    try:
        with conn.transaction():
            outcome = batch.write(messages)
    except (DataError, IntegrityError) as error:
        if len(messages) == 1:
            return _bury_alone(conn, messages[0], error)
    else:
        devices.settle_clocks(batch.settled_clocks)
        return outcome
    whole = Outcome()
    for message in messages:
        part = write(conn, [message], limits, devices)
        whole.stored += part.stored
        whole.committed += part.committed
        whole.message_count += part.message_count
        whole.row_count += part.row_count
        whole.dead_letter_count += part.dead_letter_count
    return whole


def _bury_alone(conn: Connection[Any], message: Message, error: Exception) -> Outcome:
    letter = DeadLetter(message.topic, message.payload, "database_refused", str(error), message.received_at)
    with conn.transaction():
        bury(conn, [letter])
    return Outcome(message_count=1, dead_letter_count=1)


class _Batch:
    """The transaction's working memory."""

    def __init__(self, conn: Connection[Any], limits: Limits, devices: DeviceCache, *, all_new: bool) -> None:
        self.conn = conn
        self.all_new = all_new
        self.limits = limits
        self.devices = devices
        self.settled_clocks: dict[tuple[int, int], int] = {}
        self.sheaves: dict[tuple[str, ...], list[tuple[object, ...]]] = {}
        self.spans: dict[int, tuple[int, int, int]] = {}
        self.latest: dict[int, Latest] = {}
        self.heard: dict[int, Heard] = {}
        self.letters: list[DeadLetter] = []
        self.shifts: list[tuple[int, int, int]] = []
        self.outcome = Outcome()

    def write(self, messages: Sequence[Message]) -> Outcome:
        readable = [(message, said) for message in messages if (said := self._decode(message)) is not None]
        self.devices.open(self.conn)
        for (message, _), said in zip(readable, join([said for _, said in readable]), strict=True):
            self._take(message, said)
        outcome = self.outcome
        self._store()
        for device_id, boot, by_ms in self.shifts:
            shift_undated(self.conn, device_id=device_id, boot=boot, by_ms=by_ms)
        # In the order of their keys, so that two ingestors never wait for each other crosswise.
        note_latest(self.conn, [noted.row(vehicle_id) for vehicle_id, noted in sorted(self.latest.items())])
        note_devices(self.conn, [heard for _, heard in sorted(self.heard.items())])
        bury(self.conn, sorted(self.letters, key=lambda letter: (letter.topic, letter.payload)))
        outcome.message_count = len(messages)
        outcome.row_count = sum(len(rows) for rows in self.sheaves.values())
        outcome.dead_letter_count = len(self.letters)
        return outcome

    def _store(self) -> None:
        if not self.sheaves:
            return
        sheaves = [Sheaf(signals, rows) for signals, rows in self.sheaves.items()]
        if self.all_new:
            spans = [Stored(one, count, instant(a), instant(b)) for one, (count, a, b) in self.spans.items()]
            if store_new(self.conn, sheaves, spans):
                self.outcome.stored = spans
                return
            self.outcome.had_known_rows = True
        self.outcome.stored = store(self.conn, sheaves)

    def _decode(self, message: Message) -> Decoded | None:
        """Return what a message says, or bury it and return None."""
        incoming = Incoming(
            levels=tuple(message.topic.split("/")),
            payload=message.payload,
            received_at=message.received_at,
            bounds=self.limits.bounds,
        )
        try:
            return self.limits.table.decode(incoming)
        except DecodeError as error:
            self._bury(message, error.reason, str(error))
        except Exception as error:
            # A fault of ours must not stop the other devices' messages; this one waits for the mended decoder.
            log.exception("decoder failed on a message of %s", message.topic)
            self._bury(message, "decoder_failed", repr(error))
        return None

    def _take(self, message: Message, decoded: Decoded) -> None:
        device = self.devices.find(self.conn, decoded.source, decoded.device_key)
        if device is None:
            detail = f"no {decoded.source} device {decoded.device_key!r} is registered"
            self._bury(message, "unknown_device", detail, decoded)
            return
        newest_ms = self._take_block(message, decoded, decoded.block, device) if decoded.block is not None else None
        self._hear(message, decoded, device, newest_ms)

    def _take_block(self, message: Message, decoded: Decoded, block: Block, device: KnownDevice) -> int | None:
        at_ms = self._date(block, device, message.received_at)
        assembled = assemble(
            block,
            at_ms,
            device=device,
            received_at=message.received_at,
            bounds=self.limits.times,
            latest=self.latest,
        )
        self.sheaves.setdefault(assembled.signals, []).extend(assembled.rows)
        for vehicle_id, (count, first_ms, last_ms) in assembled.spans.items():
            known = self.spans.get(vehicle_id, (0, first_ms, last_ms))
            self.spans[vehicle_id] = (known[0] + count, min(known[1], first_ms), max(known[2], last_ms))
        if assembled.refused:
            self._bury_part(message, decoded, assembled, device.fleet_id)
        if decoded.wants_acknowledgement and block.boot is not None and len(block):
            # Refused rows are safe too: the dead letter holds them, and sending them again would change nothing.
            ranges = [(block.sequence[0], block.sequence[-1])]
            self.outcome.committed.append((decoded.device_key, Committed(b=block.boot, r=ranges)))
        return assembled.newest_ms

    def _date(self, block: Block, device: KnownDevice, received_at: datetime) -> list[int]:
        if block.boot is None:
            return list(block.at_ms or ())
        if block.at_ms and (
            block.clock_quality < ClockQuality.NETWORK
            or self.devices.clock_is_settled(device.device_id, block.boot, block.uptime_ms[0])
            or self.settled_clocks.get((device.device_id, block.boot), block.uptime_ms[0] + 1) <= block.uptime_ms[0]
        ):
            return list(block.at_ms)
        known = find_boot_clock(self.conn, device_id=device.device_id, boot=block.boot)
        dated = date_block(block, known, round(received_at.timestamp() * 1000))
        if dated.learnt is not None:
            save_boot_clock(self.conn, device_id=device.device_id, boot=block.boot, clock=dated.learnt)
        clock = dated.learnt or known
        if clock is not None and clock.quality >= ClockQuality.NETWORK:
            self.settled_clocks[device.device_id, block.boot] = clock.learnt_uptime_ms
        if dated.shift_ms:
            self.shifts.append((device.device_id, block.boot, dated.shift_ms))
        return dated.at_ms

    def _bury(
        self, message: Message, reason: str, detail: str, said: Decoded | None = None, fleet_id: int | None = None
    ) -> None:
        self.letters.append(
            DeadLetter(
                topic=message.topic,
                payload=message.payload,
                reason=reason,
                detail=detail,
                received_at=message.received_at,
                fleet_id=fleet_id,
                source=said.source if said else None,
                device_key=said.device_key if said else None,
            )
        )

    def _bury_part(self, message: Message, said: Decoded, assembled: Assembled, fleet_id: int) -> None:
        """Keep the whole message: its good rows are stored, and a replay adds only what was refused."""
        reason = next(iter(assembled.refused.values()))
        places = ", ".join(f"{index} ({why})" for index, why in list(assembled.refused.items())[:10])
        row_count = len(assembled.refused) + len(assembled.rows)
        detail = f"{len(assembled.refused)} of {row_count} rows were not stored: {places}"
        self._bury(message, reason, detail, said, fleet_id)

    def _hear(self, message: Message, decoded: Decoded, device: KnownDevice, newest_ms: int | None) -> None:
        heard = self.heard.get(device.device_id)
        if heard is None:
            heard = self.heard[device.device_id] = Heard(device.device_id, device.fleet_id, message.received_at)
        heard.received_at = max(heard.received_at, message.received_at)
        heard.message_count += 1
        heard.state = decoded.state or heard.state
        if decoded.block is not None:
            heard.sample_count += len(decoded.block)
            heard.refused_count += decoded.block.refused_count
        if newest_ms is not None:
            heard.sampled_ms = max(newest_ms, heard.sampled_ms or newest_ms)
