"""`keitora sim demo`: yesterday and this morning at full speed, then each message when its time has come."""

from collections import deque
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime, timedelta
from threading import Event
from typing import Final

from keitora.clock import utc_now
from keitora_sim.demo.fleet import Opening
from keitora_sim.demo.store import Memory, Store
from keitora_sim.loggers.model import Sent
from keitora_sim.scenario.send import Road

_CLAIM: Final = timedelta(seconds=10)
_CLAIM_OF_HISTORY: Final = timedelta(minutes=15)
_LIVE_WITHIN: Final = timedelta(seconds=30)
_MOST_HELD: Final = 5000  # messages of a truck that cannot send: the oldest go, as in a logger
_LOOK_EVERY_S: Final = 0.5
_LAST_WORDS_S: Final = 5.0
_SILENCE: Final = timedelta(seconds=30)


class Story:
    """What the fleet sends, in order, for ever; it remembers the day it is telling of."""

    def __init__(self, opening: Opening) -> None:
        self.memory = Memory(day=opening.day, later=opening.later, sent_until=opening.sent_until)
        self._opening = opening
        self._messages = self._told()
        self.next = next(self._messages)

    def take(self) -> Sent:
        """Return the next message."""
        taken, self.next = self.next, next(self._messages)
        return taken

    def _told(self) -> Iterator[Sent]:
        """Yield what was not sent before. A day is computed when the last message of the day before is gone."""
        fleet, sent_until = self._opening.fleet(), self._opening.sent_until
        days = fleet.days()
        while True:
            morning = fleet.states()
            made = next(days)
            if not made.messages:
                continue  # what opens the truth
            self.memory = self.memory.model_copy(
                update={"day": made.day, "morning": morning, "evening": fleet.states()}
            )
            for message in made.messages:
                if sent_until is None or message.at > sent_until:
                    yield message


class Claims:
    """The time up to which messages may have been sent, written down before they are."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._until: datetime | None = None

    def cover(self, story: Story, at: datetime, now: datetime) -> None:
        """Return when a message of that time is claimed."""
        if self._until is None or at > self._until:
            ahead = _CLAIM if now - at < _LIVE_WITHIN else _CLAIM_OF_HISTORY
            self._until = max(at, min(at + ahead, now + _CLAIM))
            self.note(story, self._until)

    def note(self, story: Story, sent_until: datetime) -> None:
        """Write down how far it got."""
        self._store.save(story.memory.model_copy(update={"sent_until": sent_until}))


def run(
    opening: Opening,
    addresses: Mapping[str, str],
    store: Store,
    stop: Event,
    tell: Callable[[str], None] = print,
) -> None:
    """Send until `stop` is set; then hand over what is held, and note exactly how far it got.

    `addresses` is the broker's for each logger's key, its login included. `tell` hears why, when nothing is answered
    for a while.
    """
    story, claims, watch = Story(opening), Claims(store), Watch(utc_now())
    held: dict[str, deque[Sent]] = {key: deque(maxlen=_MOST_HELD) for key in addresses}
    sent_until = opening.sent_until
    native = [truck.device_key for truck in opening.fleet().trucks() if truck.source == "native"]
    with Road(addresses, native, keeps_trying=True) as road:
        while not stop.is_set():
            now = utc_now()
            while story.next.at <= now and not stop.is_set():
                claims.cover(story, story.next.at, now)
                message = story.take()
                held[message.device].append(message)
                sent_until = message.at
                _send(road, held[message.device])
            for waiting in held.values():
                _send(road, waiting)
            is_waiting = any(held.values()) or road.unconfirmed_rows > 0
            if complaint := watch.complaint(now, road.answered_count, is_waiting=is_waiting, trouble=road.trouble):
                tell(complaint)
            road.turn(min(_LOOK_EVERY_S, max(0.0, (story.next.at - utc_now()).total_seconds())))
        road.finish(Event(), within_s=_LAST_WORDS_S)
    if sent_until is not None:
        claims.note(story, sent_until)


def _send(road: Road, waiting: deque[Sent]) -> None:
    while waiting and road.has_room(waiting[0].device):
        road.put(waiting.popleft())


class Watch:
    """Notices that nothing is answered any more."""

    def __init__(self, started_at: datetime) -> None:
        self._since = started_at
        self._answered_count = 0

    def complaint(
        self, now: datetime, answered_count: int, *, is_waiting: bool, trouble: str | None = None
    ) -> str | None:
        """Return what is wrong, once every half minute of silence."""
        if answered_count != self._answered_count or not is_waiting:
            self._since, self._answered_count = now, answered_count
        if now - self._since < _SILENCE:
            return None
        self._since = now
        return trouble or (
            "nothing is acknowledged: does the ingestor run, and was the fleet made (keitora sim register)?"
        )
