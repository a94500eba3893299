"""How much a device may send: a bucket of rows and one of bytes for each, pure and bounded.

A bucket fills at the sustained rate up to the burst, and a message takes from it what it holds. The numbers:

* sustained: 20 rows/s and 32 KiB/s. The most a healthy device sends for hours is 10 rows/s (a phone's accelerometer at
  100 Hz, averaged over 0.1 s; about 12 KiB/s of JSON). Twice that is never normal.
* burst: 1,000,000 rows and 256 MiB. A month without coverage, eight hours a day at 1 Hz, is 864,000 rows (84 MB in the
  native format, 97 bytes a row); so many positions as OwnTracks messages are 226 MB (262 bytes each), and a phone keeps
  at most 100,000. A year of a truck at a row in ten seconds is about 200,000 rows. All go through at full speed. An
  empty bucket is full again in 14 hours.

So a device gone wild costs at most its burst once, and then 1.7 million rows a day. Time is any clock's seconds that
only go forward.
"""

from collections import OrderedDict
from collections.abc import Hashable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from threading import Lock
from typing import Final, NamedTuple, Protocol

UNREADABLE_ROWS: Final = 100
UNREADABLE_BYTES_FACTOR: Final = 4
"""What a message that cannot be read counts for: it is kept whole, so 16 MiB at once and 8 KiB/s are enough."""
REMEMBERED: Final = 50_000
"""So many devices have a bucket; the one heard longest ago is forgotten first, and begins with a full one again."""
TELL_EVERY_S: Final = 60.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Budget:
    """What one device may send. A rate of 0 means: without a limit."""

    rows_per_s: float = 20
    burst_rows: float = 1_000_000
    bytes_per_s: float = 32 * 1024
    burst_bytes: float = 256 * 1024 * 1024


class Sender(NamedTuple):
    """Who was refused something: a device by its number, or what sends unreadable messages by its topic."""

    key: Hashable
    source: str | None
    name: str


def sender_of_topic(topic: str) -> str:
    """Return the levels of a topic that stand for who sends: three where the second is a prefix or a user, else two."""
    levels = topic.split("/")
    return "/".join(levels[: 3 if levels[0] in {"kei", "owntracks", "ovms"} else 2])


@dataclass(slots=True)
class _Bucket:
    rows: float
    bytes_: float
    at_s: float
    refused_count: int = 0
    told_s: float | None = None


@dataclass(frozen=True, slots=True)
class Flooded:
    """A device to speak about: messages refused since it was last told, and when it may send the last of them again."""

    device: Hashable
    refused_count: int
    wait_s: float


class Admit(Protocol):
    """Asks for a sender, rows, bytes and the time (s)."""

    def __call__(
        self, sender: Sender, row_count: int, byte_count: int, now_s: float, *, is_one_message: bool = True
    ) -> bool:
        """Tell whether it may send this."""


