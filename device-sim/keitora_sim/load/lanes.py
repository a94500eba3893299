"""Many pipes in one thread: which of them have something to read, room to write, or a connection to make again."""

import selectors
import time
from collections.abc import Iterable, Sequence
from typing import Self

from keitora_sim.load.pipe import Pipe, RefusedError

_CARE_EVERY_S = 1.0
_ASK_AGAIN_S = 0.25


class Lanes:
    """Pipes driven together. Use as a context manager; opening raises SetupError if the broker refuses.

    `patience_s` is how long a refusal is waited out: the broker hears of new logins a moment later. Lanes that
    `go_without` those that are refused in the end raise only if all are. One that `keeps_trying` opens whatever can be
    opened. Both try the others again for ever.
    """

    def __init__(
        self,
        pipes: Sequence[Pipe],
        *,
        patience_s: float = 0.0,
        keeps_trying: bool = False,
        go_without: bool = False,
    ) -> None:
        self._keeps_trying = keeps_trying
        self._go_without = go_without
        self.pipes = pipes
        self._patience_s = patience_s
        self._selector = selectors.DefaultSelector()
        self._watched: dict[Pipe, tuple[int, int]] = {}
        self._cared_at_s = 0.0

    def __enter__(self) -> Self:
        give_up_s = time.monotonic() + self._patience_s
        try:
            for pipe in self.pipes:
                self._open(pipe, give_up_s)
                self._watch(pipe)
            self._need_one()
        except BaseException:
            self.__exit__()
            raise
        return self

    def _need_one(self) -> None:
        if self._go_without and all(pipe.is_refused for pipe in self.pipes):
            raise RefusedError(self.pipes[0].trouble)

    def _open(self, pipe: Pipe, give_up_s: float) -> None:
        if self._keeps_trying:
            pipe.revive()
            return
        try:
            _open(pipe, give_up_s)
        except RefusedError as error:
            if not self._go_without:
                raise
            pipe.trouble = str(error)

    def __exit__(self, *_: object) -> None:
        for pipe in self.pipes:
            pipe.close()
        self._selector.close()

    @property
    def unacknowledged_count(self) -> int:
        """Messages that the broker has not answered for."""
        return sum(pipe.unacknowledged_count for pipe in self.pipes)

    def turn(self, touched: Iterable[Pipe], timeout_s: float) -> None:
        """Send what was put into `touched`, take what has come for any pipe; wait at most `timeout_s`."""
        for pipe in touched:
            pipe.write()
            self._watch(pipe)
        for key, events in self._selector.select(timeout_s) if self._watched else ():
            pipe = key.data
            if events & selectors.EVENT_READ:
                pipe.read()
            pipe.write()
            self._watch(pipe)
        if not self._watched:
            time.sleep(timeout_s)
        now_s = time.monotonic()
        if now_s - self._cared_at_s >= _CARE_EVERY_S:
            self._cared_at_s = now_s
            for pipe in self.pipes:
                pipe.revive()
                self._watch(pipe)

    def drain(self, timeout_s: float) -> bool:
        """Return True when everything is acknowledged, False after `timeout_s`."""
        deadline_s = time.monotonic() + timeout_s
        while self.unacknowledged_count:
            if time.monotonic() >= deadline_s:
                return False
            self.turn((), 0.1)
        return True

    def _watch(self, pipe: Pipe) -> None:
        """Watch a pipe's socket for what it waits for; a socket that is gone is no longer watched."""
        events = selectors.EVENT_READ | (selectors.EVENT_WRITE if pipe.wants_to_write else 0)
        before, now = self._watched.get(pipe), (pipe.fileno(), events)
        if before == now:
            return
        if before is not None and before[0] != now[0]:
            self._forget(pipe, before[0])
            before = None
        if now[0] < 0:
            return
        if before is None:
            self._selector.register(now[0], events, pipe)
        else:
            self._selector.modify(now[0], events, pipe)
        self._watched[pipe] = now

    def _forget(self, pipe: Pipe, number: int) -> None:
        """Stop watching a socket; another pipe may have its number by now, as the system hands numbers out again."""
        del self._watched[pipe]
        if self._selector.get_map().get(number) is not None and self._selector.get_key(number).data is pipe:
            self._selector.unregister(number)


def _open(pipe: Pipe, give_up_s: float) -> None:
    while True:
        try:
            return pipe.open()
        except RefusedError:
            if time.monotonic() >= give_up_s:
                raise
            time.sleep(_ASK_AGAIN_S)
