"""How often somebody may be wrong. Pure: the time is handed in."""

from collections import OrderedDict
from dataclasses import dataclass
from typing import Final

REMEMBERED: Final = 20_000


@dataclass(frozen=True, slots=True)
class Allowance:
    """So many tries at once, and another one every so often."""

    burst_count: int
    every_s: float


@dataclass(slots=True)
class _Bucket:
    left_count: float
    at_s: float


class Throttle:
    """Counts failed tries by key: a token bucket each. The memory is bounded; the longest silent are forgotten."""

    def __init__(self, allowance: Allowance, *, remembered: int = REMEMBERED) -> None:
        self._allowance = allowance
        self._remembered = remembered
        self._buckets: OrderedDict[str, _Bucket] = OrderedDict()

    def wait_s(self, key: str, now_s: float) -> float:
        """Return how long the key must wait for its next try (s); 0 if it may try now."""
        bucket = self._buckets.get(key)
        if bucket is None:
            return 0.0
        return max(0.0, (1 - self._left(bucket, now_s)) * self._allowance.every_s)

    def failed(self, key: str, now_s: float) -> None:
        """Note a failed try."""
        bucket = self._buckets.get(key)
        left_count = self._allowance.burst_count if bucket is None else self._left(bucket, now_s)
        self._buckets[key] = _Bucket(max(0.0, left_count - 1), now_s)
        self._buckets.move_to_end(key)
        while len(self._buckets) > self._remembered:
            self._buckets.popitem(last=False)

    def forgive(self, key: str) -> None:
        """Take back the last failed try: it was none."""
        bucket = self._buckets.get(key)
        if bucket is not None:
            bucket.left_count = min(self._allowance.burst_count, bucket.left_count + 1)

    def _left(self, bucket: _Bucket, now_s: float) -> float:
        return min(self._allowance.burst_count, bucket.left_count + (now_s - bucket.at_s) / self._allowance.every_s)
