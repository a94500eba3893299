"""Send a fleet's messages: into the past as fast as the server takes them, or live, each at its time."""

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from threading import Event
from typing import Final, Self

from keitora.clock import utc_now
from keitora.errors import SetupError
from keitora_sim.load.lanes import Lanes
from keitora_sim.load.packets import publish_head
from keitora_sim.load.pipe import Pipe
from keitora_sim.loggers.model import Sent
from keitora_sim.scenario.confirmed import Confirmed, listened_to

MOST_UNCONFIRMED_ROWS: Final = 400_000
"""So many rows are sent ahead of what the ingestor has said is stored: more would only fill the broker."""
_WINDOW_MESSAGES: Final = 4000
_LEAST_WINDOW_MESSAGES: Final = 16
_DRAIN_S: Final = 60.0
_SILENCE_S: Final = 60.0
_LOOK_EVERY_S: Final = 0.5
_TURN_EVERY_MESSAGES: Final = 64


@dataclass(slots=True)
class Count:
    """How much was sent. `asked_rows` are of devices that are answered, and `confirmed_rows` of these are stored.

    Of a live run, `from_at` and `until_at` are when it began and ended.
    """

    messages: int = 0
    rows: int = 0
    asked_rows: int = 0
    confirmed_rows: int = 0
    refused_messages: int = 0
    is_acknowledged: bool = False
    from_at: datetime | None = None
    until_at: datetime | None = None


class Road:
    """A fleet's connections: one for each address, so one a device where each has its own. Use as a context manager.

    `answered` are the devices whose rows the ingestor confirms. A road that `keeps_trying` opens without the loggers
    that the broker does not let in, and asks for them again for ever; look at `has_room` before `put` then.
    """

    def __init__(
        self,
        addresses: Mapping[str, str],
        answered: Sequence[str] = (),
        *,
        patience_s: float = 0.0,
        keeps_trying: bool = False,
    ) -> None:
        self.count = Count()
        self._confirmed = Confirmed()
        self._answered = frozenset(answered)
        by_address: dict[str, list[str]] = {}
        for key, address in addresses.items():
            by_address.setdefault(address, []).append(key)
        window_messages = max(_LEAST_WINDOW_MESSAGES, _WINDOW_MESSAGES // max(1, len(by_address)))
        self._pipes: dict[str, Pipe] = {}
        for address, keys in by_address.items():
            listen_to = listened_to([key for key in keys if key in self._answered])
            pipe = Pipe(
                address,
                name="keitora-sim",
                window_messages=window_messages,
                listen_to=listen_to,
                heard=self._confirmed.hear,
            )
            self._pipes |= dict.fromkeys(keys, pipe)
        pipes = list(dict.fromkeys(self._pipes.values()))
        self._lanes = Lanes(pipes, patience_s=patience_s, keeps_trying=keeps_trying)
        self._touched: set[Pipe] = set()

    def __enter__(self) -> Self:
        self._lanes.__enter__()
        return self

    def __exit__(self, *_: object) -> None:
        self._lanes.__exit__()

    @property
    def unconfirmed_rows(self) -> int:
        """Rows sent that the ingestor has not answered for, of those that it answers for at all."""
        return max(0, self.count.asked_rows - self._confirmed.rows)

    @property
    def answered_count(self) -> int:
        """How often the broker or the ingestor has answered."""
        return self._confirmed.rows + sum(pipe.acknowledged_count for pipe in self._lanes.pipes)

    @property
    def trouble(self) -> str | None:
        """Why a connection is not there."""
        return next((pipe.trouble for pipe in self._lanes.pipes if pipe.trouble and not pipe.is_open), None)

    def has_room(self, device: str) -> bool:
        """Tell whether a device's message would be taken without waiting."""
        return self._pipes[device].room > 0

    def put(self, message: Sent) -> None:
        """Send a message as soon as its connection has room."""
        pipe = self._pipes[message.device]
        head = publish_head(message.topic, len(message.payload), qos=message.qos, retain=message.retain)
        while pipe.room <= 0:
            self.turn(_LOOK_EVERY_S)
        if message.qos:
            pipe.put(head, message.payload)
        else:
            pipe.send_unanswered(head + message.payload)
        self._touched.add(pipe)
        self.count.messages += 1
        self.count.rows += message.rows
        if message.device in self._answered:
            self.count.asked_rows += message.rows
        if self.count.messages % _TURN_EVERY_MESSAGES == 0:
            self.turn(0.0)

    def turn(self, timeout_s: float) -> None:
        """Move bytes both ways, waiting at most so long."""
        touched, self._touched = self._touched, set()
        self._lanes.turn(touched, timeout_s)
        self.count.confirmed_rows = self._confirmed.rows
        self.count.refused_messages = self._confirmed.refused_messages

    def wait_below(self, unconfirmed_rows: int, stop: Event, *, silence_s: float = _SILENCE_S) -> bool:
        """Return True when fewer rows are unconfirmed, False when stopped or when no answer has come for a while."""
        heard_s, heard_rows = time.monotonic(), self._confirmed.rows
        while self.unconfirmed_rows >= unconfirmed_rows:
            self.turn(_LOOK_EVERY_S / 5)
            if self._confirmed.rows != heard_rows:
                heard_s, heard_rows = time.monotonic(), self._confirmed.rows
            if stop.is_set() or time.monotonic() - heard_s > silence_s:
                return False
        return True

    def finish(self, stop: Event, *, within_s: float = _DRAIN_S) -> None:
        """Wait until the broker has acknowledged everything, and the ingestor all that it answers for."""
        self.turn(0.0)
        self.count.is_acknowledged = self._lanes.drain(within_s)
        self.wait_below(1, stop, silence_s=min(within_s, _SILENCE_S))


def send(road: Road, messages: Iterable[Sent], *, rate: float | None, stop: Event) -> Count:
    """Send messages in their order, `rate` a second at most, and return what came of it.

    Raises SetupError if the broker refuses, or if nothing is stored any more.
    """
    with road:
        began_s = time.monotonic()
        for message in messages:
            if stop.is_set():
                break
            while rate is not None and road.count.messages > rate * (time.monotonic() - began_s):
                road.turn(0.01)
            if road.unconfirmed_rows >= MOST_UNCONFIRMED_ROWS and not road.wait_below(MOST_UNCONFIRMED_ROWS, stop):
                if stop.is_set():
                    break
                raise SetupError(_why(road.count))
            road.put(message)
        road.finish(stop)
    return road.count


def send_live(
    road: Road,
    messages: Iterable[Sent],
    *,
    stop: Event,
    until: datetime | None = None,
    now: Callable[[], datetime] = utc_now,
) -> Count:
    """Send each message when its time has come, `until` then; what was due before the beginning is left out."""
    road.count.from_at = began_at = now()
    with road:
        for message in messages:
            if message.at < began_at:
                continue
            if until is not None and message.at > until:
                break
            while (left_s := (message.at - now()).total_seconds()) > 0 and not stop.is_set():
                road.turn(min(left_s, _LOOK_EVERY_S))
            if stop.is_set():
                break
            road.put(message)
        road.count.until_at = now()
        road.finish(Event())  # also after it was stopped: what was sent is waited for
    return road.count


def _why(count: Count) -> str:
    if count.refused_messages:
        return (
            f"the server refused {count.refused_messages} messages as more than a device may send; "
            "its settings KEITORA_FLOOD_… say how much that is"
        )
    return f"nothing is stored any more after {count.confirmed_rows:,} rows: does the ingestor run?"
