"""Work that is done side by side, handed on in the order it was begun."""

from collections.abc import Callable
from threading import Lock
from typing import Generic, TypeVar

_Work = TypeVar("_Work")


class InOrder(Generic[_Work]):
    """Numbers pieces of work as they are begun, and hands each on when all before it are finished. For many threads."""

    def __init__(self, hand_on: Callable[[_Work], None]) -> None:
        self._hand_on = hand_on
        self._lock = Lock()
        self._begun_count = 0
        self._next = 0
        self._finished: dict[int, _Work] = {}

    def expect(self) -> int:
        """Return the number of a piece of work that begins now."""
        with self._lock:
            number = self._begun_count
            self._begun_count += 1
            return number

    def finish(self, number: int, work: _Work) -> None:
        """Say that a piece of work is done; hand on what its end lets go."""
        with self._lock:
            self._finished[number] = work
            while self._next in self._finished:
                self._hand_on(self._finished.pop(self._next))
                self._next += 1
