"""One batch of messages into the database, in one transaction."""

import logging
from collections.abc import Sequence
from contextlib import nullcontext
from datetime import datetime
from itertools import pairwise
from operator import itemgetter
from time import thread_time
from typing import Any, Final

from psycopg import Connection

from keitora.clock import instant
from keitora.errors import DecodeError
from keitora.events.model import EventRow
from keitora.events.queries import shift_undated_events, store_events
from keitora.quality.model import Tally
from keitora.quality.queries import note_quality
from keitora.samples.model import Block, ClockQuality, Decoded, Event
from keitora.samples.queries import (
    Stored,
    find_boot_clock,
    row_key,
    save_boot_clock,
    shift_undated,
    store,
    store_new,
)
from keitora.wire.native import Committed, joined
from keitora_ingestor.assemble import Assembly, Part, latest_row, part_of
from keitora_ingestor.blame import is_messages_fault
from keitora_ingestor.burial import bury_alone, letter_of
from keitora_ingestor.dating import date_block
from keitora_ingestor.decode.bounds import Incoming
from keitora_ingestor.decode.join import SOURCES, join
from keitora_ingestor.decode.plain import Plain, PlainBatch, spoken_by
from keitora_ingestor.devices import DeviceCache
from keitora_ingestor.flood import UNREADABLE_BYTES_FACTOR, UNREADABLE_ROWS, Admit, Sender, sender_of_topic
from keitora_ingestor.happening import Refusal, place_event
from keitora_ingestor.limits import Limits, Patience
from keitora_ingestor.message import Message
from keitora_ingestor.outcome import Outcome, SetAside, TurnedAway
from keitora_ingestor.queries import DeadLetter, Heard, KnownDevice, bury, note_devices, note_latest

log = logging.getLogger(__name__)

STAGES: Final = ("read", "assemble", "store")
"""What a writer's time goes to: messages to values, values to packed rows, rows to the database."""


def write(
    conn: Connection[Any],
    messages: Sequence[Message],
    limits: Limits,
    devices: DeviceCache,
    *,
    all_new: bool = False,
    patience: Patience = nullcontext,
) -> Outcome:
    """Store a batch in one transaction and return what became of it.

    `all_new` says that none of it is expected to be stored already: that is faster if true, slower if not. `patience`
    bounds each transaction.

    A message that cannot be written is found by halving the batch; it becomes a dead letter and the rest is stored.
    Raises psycopg.Error where it is not a message's fault (see `blame`), such as OperationalError while the database is
    away: what was not stored by then is to be written again.
    """
    batch = _Batch(conn, limits, devices, all_new=all_new)
    try:
        with patience(), limits.trial() as batch.admit, conn.transaction():
            outcome = batch.write(messages)
    except Exception as error:
        if not is_messages_fault(error):
            raise
        if len(messages) == 1:
            with patience():
                return bury_alone(conn, messages[0], error)
    else:
        devices.settle_clocks(batch.settled_clocks)
        return outcome
    middle = len(messages) // 2
    whole = Outcome()
    for half in (messages[:middle], messages[middle:]):
        whole.add(write(conn, half, limits, devices, patience=patience))
    return whole


