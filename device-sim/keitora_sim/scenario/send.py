"""Send a fleet's messages: into the past as fast as the server takes them, or live, each at its time."""

import time
from collections.abc import Callable, Iterable
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import datetime, timedelta
from threading import Event
from typing import Final

from keitora.clock import utc_now
from keitora_sim.load.packets import publish_head
from keitora_sim.load.pipe import Pipe
from keitora_sim.loggers.model import Sent

_DRAIN_S: Final = 60.0
_LOOK_EVERY_S: Final = 0.5


@dataclass(slots=True)
class Count:
    """How much was sent."""

    messages: int = 0
    rows: int = 0

    def add(self, message: Sent) -> None:
        """Count a message."""
        self.messages += 1
        self.rows += message.rows


def send(url: str, messages: Iterable[Sent], *, rate: float | None, stop: Event) -> Count:
    """Send messages in their order, `rate` a second at most, and return how many were.

    Returns when the broker has acknowledged all of QoS 1. Raises SetupError if it refuses.
    """
    count = Count()
    with Pipe(url, name="keitora-sim") as pipe:
        began_s = time.monotonic()
        for message in messages:
            if stop.is_set():
                break
            while rate is not None and count.messages > rate * (time.monotonic() - began_s):
                pipe.turn(0.01)
            _put(pipe, message)
            count.add(message)
        pipe.drain(_DRAIN_S)
    return count


def send_live(
    url: str, messages: Iterable[Sent], *, shift: timedelta, stop: Event, now: Callable[[], datetime] = utc_now
) -> Count:
    """Send each message when its time has come, `shift` later than it says; return how many were sent."""
    count = Count()
    with ExitStack() as stack:
        pipe = stack.enter_context(Pipe(url, name="keitora-sim"))
        for message in messages:
            while (left_s := (message.at + shift - now()).total_seconds()) > 0 and not stop.is_set():
                pipe.turn(min(left_s, _LOOK_EVERY_S))
            if stop.is_set():
                break
            _put(pipe, message)
            count.add(message)
        pipe.drain(_DRAIN_S)
    return count


def _put(pipe: Pipe, message: Sent) -> None:
    head = publish_head(message.topic, len(message.payload), qos=message.qos, retain=message.retain)
    if message.qos:
        pipe.send(head, message.payload)
    else:
        pipe.send_unanswered(head + message.payload)
