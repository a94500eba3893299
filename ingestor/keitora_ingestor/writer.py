"""One batch of messages into the database, in one transaction."""

import logging
from collections.abc import Iterator, Mapping, Sequence
from contextlib import nullcontext
from itertools import pairwise
from operator import itemgetter
from time import thread_time
from typing import Any, Final

from psycopg import Connection

from keitora.clock import instant
from keitora.errors import DecodeError
from keitora.samples.model import Decoded, Event
from keitora.samples.queries import (
    Stored,
    row_key,
    store,
    store_new,
)
from keitora_ingestor.assemble import Assembly, Part, latest_row, part_of
from keitora_ingestor.blame import is_messages_fault
from keitora_ingestor.burial import bury_alone
from keitora_ingestor.clocks import Boot, Clocks
from keitora_ingestor.dating import Moment, moment_of
from keitora_ingestor.decode.bounds import Incoming
from keitora_ingestor.decode.join import SOURCES, join
from keitora_ingestor.decode.plain import Plain, spoken_by
from keitora_ingestor.devices import DeviceCache
from keitora_ingestor.flood import UNREADABLE_BYTES_FACTOR, UNREADABLE_ROWS, Admit, Sender, sender_of_topic
from keitora_ingestor.happening import Refusal, place_event
from keitora_ingestor.limits import Limits, Patience
from keitora_ingestor.message import Message
from keitora_ingestor.notes import Notes
from keitora_ingestor.outcome import Outcome, TurnedAway
from keitora_ingestor.queries import KnownDevice, note_latest, remember_units
from keitora_ingestor.runs import PlainMessage, Run, moments_of_runs, numbers, part_of_run, runs_of

log = logging.getLogger(__name__)

