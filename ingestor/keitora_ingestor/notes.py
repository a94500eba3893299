"""What a batch is noted for beside its samples: who was heard, what was counted, what is answered and set aside."""

from collections import Counter
from typing import Any

from psycopg import Connection

from keitora.events.model import EventRow
from keitora.events.queries import store_events
from keitora.quality.model import Tally
from keitora.quality.queries import note_quality
from keitora.samples.model import Decoded
from keitora.wire.native import Committed, joined
from keitora_ingestor.burial import letter_of
from keitora_ingestor.message import Message
from keitora_ingestor.outcome import Outcome, SetAside
from keitora_ingestor.queries import DeadLetter, Heard, KnownDevice, bury, note_devices


class Notes:
    """Gathers notes while a batch is read, and stores them in its transaction; `outcome` is told as well."""

    def __init__(self, outcome: Outcome) -> None:
        self.events: list[EventRow] = []
        self.tallies: dict[int, Tally] = {}
        self.answers: dict[tuple[str, int], list[tuple[int, int]]] = {}
        """By device key and boot: ranges of numbers to be answered for once they are committed."""
        self._outcome = outcome
        self._heard: dict[int, Heard] = {}
        self._letters: list[DeadLetter] = []

    def tally(self, device: KnownDevice, message: Message) -> Tally:
        """Return a device's counts."""
        known = self.tallies.get(device.device_id)
        if known is None:
            known = Tally(device_id=device.device_id, fleet_id=device.fleet_id, received_at=message.received_at)
            self.tallies[device.device_id] = known
        return known

    def hear(self, message: Message, device: KnownDevice, newest_ms: int | None, *, message_count: int = 1) -> Heard:
        """Note that so many messages of a device came, this one last, and the newest time in them (Unix ms)."""
        heard = self._heard.get(device.device_id)
        if heard is None:
            heard = self._heard[device.device_id] = Heard(device.device_id, device.fleet_id, message.received_at)
        heard.received_at = max(heard.received_at, message.received_at)
        heard.message_count += message_count
        self.tally(device, message).message_count += message_count
        if newest_ms is not None:
            heard.sampled_ms = max(newest_ms, heard.sampled_ms or newest_ms)
        return heard

    def answer(self, device_key: str, boot: int, first: int, last: int) -> None:
        """Note rows that are to be answered for once they are committed."""
        self.answers.setdefault((device_key, boot), []).append((first, last))

    def add_refused(self, device_id: int, counts: Counter[str]) -> None:
        """Count values that cannot be true, of a device that was heard."""
        self._heard[device_id].refused_count += counts.total()
        self.tallies[device_id].refused_counts += counts

    def bury(
        self,
        message: Message,
        reason: str,
        detail: str,
        said: Decoded | None = None,
        fleet_id: int | None = None,
        *,
        is_whole: bool = True,
    ) -> None:
        """Keep a message as a dead letter."""
        self._letters.append(letter_of(message, reason, detail, said, fleet_id))
        self._outcome.set_aside.append(SetAside(message, reason, detail, is_whole=is_whole))

    def store_events(self, conn: Connection[Any]) -> None:
        """Store the events, in the order of their keys."""
        self.events.sort(key=lambda event: (event.device_id, event.sequence))
        self._outcome.event_count = store_events(conn, self.events)

    def store(self, conn: Connection[Any]) -> None:
        """Store the rest, each kind in the order of its key."""
        heard = [heard for _, heard in sorted(self._heard.items())]
        note_quality(conn, [tally for _, tally in sorted(self.tallies.items(), key=lambda one: one[0])])
        note_devices(conn, heard)
        bury(conn, sorted(self._letters, key=lambda letter: (letter.topic, letter.payload)))
        outcome = self._outcome
        for (device_key, boot), ranges in self.answers.items():
            outcome.committed.append((device_key, Committed(b=boot, r=joined(ranges))))
        outcome.reason_counts.update(letter.reason for letter in self._letters)
        for one in heard:
            outcome.refused_value_count += one.refused_count
            if one.sampled_ms is not None:
                outcome.newest_ms[one.device_id] = one.sampled_ms
