"""What a logger must send now. Pure: it is told the time and what was answered, and never touches a socket.

A message leaves the outbox only when every row in it has been answered as committed; until then it is sent again, the
same bytes, after a reconnect and when no answer came for a while.
"""

from collections import deque
from dataclasses import dataclass
from typing import Final

from keitora.wire.native import Committed
from keitora_sim.messages import Message

_LONGEST_PATIENCE: Final = 6  # times the first waiting time


@dataclass(slots=True)
class _Waiting:
    """A message in flight: what is still unanswered of it, and when it is to be sent again."""

    message: Message
    missing: list[tuple[int, int]]
    due_at_s: float


class Outbox:
    """Messages in the order they were made, of which at most `window` are in flight.

    Times are seconds of any monotonic clock. An unanswered message is due again after `resend_after_s`, then after
    twice as long, up to six times: an ingestor that is down for an hour must not find an hour of repeats.
    """

    def __init__(self, *, window: int = 64, resend_after_s: float = 10.0) -> None:
        self._window = window
        self._resend_after_s = resend_after_s
        self._patience_s = resend_after_s
        self._queued: deque[Message] = deque()
        self._in_flight: list[_Waiting] = []
        self._is_connected = False
        self.resent_count = 0

    def __len__(self) -> int:
        return len(self._queued) + len(self._in_flight)

    @property
    def has_room(self) -> bool:
        """Tell whether another message would go out now rather than queue up in memory."""
        return len(self) < self._window

    def add(self, message: Message) -> None:
        """Take a message; it stays until all its rows are committed."""
        self._queued.append(message)

    def connected(self) -> None:
        """Note that messages can be sent: everything in flight is due again, as the broker may have forgotten it."""
        self._is_connected = True
        self._patience_s = self._resend_after_s
        for waiting in self._in_flight:
            waiting.due_at_s = float("-inf")

    def disconnected(self) -> None:
        """Note that nothing can be sent until `connected`."""
        self._is_connected = False

    def take_due(self, now_s: float) -> list[Message]:
        """Return what to send now, oldest first, and count it as sent."""
        if not self._is_connected:
            return []
        due = [waiting for waiting in self._in_flight if waiting.due_at_s <= now_s]
        if any(waiting.due_at_s > float("-inf") for waiting in due):
            self._patience_s = min(2 * self._patience_s, _LONGEST_PATIENCE * self._resend_after_s)
        self.resent_count += len(due)
        while self._queued and len(self._in_flight) < self._window:
            message = self._queued.popleft()
            rows = [(message.first_sequence, message.last_sequence)]
            due.append(_Waiting(message, missing=rows, due_at_s=now_s))
            self._in_flight.append(due[-1])
        for waiting in due:
            waiting.due_at_s = now_s + self._patience_s
        return [waiting.message for waiting in due]

    def next_due_at_s(self) -> float | None:
        """Return when something in flight is to be sent again if no answer comes, or None."""
        return min((waiting.due_at_s for waiting in self._in_flight), default=None) if self._is_connected else None

    def acknowledge(self, committed: Committed) -> int:
        """Note rows that are in the database for good; return how many messages are done with that."""
        for waiting in self._in_flight:
            if waiting.message.boot == committed.b:
                for first, last in committed.r:
                    waiting.missing = _without(waiting.missing, first, last)
        left = [waiting for waiting in self._in_flight if waiting.missing]
        done = len(self._in_flight) - len(left)
        if done:
            self._patience_s = self._resend_after_s
        self._in_flight = left
        return done

    def unacknowledged(self) -> list[Message]:
        """Return every message still held, oldest first."""
        return [waiting.message for waiting in self._in_flight] + list(self._queued)


def _without(ranges: list[tuple[int, int]], first: int, last: int) -> list[tuple[int, int]]:
    kept = []
    for low, high in ranges:
        kept += [(a, b) for a, b in ((low, min(high, first - 1)), (max(low, last + 1), high)) if a <= b]
    return kept