_WHY: Final = {
    "unassigned_device": "the device was on no truck",
    "older_than_kept": "the truck's samples of that time have been dropped, and its books are closed",
}
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
        devices.settle_clocks(batch.clocks.settled)
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
        self.clocks = Clocks(conn, devices)
        self.assembly = Assembly(limits.times)
        self.outcome = Outcome()
        self.notes = Notes(self.outcome)
        self.admit: Admit | None = None
        self.announced: dict[tuple[str, str], dict[str, str]] = {}

    def write(self, messages: Sequence[Message]) -> Outcome:
        began_s = thread_time()
        self.devices.open(self.conn)
        plain, others = self._read(messages)
        read_s = thread_time()
        # What is locked on the way is locked in the order of its key, here and below, so that two writers never wait
        # for each other crosswise.
        runs = list(runs_of(plain))
        joined_up = zip([message for message, _ in others], join([said for _, said in others]), strict=True)
        said_by = sorted(joined_up, key=lambda one: (one[1].source, one[1].device_key))
        self.clocks.learn([*moments_of_runs(runs), *self._moments(said_by)])
        for run in runs:
            if not self._take_run(run):
                for known in run:
                    self._take_plain(*known)
        for message, said in said_by:
            self._take(message, said)
        self.assembly.finish()
        assembled_s = thread_time()
        outcome = self.outcome
        self._store()
        self.notes.store_events(self.conn)
        note_latest(
            self.conn, [latest_row(*noted) for noted in sorted(self.assembly.latest.items(), key=itemgetter(0))]
        )
        self.notes.store(self.conn)
        outcome.message_count = len(messages)
        outcome.row_count = self.assembly.row_count
        stages = pairwise((began_s, read_s, assembled_s, thread_time()))
        outcome.cpu_s = {name: end - begin for name, (begin, end) in zip(STAGES, stages, strict=True)}
        return outcome

    def _store(self) -> None:
        assembly = self.assembly
        for device_id, counts in assembly.refused_counts.items():
            self.notes.add_refused(device_id, counts)
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

    def _read(self, messages: Sequence[Message]) -> tuple[list[PlainMessage], list[tuple[Message, Decoded]]]:
        """Return what the messages say, those of the fast lane apart; what cannot be read or placed is buried."""
        plain: list[PlainMessage] = []
        others: list[tuple[Message, Decoded]] = []
        for message in messages:
            if (found := self._read_plain(message)) is not None:
                plain.append(found)
            elif (said := self._decode(message)) is not None and self._is_placed(message, said):
                others.append((message, said))
        return plain, others

    def _read_plain(self, message: Message) -> PlainMessage | None:
        """Return a plain native message, its device and the device's key, or None where it is to be read with care."""
        route = self.devices.route(self.limits.table, message.topic)
        if route.wire_format is None or route.wire_format.read_plain is None:
            return None
        device = self.devices.find(self.conn, "native", route.levels[2])
        if device is None:
            return None
        plain = route.wire_format.read_plain(message.payload, self.limits.bounds)
        return None if plain is None else PlainMessage(message, device, route.levels[2], plain)

    def _decode(self, message: Message) -> Decoded | None:
        """Return what a message says, or bury it and return None."""
        incoming = Incoming(
            levels=tuple(message.topic.split("/")),
            payload=message.payload,
            received_at=message.received_at,
            bounds=self.limits.bounds,
            units_of=self._units_of,
        )
        try:
            said = self.limits.table.decode(incoming)
        except DecodeError as error:
            name = sender_of_topic(message.topic)
            size = UNREADABLE_BYTES_FACTOR * len(message.payload)
            if self._admits(Sender(name, None, name), message, UNREADABLE_ROWS, size):
                self.notes.bury(message, error.reason, str(error))
        except Exception as error:
            # A fault of ours must not stop the other devices' messages; this one waits for the mended decoder.
            log.exception("decoder failed on a message of %s", message.topic)
            self.notes.bury(message, "decoder_failed", repr(error))
        else:
            if said.units:
                self.announced.setdefault((said.source, said.device_key), {}).update(said.units)
            return said
        return None

    def _units_of(self, source: str, device_key: str) -> Mapping[str, str]:
        device = self.devices.find(self.conn, source, device_key)
        return {**({} if device is None else device.units), **self.announced.get((source, device_key), {})}

    def _moments(self, told: Sequence[tuple[Message, Decoded]]) -> Iterator[tuple[Boot, Moment]]:
        """Yield what messages tell of their boots' clocks."""
        for message, said in told:
            device = self.devices.find(self.conn, said.source, said.device_key)
            blocks = [*([] if said.block is None else [said.block]), *(event.moment() for event in said.events)]
            for block in blocks:
                moment = moment_of(block, message.received_ms)
                if device is not None and block.boot is not None and moment is not None:
                    yield (device.device_id, block.boot), moment

    # --- taking in ------------------------------------------------------------------------------------------------

    def _take_run(self, run: Run) -> bool:
        """Take messages in together, unless there is something about one of them that asks for a look at each."""
        last, device, device_key, plain = run[-1]
        boot, quality = plain.batch.b, plain.batch.c
        if last.wants_ranges or not quality:
            return False
        part = part_of_run(run)
        vehicle_id = self.assembly.truck_of_run(part)
        if vehicle_id is None or not self._admits_run(run, len(part.rows)):
            return False
        self.assembly.add_run(part, vehicle_id)
        ranges = numbers(run)
        tally = self.notes.tally(device, run[0].message)
        tally.numbers.setdefault(boot, []).extend(ranges)
        begin = 0
        for count, received_ms in zip(part.counts, part.received_ms, strict=True):
            tally.add_rows(part.at_ms[begin : begin + count], received_ms, quality, {})
            begin += count
        asked = [one for one in run if one.plain.batch.ak]
        if asked:
            self.notes.answers.setdefault((device_key, boot), []).extend(numbers(asked))
        self.outcome.format_counts["native"] += len(run)
        heard = self.notes.hear(last, device, max(part.at_ms), message_count=len(run))
        heard.sample_count += len(part.rows)
        return True

    def _admits_run(self, run: Run, row_count: int) -> bool:
        """Tell whether a sender keeps within its budget with all of these; one who does not is asked about each."""
        if self.limits.flood is None or self.admit is None:
            return True
        last, device, device_key, _ = run[-1]
        size = sum([len(one.message.payload) for one in run])
        sender = Sender(device.device_id, "native", device_key)
        return self.admit(sender, row_count, size, last.received_ms / 1000, is_one_message=False)

    def _take_plain(self, message: Message, device: KnownDevice, device_key: str, plain: Plain) -> None:
        batch, offsets_ms, signals = plain
        count = len(offsets_ms)
        if not self._admits(Sender(device.device_id, "native", device_key), message, count, len(message.payload)):
            self.notes.hear(message, device, None).flooded_count += 1
            return
        zero_ms = (
            batch.t if batch.c and batch.t is not None else self.clocks.start_ms((device.device_id, batch.b)) + batch.u
        )
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
        self.notes.tallies[device.device_id].numbers.setdefault(batch.b, []).append((batch.q, batch.q + count - 1))
        if message.wants_ranges:
            self.outcome.answer(message, batch.b, range(batch.q, batch.q + count))
        elif batch.ak:
            self.notes.answer(device_key, batch.b, batch.q, batch.q + count - 1)
        self.outcome.format_counts["native"] += 1
        heard = self.notes.hear(message, device, newest_ms)
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
                self.notes.bury(message, "unknown_device", detail, decoded)
            return False
        at_ms = decoded.block.at_ms if decoded.source in SOURCES and decoded.block is not None else None
        if at_ms and device.vehicle_throughout(at_ms[0], at_ms[0]) is None:
            reason = device.why_no_sample(at_ms[0])
            self.notes.bury(message, reason, _WHY[reason], decoded, device.fleet_id)
            return False
        return True

    def _take(self, message: Message, decoded: Decoded) -> None:
        device = self.devices.find(self.conn, decoded.source, decoded.device_key)
        if device is None:
            return  # buried by _is_placed
        block = decoded.block
        sender = Sender(device.device_id, decoded.source, decoded.device_key)
        if not self._admits(sender, message, 1 if block is None else len(block), len(message.payload)):
            self.notes.hear(message, device, None).flooded_count += 1
            return
        newest_ms = None
        if block is not None and len(block):
            at_ms = self.clocks.date(block, device.device_id)
            part = part_of(block, at_ms, device=device, received_ms=message.received_ms)
            newest_ms = self._add(message, part, decoded)
            if block.boot is not None:
                self._number(message, device, block.boot, (block.sequence[0], block.sequence[-1]), decoded)
        if decoded.units.items() - device.units.items():
            remember_units(self.conn, device.device_id, decoded.units)
        for event in decoded.events:
            self._take_event(message, decoded, event, device)
        if block is not None and block.boot is not None and message.wants_ranges:
            self.outcome.answer(message, block.boot, block.sequence)
        heard = self.notes.hear(message, device, newest_ms)
        heard.state = decoded.state or heard.state
        if block is not None:
            heard.sample_count += len(block)
            heard.refused_count += block.refused_count
            self.notes.tally(device, message).add_refused(block)

    def _admits(self, sender: Sender, message: Message, row_count: int, byte_count: int) -> bool:
        """Tell whether a sender keeps within its budget; who does not is noted, to be told after the commit."""
        gate = self.limits.flood
        if gate is None or self.admit is None or self.admit(sender, row_count, byte_count, message.received_ms / 1000):
            return True
        wait_s = gate.wait_s(sender.key, row_count=row_count, byte_count=byte_count)
        self.outcome.turned_away.append(TurnedAway(message, sender, wait_s))
        return False

    def _take_event(self, message: Message, decoded: Decoded, event: Event, device: KnownDevice) -> None:
        [at_ms] = self.clocks.date(event.moment(), device.device_id)
        placed = place_event(event, at_ms, device=device, received_at=message.received_at, times=self.limits.times)
        if isinstance(placed, Refusal):
            detail = f"the event '{event.kind}' was not stored"
            self.notes.bury(message, placed.reason, detail, decoded, device.fleet_id, is_whole=False)
        else:
            self.notes.events.append(placed)
        self.notes.tally(device, message).event_count += 1
        if event.boot is not None:
            if message.wants_ranges:
                self.outcome.answer(message, event.boot, [event.sequence])
            self._number(message, device, event.boot, (event.sequence, event.sequence), decoded)
        else:
            self.notes.tally(device, message).unnumbered_count += 1

    def _number(
        self, message: Message, device: KnownDevice, boot: int, first_last: tuple[int, int], decoded: Decoded
    ) -> None:
        """Note numbers that have come, and those to be answered for.

        Rows that were refused are safe too: the dead letter holds them, and sending them again would change nothing.
        """
        first, last = first_last
        self.notes.tallies[device.device_id].numbers.setdefault(boot, []).append((first, last))
        if decoded.wants_acknowledgement and not message.wants_ranges:
            self.notes.answer(decoded.device_key, boot, first, last)

    def _add(self, message: Message, part: Part, decoded: Decoded) -> int | None:
        """Add a message's rows, keep it whole where some cannot be stored, and return its newest time (Unix ms)."""
        fate = self.assembly.add(part)
        self.notes.tally(part.device, message).add_rows(part.at_ms, part.received_ms, part.clock_quality, fate.refused)
        if fate.refused:
            # Its good rows are stored, and a replay adds only what was refused.
            reason = next(iter(fate.refused.values()))
            places = ", ".join(f"{index} ({why})" for index, why in list(fate.refused.items())[:10])
            detail = f"{len(fate.refused)} of {len(part.rows)} rows were not stored: {places}"
            self.notes.bury(message, reason, detail, decoded, part.device.fleet_id, is_whole=False)
        return fate.newest_ms
