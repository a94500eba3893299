"""Brings messages to the broker and keeps each until it is answered for: an outbox joined to a connection."""

import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable
from threading import Condition
from typing import Self

from keitora.errors import SetupError
from keitora.wire.native import Committed
from keitora_sim.link import Link
from keitora_sim.messages import Message
from keitora_sim.outbox import Outbox

_NEWS_TAKES_S = 6.0


class Courier(ABC):
    """The half of a logger that is the same for every format. Use as a context manager.

    Publishing happens outside the lock: paho calls back while it holds its own.
    """

    def __init__(self, link: Callable[[Self], Link], *, topic: str, window: int, resend_after_s: float) -> None:
        self._topic = topic
        self._changed = Condition()
        self._outbox = Outbox(window=window, resend_after_s=resend_after_s)
        self._was_ready = False
        self._answered_count = 0
        self._link = link(self)

    def __enter__(self) -> Self:
        self._link.open()
        return self

    def __exit__(self, *_: object) -> None:
        self._link.close(self._farewell())

    @property
    def unacknowledged(self) -> list[Message]:
        """Messages that are not answered for yet, oldest first."""
        with self._changed:
            return self._outbox.unacknowledged()

    @property
    def resent_count(self) -> int:
        """How often a message was sent again."""
        with self._changed:
            return self._outbox.resent_count

    @property
    def answered_count(self) -> int:
        """How many messages are done with."""
        with self._changed:
            return self._answered_count

    @property
    def trouble(self) -> str | None:
        """Why there is no connection, as far as is known."""
        return self._link.trouble

    def wait_ready(self, timeout_s: float) -> None:
        """Return when connected for the first time. Raises SetupError, saying why, if refused or after `timeout_s`.

        A first refusal is waited out for some seconds: the broker may be about to hear of a new user.
        """
        give_up_s = time.monotonic() + min(timeout_s, _NEWS_TAKES_S)
        with self._changed:
            self._changed.wait_for(lambda: self._was_ready, give_up_s - time.monotonic())
            self._changed.wait_for(
                lambda: self._was_ready or self._link.is_refused, max(0.0, timeout_s - _NEWS_TAKES_S)
            )
            if not self._was_ready:
                raise SetupError(self._link.trouble or "the broker does not answer")

    def send(self, messages: Iterable[Message]) -> None:
        """Take messages, and send what the window allows now."""
        with self._changed:
            for message in messages:
                self._outbox.add(message)
        self.pump()

    def pump(self) -> None:
        """Send what is due now: new messages, and those that wait too long for an answer."""
        with self._changed:
            due = self._outbox.take_due(time.monotonic())
        for message in due:
            self._published(message, self._link.publish(self._topic, message.payload))

    def wait_below(self, count: int, timeout_s: float) -> bool:
        """Return True when fewer than `count` messages are unanswered, False after `timeout_s`; resends meanwhile."""
        deadline_s = time.monotonic() + timeout_s
        while True:
            with self._changed:
                now_s = time.monotonic()
                if len(self._outbox) < count:
                    return True
                if now_s >= deadline_s:
                    return False
                due_at_s = self._outbox.next_due_at_s()
                until_s = deadline_s if due_at_s is None else min(deadline_s, due_at_s)
                self._changed.wait(max(0.001, until_s - now_s))
            self.pump()

    def on_ready(self) -> None:
        """See `Listener`."""
        self._greet()
        with self._changed:
            self._was_ready = True
            self._outbox.connected()
            self._changed.notify_all()
        self.pump()

    def on_lost(self) -> None:
        """See `Listener`."""
        with self._changed:
            self._outbox.disconnected()
            self._changed.notify_all()

    @abstractmethod
    def on_received(self, payload: bytes) -> None:
        """See `Listener`."""

    @abstractmethod
    def on_delivered(self, message_id: int) -> None:
        """See `Listener`."""

    def _acknowledge(self, committed: Committed) -> None:
        with self._changed:
            if done := self._outbox.acknowledge(committed):
                self._answered_count += done
                self._changed.notify_all()
        self.pump()

    @abstractmethod
    def _greet(self) -> None:
        """Say hello after each connect."""

    @abstractmethod
    def _farewell(self) -> tuple[str, bytes] | None:
        """Return what to publish before a clean end, or None."""

    @abstractmethod
    def _published(self, message: Message, message_id: int) -> None:
        """Note that a message went out under a number of this connection."""
