"""When a row without a clock was taken. Pure.

A row that knows its time keeps it. One that knows only its uptime is dated by its boot's clock: the earliest moment of
the boot at which the device knew the time, or, until such a message comes, the arrival of a message less the uptime at
which it was built. A message from a queue was built long before it arrives, so the earliest such start of the boot is
the nearest. Taking the earliest makes the result the same in whatever order messages arrive, and a repetition lands
where the first copy did.
"""

from collections.abc import Iterable
from typing import Final, NamedTuple

from keitora.samples.model import Block, ClockQuality
from keitora.samples.queries import BootClock

JITTER_MS: Final = 1000
"""A start that is earlier by less is the network's moods, and not worth moving stored rows for."""


class Moment(NamedTuple):
    """What a message tells of its boot's clock: its first row's time (Unix ms), if it has one, and uptimes (ms)."""

    quality: int
    at_ms: int | None
    uptime_ms: int
    built_uptime_ms: int
    received_ms: int

    def clock(self) -> BootClock | None:
        """Return the clock it tells; None where it has a time that nobody has compared."""
        if self.at_ms is None:
            return BootClock(self.received_ms - self.built_uptime_ms, ClockQuality.UPTIME, self.built_uptime_ms)
        if self.quality < ClockQuality.NETWORK:
            return None
        return BootClock(self.at_ms - self.uptime_ms, self.quality, self.uptime_ms)


def moment_of(block: Block, received_ms: int) -> Moment | None:
    """Return what a block tells of its boot's clock, or None where it has no rows."""
    if not block.uptime_ms:
        return None
    first_ms = block.uptime_ms[0]
    built_ms = first_ms + (block.age_ms[0] if block.age_ms else 0)
    at_ms = block.at_ms[0] if block.at_ms else None
    return Moment(int(block.clock_quality), at_ms, first_ms, built_ms, received_ms)


def best_clock(known: BootClock | None, moments: Iterable[Moment]) -> BootClock | None:
    """Return a boot's clock after all of these moments."""
    for moment in moments:
        told = moment.clock()
        if told is not None and (known is None or _is_better(told, known)):
            known = told
    return known


def _is_better(told: BootClock, known: BootClock) -> bool:
    if told.quality >= ClockQuality.NETWORK:
        return known.quality < ClockQuality.NETWORK or told.learnt_uptime_ms < known.learnt_uptime_ms
    return known.quality < ClockQuality.NETWORK and told.epoch_at_zero_ms < known.epoch_at_zero_ms - JITTER_MS
