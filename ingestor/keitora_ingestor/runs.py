"""Plain messages that follow each other: of one boot of one device, with the same columns and the same clock.

At one row a message, looking after each message would cost more than its row does; what is the same for all of a run
is looked at once. Pure.
"""

from collections.abc import Iterable, Iterator
from itertools import groupby
from typing import NamedTuple

from keitora.samples.queries import row_key
from keitora_ingestor.assemble import RunPart
from keitora_ingestor.clocks import Boot
from keitora_ingestor.dating import Moment
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


def moments_of_runs(runs: Iterable[Run]) -> Iterator[tuple[Boot, Moment]]:
    """Yield what runs tell of their boots' clocks: a good clock by its earliest message alone, which is what counts."""
    for run in runs:
        moments = [
            Moment(
                batch.c,
                batch.t + offsets_ms[0] if batch.c and batch.t is not None else None,
                batch.u + offsets_ms[0],
                batch.un,
                message.received_ms,
            )
            for message, _, _, (batch, offsets_ms, _) in (
                run if run[0].plain.batch.c == 0 else [min(run, key=_uptime_ms)]
            )
        ]
        boot = (run[0].device.device_id, run[0].plain.batch.b)
        yield from ((boot, moment) for moment in moments)


def _uptime_ms(one: PlainMessage) -> int:
    return one.plain.batch.u + one.plain.offsets_ms[0]


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
