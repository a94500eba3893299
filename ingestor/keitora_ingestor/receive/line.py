"""A bounded queue of messages that wait for their commit, each with whoever waits for the answer."""

import asyncio
from collections import deque
from dataclasses import dataclass
from threading import Condition
from time import monotonic

from keitora.wire.native import Committed
from keitora_ingestor.message import Message


@dataclass(frozen=True, slots=True)
class Fate:
    """What became of a message: stored, or kept as a dead letter for a reason; `ranges` are its rows, where it has any.

    `is_whole`: it was kept aside as a whole, not only rows of it. `wait_s`: nothing of it was kept, for its sender
    sends too much; it may be sent again after so long.
    """

    reason: str | None = None
    detail: str = ""
    is_whole: bool = False
    ranges: Committed | None = None
    wait_s: float | None = None


@dataclass(frozen=True, slots=True)
class Waiting:
    """A message, and where its fate is awaited."""

    message: Message
    answer: "asyncio.Future[Fate]"


class Line:
    """The queue. Any thread may put, one takes."""

    def __init__(self, *, most_messages: int, most_bytes: int) -> None:
        self._most_messages = most_messages
        self._most_bytes = most_bytes
        self._queue: deque[Waiting] = deque()
        self._byte_count = 0
        self._changed = Condition()

    def put(self, one: Waiting) -> bool:
        """Add a message; False if there is no room. One message alone always has room."""
        size = len(one.message.payload)
        with self._changed:
            is_full = len(self._queue) >= self._most_messages or self._byte_count + size > self._most_bytes
            if self._queue and is_full:
                return False
            self._queue.append(one)
            self._byte_count += size
            self._changed.notify()
            return True

    def take(self, *, limit: int, wait_s: float, gather_s: float) -> list[Waiting]:
        """Return up to `limit` messages: waits `wait_s` for a first one at most, then `gather_s` for company."""
        with self._changed:
            if not self._changed.wait_for(lambda: self._queue, wait_s):
                return []
            deadline_s = monotonic() + gather_s
            while len(self._queue) < limit and (left_s := deadline_s - monotonic()) > 0:
                self._changed.wait(left_s)
            return self._pop(limit)

    def empty(self) -> list[Waiting]:
        """Return everything that waits, and leave nothing."""
        with self._changed:
            return self._pop(len(self._queue))

    def _pop(self, limit: int) -> list[Waiting]:
        taken = [self._queue.popleft() for _ in range(min(limit, len(self._queue)))]
        self._byte_count -= sum(len(one.message.payload) for one in taken)
        return taken