class FloodGate:
    """Admits or refuses messages. Several threads may use it.

    What a batch takes counts only if it is stored: use `trial`, for a batch that failed comes again.
    """

    def __init__(self, budget: Budget, *, remembered: int = REMEMBERED) -> None:
        self._budget = budget
        self._remembered = remembered
        self._buckets: OrderedDict[Hashable, _Bucket] = OrderedDict()
        self._lock = Lock()

    @property
    def device_count(self) -> int:
        """Return how many devices have a bucket."""
        return len(self._buckets)

    def admit(
        self, device: Hashable, *, row_count: int, byte_count: int, now_s: float, is_one_message: bool = True
    ) -> bool:
        """Tell whether a device may send this now, and count it: as sent, or as refused.

        A message larger than a whole burst is let through by a full bucket, or it never would be. Several messages
        asked for at once are not, and their refusal is not counted: each of them is asked for then.
        """
        with self._lock:
            bucket, budget = self._filled(device, now_s), self._budget
            rows_left, bytes_left = bucket.rows - row_count, bucket.bytes_ - byte_count
            no_row_limit = not budget.rows_per_s or (is_one_message and bucket.rows >= budget.burst_rows)
            no_byte_limit = not budget.bytes_per_s or (is_one_message and bucket.bytes_ >= budget.burst_bytes)
            is_admitted = (no_row_limit or rows_left >= 0) and (no_byte_limit or bytes_left >= 0)
            if is_admitted:
                bucket.rows, bucket.bytes_ = rows_left, bytes_left
            elif is_one_message:
                bucket.refused_count += 1
            self._put(device, bucket)
            return is_admitted

    def wait_s(self, device: Hashable, *, row_count: int, byte_count: int) -> float:
        """Return when a message that was refused goes through, if its device sends nothing else meanwhile (s)."""
        with self._lock:
            bucket, budget = self._buckets.get(device), self._budget
            if bucket is None:
                return 0.0
            rows_s = _filling_s(min(row_count, budget.burst_rows) - bucket.rows, budget.rows_per_s)
            bytes_s = _filling_s(min(byte_count, budget.burst_bytes) - bucket.bytes_, budget.bytes_per_s)
            return max(0.0, rows_s, bytes_s)

    def due(self, device: Hashable, now_s: float) -> Flooded | None:
        """Return what to tell of a device that was refused something, once a minute at most."""
        with self._lock:
            bucket = self._buckets.get(device)
            if bucket is None or not bucket.refused_count:
                return None
            if bucket.told_s is not None and now_s - bucket.told_s < TELL_EVERY_S:
                return None
            flooded = Flooded(device, bucket.refused_count, self._wait_s(bucket))
            bucket.refused_count, bucket.told_s = 0, now_s
            self._put(device, bucket)
            return flooded

    @contextmanager
    def trial(self) -> Iterator[Admit]:
        """Yield what admits a batch's messages; all of it is undone if the batch ends with an error."""
        taken: list[tuple[Hashable, int, int, int]] = []

        def admit(
            sender: Sender, row_count: int, byte_count: int, now_s: float, *, is_one_message: bool = True
        ) -> bool:
            is_admitted = self.admit(
                sender.key,
                row_count=row_count,
                byte_count=byte_count,
                now_s=now_s,
                is_one_message=is_one_message,
            )
            if is_admitted:
                taken.append((sender.key, row_count, byte_count, 0))
            elif is_one_message:
                taken.append((sender.key, 0, 0, 1))
            return is_admitted

        try:
            yield admit
        except BaseException:
            self._give_back(taken)
            raise

    def _give_back(self, taken: list[tuple[Hashable, int, int, int]]) -> None:
        with self._lock:
            for device, row_count, byte_count, refused_count in taken:
                if bucket := self._buckets.get(device):
                    self._buckets[device] = replace(
                        bucket,
                        rows=min(self._budget.burst_rows, bucket.rows + row_count),
                        bytes_=min(self._budget.burst_bytes, bucket.bytes_ + byte_count),
                        refused_count=max(0, bucket.refused_count - refused_count),
                    )

    def _filled(self, device: Hashable, now_s: float) -> _Bucket:
        bucket, budget = self._buckets.get(device), self._budget
        if bucket is None:
            return _Bucket(budget.burst_rows, budget.burst_bytes, now_s)
        passed_s = now_s - bucket.at_s
        if passed_s > 0:
            bucket.rows = min(budget.burst_rows, bucket.rows + passed_s * budget.rows_per_s)
            bucket.bytes_ = min(budget.burst_bytes, bucket.bytes_ + passed_s * budget.bytes_per_s)
            bucket.at_s = now_s
        return bucket

    def _put(self, device: Hashable, bucket: _Bucket) -> None:
        self._buckets[device] = bucket
        self._buckets.move_to_end(device)
        while len(self._buckets) > self._remembered:
            self._buckets.popitem(last=False)

    def _wait_s(self, bucket: _Bucket) -> float:
        """Return after how long half a minute's worth can be sent again."""
        budget, worth_s = self._budget, 30.0
        rows_s = worth_s - bucket.rows / budget.rows_per_s if budget.rows_per_s else 0.0
        bytes_s = worth_s - bucket.bytes_ / budget.bytes_per_s if budget.bytes_per_s else 0.0
        return max(1.0, rows_s, bytes_s)


def _filling_s(missing: float, per_s: float) -> float:
    return missing / per_s if per_s else 0.0
