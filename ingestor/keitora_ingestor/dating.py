"""When a row without a clock was taken. Pure."""

from dataclasses import dataclass

from keitora.samples.model import Block, ClockQuality
from keitora.samples.queries import BootClock


@dataclass(frozen=True, slots=True)
class Dated:
    """A block's times (Unix ms), the boot's clock if it is to be remembered, and by how much older rows move."""

    at_ms: list[int]
    learnt: BootClock | None = None
    shift_ms: int = 0


def date_block(block: Block, known: BootClock | None, received_ms: int) -> Dated:
    """Date a block's rows.

    A row that knows its time keeps it. One that knows only its uptime is dated by its boot's clock: the earliest moment
    of the boot at which the device knew the time, or, until such a message comes, the first message's arrival less the
    age it states. The first of these is kept for the boot, so that a resend is dated the same, and taking the earliest
    good one makes the result the same in whatever order messages arrive.
    """
    if block.at_ms is not None:
        learnt = _learn(block, known)
        shift_ms = learnt.epoch_at_zero_ms - known.epoch_at_zero_ms if learnt and known else 0
        return Dated(list(block.at_ms), learnt, shift_ms)
    if not block.uptime_ms:
        return Dated([])
    if known is None:
        built_uptime_ms = block.uptime_ms[0] + block.age_ms[0]
        known = BootClock(received_ms - built_uptime_ms, ClockQuality.UPTIME, built_uptime_ms)
        return Dated([known.epoch_at_zero_ms + uptime for uptime in block.uptime_ms], known)
    return Dated([known.epoch_at_zero_ms + uptime for uptime in block.uptime_ms])


def _learn(block: Block, known: BootClock | None) -> BootClock | None:
    if block.clock_quality < ClockQuality.NETWORK or not block.uptime_ms or not block.at_ms:
        return None
    uptime_ms = block.uptime_ms[0]
    if known is not None and known.quality >= ClockQuality.NETWORK and known.learnt_uptime_ms <= uptime_ms:
        return None
    return BootClock(block.at_ms[0] - uptime_ms, int(block.clock_quality), uptime_ms)
