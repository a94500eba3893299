"""Plain messages that follow each other: of one boot of one device, with the same columns and the same clock.

At one row a message, looking after each message would cost more than its row does; what is the same for all of a run
is looked at once. Pure.
"""

from collections.abc import Iterable, Iterator
from itertools import groupby
from typing import NamedTuple

from keitora.samples.queries import row_key
from keitora_ingestor.assemble import RunPart
from keitora_ingestor.decode.plain import Plain
from keitora_ingestor.message import Message
from keitora_ingestor.queries import KnownDevice


class PlainMessage(NamedTuple):
    """A message the fast lane has read, and who sent it."""

    message: Message
    device: KnownDevice
    device_key: str
    plain: Plain


Run = list[PlainMessage]


def runs_of(messages: Iterable[PlainMessage]) -> Iterator[Run]:
    """Yield the messages as runs: devices and boots in their order, a boot's messages as they came."""
    ordered = sorted(messages, key=lambda one: (one.device.device_id, one.plain.batch.b))
    for _, run in groupby(ordered, key=_what_is_shared):
        yield list(run)


def _what_is_shared(one: PlainMessage) -> tuple[int, int, int, tuple[str, ...], bool]:
    batch = one.plain.batch
    return one.device.device_id, batch.b, batch.c, one.plain.signals, one.message.wants_ranges


def first_uptime_ms(run: Run) -> int:
    """Return the earliest uptime of a message's first row."""
    return min(one.plain.batch.u + one.plain.offsets_ms[0] for one in run)


def numbers(run: Run) -> list[tuple[int, int]]:
    """Return the numbers of a run's rows as ranges (first, last), those that follow each other in one."""
    ranges: list[tuple[int, int]] = []
    for one in run:
        batch = one.plain.batch
        first, last = batch.q, batch.q + len(batch.r) - 1
        if ranges and ranges[-1][1] + 1 == first:
            ranges[-1] = (ranges[-1][0], last)
        else:
            ranges.append((first, last))
    return ranges


def part_of_run(run: Run) -> RunPart:
    """Return a run's rows, dated as the device says. Every message must have a time."""
    first = run[0]
    base = row_key(first.plain.batch.b, 0)
    part = RunPart(first.device, first.plain.signals, first.plain.batch.c)
    told_at = None
    for message, _, _, (batch, offsets_ms, _) in run:
        zero_ms, first_key, count = batch.t or 0, base + batch.q, len(offsets_ms)
        part.rows += batch.r
        if count == 1:
            part.at_ms.append(zero_ms + offsets_ms[0])
            part.row_keys.append(first_key)
        else:
            part.at_ms += [zero_ms + offset_ms for offset_ms in offsets_ms]
            part.row_keys += range(first_key, first_key + count)
        if message.received_at is told_at:  # messages that were read together share it
            part.counts[-1] += count
        else:
            told_at = message.received_at
            part.counts.append(count)
            part.received_ms.append(message.received_ms)
    return part