class _Batch:
    """The transaction's working memory."""

    def __init__(self, conn: Connection[Any], limits: Limits, devices: DeviceCache, *, all_new: bool) -> None:
        self.conn = conn
        self.all_new = all_new
        self.limits = limits
        self.devices = devices
        self.settled_clocks: dict[tuple[int, int], int] = {}
        self.assembly = Assembly(limits.times)
        self.heard: dict[int, Heard] = {}
        self.tallies: dict[int, Tally] = {}
        self.events: list[EventRow] = []
        self.letters: list[DeadLetter] = []
        self.shifts: list[tuple[int, int, int]] = []
        self.answers: dict[tuple[str, int], list[tuple[int, int]]] = {}
        self.outcome = Outcome()
        self.admit: Admit | None = None

    def write(self, messages: Sequence[Message]) -> Outcome:
        plain: list[tuple[Message, KnownDevice, str, Plain]] = []
        others: list[tuple[Message, Decoded]] = []
        began_s = thread_time()
        self.devices.open(self.conn)
        for message in messages:
            if (found := self._read_plain(message)) is not None:
                plain.append(found)
            elif (said := self._decode(message)) is not None and self._is_placed(message, said):
                others.append((message, said))
        read_s = thread_time()
        # What is locked on the way is locked in the order of its key, here and below, so that two writers never wait
        # for each other crosswise.
        for known in sorted(plain, key=lambda one: (one[1].device_id, one[3].batch.b)):
            self._take_plain(*known)
        joined_up = zip(others, join([said for _, said in others]), strict=True)
        for (message, _), said in sorted(joined_up, key=lambda one: (one[1].source, one[1].device_key)):
            self._take(message, said)
        self.assembly.finish()
        assembled_s = thread_time()
        outcome = self.outcome
        self._store()
        self.events.sort(key=lambda event: (event.device_id, event.sequence))
        outcome.event_count = store_events(self.conn, self.events)
        for device_id, boot, by_ms in self.shifts:
            shift_undated(self.conn, device_id=device_id, boot=boot, by_ms=by_ms)
            shift_undated_events(self.conn, device_id=device_id, boot=boot, by_ms=by_ms)
        note_latest(
            self.conn, [latest_row(*noted) for noted in sorted(self.assembly.latest.items(), key=itemgetter(0))]
        )
        note_quality(self.conn, [tally for _, tally in sorted(self.tallies.items(), key=itemgetter(0))])
        note_devices(self.conn, [heard for _, heard in sorted(self.heard.items())])
        bury(self.conn, sorted(self.letters, key=lambda letter: (letter.topic, letter.payload)))
        for (device_key, boot), ranges in self.answers.items():
            outcome.committed.append((device_key, Committed(b=boot, r=joined(ranges))))
        outcome.message_count = len(messages)
        outcome.row_count = self.assembly.row_count
        outcome.reason_counts.update(letter.reason for letter in self.letters)
        for heard in self.heard.values():
            outcome.refused_value_count += heard.refused_count
            if heard.sampled_ms is not None:
                outcome.newest_ms[heard.device_id] = heard.sampled_ms
        stages = pairwise((began_s, read_s, assembled_s, thread_time()))
        outcome.cpu_s = {name: end - begin for name, (begin, end) in zip(STAGES, stages, strict=True)}
        return outcome

    def _store(self) -> None:
        assembly = self.assembly
        for device_id, counts in assembly.refused_counts.items():
            self.heard[device_id].refused_count += counts.total()
            self.tallies[device_id].refused_counts += counts
        if not assembly.sheaves:
            return
        if self.all_new:
            spans = [Stored(one, count, instant(a), instant(b)) for (one, _), (count, a, b) in assembly.spans.items()]
            if store_new(self.conn, assembly.sheaves, spans):
                self.outcome.stored = spans
                return
            self.outcome.had_known_rows = True
        self.outcome.stored = store(self.conn, assembly.sheaves)

    # --- reading --------------------------------------------------------------------------------------------------

    def _read_plain(self, message: Message) -> tuple[Message, KnownDevice, str, Plain] | None:
        """Return a plain native message, its device and the device's key, or None where it is to be read with care."""
        route = self.devices.route(self.limits.table, message.topic)
        if route.wire_format is None or route.wire_format.read_plain is None:
            return None
        device = self.devices.find(self.conn, "native", route.levels[2])
        if device is None:
            return None
        plain = route.wire_format.read_plain(message.payload, self.limits.bounds)
        return None if plain is None else (message, device, route.levels[2], plain)

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
            name = sender_of_topic(message.topic)
            size = UNREADABLE_BYTES_FACTOR * len(message.payload)
            if self._admits(Sender(name, None, name), message, UNREADABLE_ROWS, size):
                self._bury(message, error.reason, str(error))
        except Exception as error:
            # A fault of ours must not stop the other devices' messages; this one waits for the mended decoder.
            log.exception("decoder failed on a message of %s", message.topic)
            self._bury(message, "decoder_failed", repr(error))
        return None

    # --- taking in ------------------------------------------------------------------------------------------------

    def _take_plain(self, message: Message, device: KnownDevice, device_key: str, plain: Plain) -> None:
        batch, offsets_ms, signals = plain
        count = len(offsets_ms)
        if not self._admits(Sender(device.device_id, "native", device_key), message, count, len(message.payload)):
            self._hear(message, device, None).flooded_count += 1
            return
        zero_ms = self._date_plain(batch, device, offsets_ms[0], message.received_at) - offsets_ms[0]
        first_key = row_key(batch.b, batch.q)
        part = Part(
            device,
            signals,
            batch.r,
            [zero_ms + offset_ms for offset_ms in offsets_ms],
            range(first_key, first_key + count),
            message.received_ms,
            batch.c,
        )
        newest_ms = self._add(message, part, spoken_by(device_key))
        self.tallies[device.device_id].numbers.setdefault(batch.b, []).append((batch.q, batch.q + count - 1))
        if message.wants_ranges:
            self.outcome.answer(message, batch.b, range(batch.q, batch.q + count))
        elif batch.ak:
            self._committed(device_key, batch.b, batch.q, batch.q + count - 1)
        self.outcome.format_counts["native"] += 1
        heard = self._hear(message, device, newest_ms)
        heard.sample_count += count

    def _is_placed(self, message: Message, decoded: Decoded) -> bool:
        """Tell whether the device is known, and where a single value is to be joined with others, its truck too.

        Else the message is buried: values of one moment one by one, so that they can be joined later.
        """
        self.outcome.format_counts[decoded.source] += 1
        device = self.devices.find(self.conn, decoded.source, decoded.device_key)
        if device is None:
            detail = f"no {decoded.source} device {decoded.device_key!r} is registered"
            name = sender_of_topic(message.topic)
            if self._admits(Sender(name, None, name), message, 1, len(message.payload)):
                self._bury(message, "unknown_device", detail, decoded)
            return False
        at_ms = decoded.block.at_ms if decoded.source in SOURCES and decoded.block is not None else None
        if at_ms and device.vehicle_throughout(at_ms[0], at_ms[0]) is None:
            self._bury(message, "unassigned_device", "the device was on no truck", decoded, device.fleet_id)
            return False
        return True

    def _take(self, message: Message, decoded: Decoded) -> None:
        device = self.devices.find(self.conn, decoded.source, decoded.device_key)
        if device is None:
            return  # buried by _is_placed
        block = decoded.block
        sender = Sender(device.device_id, decoded.source, decoded.device_key)
        if not self._admits(sender, message, 1 if block is None else len(block), len(message.payload)):
            self._hear(message, device, None).flooded_count += 1
            return
        newest_ms = None
        if block is not None and len(block):
            at_ms = self._date(block, device, message.received_at)
            part = part_of(block, at_ms, device=device, received_ms=message.received_ms)
            newest_ms = self._add(message, part, decoded)
            if block.boot is not None:
                self._number(message, device, block.boot, (block.sequence[0], block.sequence[-1]), decoded)
        for event in decoded.events:
            self._take_event(message, decoded, event, device)
        if block is not None and block.boot is not None and message.wants_ranges:
            self.outcome.answer(message, block.boot, block.sequence)
        heard = self._hear(message, device, newest_ms)
        heard.state = decoded.state or heard.state
        if block is not None:
            heard.sample_count += len(block)
            heard.refused_count += block.refused_count
            self._tally(device, message).add_refused(block)

    def _admits(self, sender: Sender, message: Message, row_count: int, byte_count: int) -> bool:
        """Tell whether a sender keeps within its budget; who does not is noted, to be told after the commit."""
        gate = self.limits.flood
        if gate is None or self.admit is None or self.admit(sender, row_count, byte_count, message.received_ms / 1000):
            return True
        wait_s = gate.wait_s(sender.key, row_count=row_count, byte_count=byte_count)
        self.outcome.turned_away.append(TurnedAway(message, sender, wait_s))
        return False

    def _take_event(self, message: Message, decoded: Decoded, event: Event, device: KnownDevice) -> None:
        [at_ms] = self._date(event.moment(), device, message.received_at)
        placed = place_event(event, at_ms, device=device, received_at=message.received_at, times=self.limits.times)
        if isinstance(placed, Refusal):
            detail = f"the event '{event.kind}' was not stored"
            self._bury(message, placed.reason, detail, decoded, device.fleet_id, is_whole=False)
        else:
            self.events.append(placed)
        self._tally(device, message).event_count += 1
        if event.boot is not None:
            self._number(message, device, event.boot, (event.sequence, event.sequence), decoded)
        else:
            self._tally(device, message).unnumbered_count += 1

    def _number(
        self, message: Message, device: KnownDevice, boot: int, first_last: tuple[int, int], decoded: Decoded
    ) -> None:
        """Note numbers that have come, and those to be answered for.

        Rows that were refused are safe too: the dead letter holds them, and sending them again would change nothing.
        """
        first, last = first_last
        self.tallies[device.device_id].numbers.setdefault(boot, []).append((first, last))
        if decoded.wants_acknowledgement and not message.wants_ranges:
            self._committed(decoded.device_key, boot, first, last)

    def _tally(self, device: KnownDevice, message: Message) -> Tally:
        if device.device_id not in self.tallies:
            new = Tally(device_id=device.device_id, fleet_id=device.fleet_id, received_at=message.received_at)
            self.tallies[device.device_id] = new
        return self.tallies[device.device_id]

    def _add(self, message: Message, part: Part, decoded: Decoded) -> int | None:
        """Add a message's rows, keep it whole where some cannot be stored, and return its newest time (Unix ms)."""
        fate = self.assembly.add(part)
        self._tally(part.device, message).add_rows(part.at_ms, part.received_ms, part.clock_quality, fate.refused)
        if fate.refused:
            # Its good rows are stored, and a replay adds only what was refused.
            reason = next(iter(fate.refused.values()))
            places = ", ".join(f"{index} ({why})" for index, why in list(fate.refused.items())[:10])
            detail = f"{len(fate.refused)} of {len(part.rows)} rows were not stored: {places}"
            self._bury(message, reason, detail, decoded, part.device.fleet_id, is_whole=False)
        return fate.newest_ms

    def _committed(self, device_key: str, boot: int, first: int, last: int) -> None:
        """Note rows that are to be answered for once they are committed."""
        self.answers.setdefault((device_key, boot), []).append((first, last))

    def _hear(self, message: Message, device: KnownDevice, newest_ms: int | None) -> Heard:
        heard = self.heard.get(device.device_id)
        if heard is None:
            heard = self.heard[device.device_id] = Heard(device.device_id, device.fleet_id, message.received_at)
        heard.received_at = max(heard.received_at, message.received_at)
        heard.message_count += 1
        self._tally(device, message).message_count += 1
        if newest_ms is not None:
            heard.sampled_ms = max(newest_ms, heard.sampled_ms or newest_ms)
        return heard

    def _bury(
        self,
        message: Message,
        reason: str,
        detail: str,
        said: Decoded | None = None,
        fleet_id: int | None = None,
        *,
        is_whole: bool = True,
    ) -> None:
        self.letters.append(letter_of(message, reason, detail, said, fleet_id))
        self.outcome.set_aside.append(SetAside(message, reason, detail, is_whole=is_whole))

    # --- clocks ---------------------------------------------------------------------------------------------------

    def _date_plain(self, batch: PlainBatch, device: KnownDevice, first_offset_ms: int, received_at: datetime) -> int:
        """Return the time of a plain batch's first row (Unix ms)."""
        first_uptime_ms = batch.u + first_offset_ms
        if batch.c and batch.t is not None and self._clock_is_settled(batch.c, device, batch.b, first_uptime_ms):
            return batch.t + first_offset_ms
        first_row = Block(
            sequence=[batch.q],
            clock_quality=ClockQuality(batch.c),
            at_ms=[batch.t + first_offset_ms] if batch.c and batch.t is not None else None,
            uptime_ms=[first_uptime_ms],
            age_ms=[batch.un - first_uptime_ms],
            boot=batch.b,
        )
        return self._date(first_row, device, received_at)[0]

    def _clock_is_settled(self, quality: int, device: KnownDevice, boot: int, uptime_ms: int) -> bool:
        """Tell whether a time of this quality teaches nothing new about the boot's clock."""
        return (
            quality < ClockQuality.NETWORK
            or self.devices.clock_is_settled(device.device_id, boot, uptime_ms)
            or self.settled_clocks.get((device.device_id, boot), uptime_ms + 1) <= uptime_ms
        )

    def _date(self, block: Block, device: KnownDevice, received_at: datetime) -> list[int]:
        """Return the times of a block's rows (Unix ms), and remember what they teach about its boot's clock."""
        if block.boot is None:
            return list(block.at_ms or ())
        if block.at_ms and self._clock_is_settled(block.clock_quality, device, block.boot, block.uptime_ms[0]):
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
