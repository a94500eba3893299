"""The truck fell silent.

Whether it still is depends on the time it is now, so it is no stored row: `silence_h` answers when somebody asks, from
the newest sample to now. A silence that is over lies between two samples, so the fold stores it as it does any episode,
and takes it back when the samples in between arrive late.
"""

from pydantic import Field

from keitora.episodes.model import Kind, Limits, Meaning


class SilentLimits(Limits):
    """Half an hour in mid-drive: loggers bridge valleys by sending later, so that samples are missing for good.

    A week at rest: phones and dongles sleep with the truck, and trucks stand for days. Set `at_rest_h` to 24 where a
    tracker reports while parked.
    """

    driving_min: float = Field(
        default=30, ge=5, le=1440, description="After the last sample of a moving truck (minutes)"
    )
    at_rest_h: float = Field(default=168, ge=1, le=8760, description="After the last sample of a standing truck (h)")

    def longest_ms(self, *, driving: bool) -> float:
        """Return after how long (ms) a silence is one."""
        return self.driving_min * 60_000 if driving else self.at_rest_h * 3_600_000


SILENT = Meaning(
    kind=Kind.SILENT,
    severity="warning",
    unit="h",
    limits=SilentLimits,
    name_en="No data",
    name_ja="通信途絶",
    en="Nothing was heard of the truck for longer than it usually sleeps, or it fell silent in mid-drive.",
    ja="通常の駐車時間を超えて、または走行中に、データが届かなくなりました。",
)

DRIVING_KMH = 10.0
"""Slower than this the truck may have been parking when it spoke last."""


def silence_h(last_ms: int, at_ms: int, limits: SilentLimits, *, driving: bool) -> float | None:
    """Return how long (h) the truck was silent between two moments, if that is longer than it should be."""
    lasted_ms = at_ms - last_ms
    return lasted_ms / 3_600_000 if lasted_ms > limits.longest_ms(driving=driving) else None
