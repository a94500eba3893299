"""Messages that could not be stored, handed to the writer once more."""

from dataclasses import dataclass
from typing import Any, Final

from psycopg import Connection

from keitora.settings import IngestSettings
from keitora_ingestor.devices import DeviceCache
from keitora_ingestor.message import Message
from keitora_ingestor.queries import list_buried, newest_buried, remove_buried, uncount_buried
from keitora_ingestor.service import limits_of
from keitora_ingestor.writer import write

_PAGE: Final = 200


@dataclass(frozen=True, slots=True)
class Replayed:
    """What became of dead letters that were tried again."""

    message_count: int
    sample_count: int
    buried_count: int

    def __str__(self) -> str:
        """Return it in words."""
        return (
            f"{self.message_count} messages replayed: {self.sample_count} samples were new, "
            f"{self.buried_count} messages could still not be stored whole"
        )


def replay(
    conn: Connection[Any], *, reason: str | None = None, source: str | None = None, device_key: str | None = None
) -> Replayed:
    """Try dead letters again, oldest first: all, of one reason, of one device.

    What can still not be stored stays, under its reason of now. Each message keeps its first time of arrival, so that
    rows that are dated by it land where they belong. A letter goes in the transaction that stores its rows: wherever a
    replay is interrupted, doing it again completes it, and two at a time do no harm.
    """
    devices, limits = DeviceCache(), limits_of(IngestSettings())
    messages = samples = buried = last = 0
    until = newest_buried(conn)  # what comes meanwhile is not tried: a stream of them would never end
    while letters := list_buried(
        conn, reason=reason, source=source, device_key=device_key, after=last, until=until, limit=_PAGE
    ):
        last = letters[-1].dead_letter_id
        for letter in letters:
            message = Message(letter.topic, letter.payload, letter.first_received_at, mid=0, qos=0, generation=0)
            with conn.transaction():
                # In the ingestor's order: samples first, the letter last, so that neither waits crosswise.
                outcome = write(conn, [message], limits, devices)
                if outcome.dead_letter_count:
                    uncount_buried(conn, letter.dead_letter_id)
                else:
                    remove_buried(conn, letter.dead_letter_id)
            messages += 1
            samples += outcome.stored_count
            buried += outcome.dead_letter_count
    return Replayed(messages, samples, buried)
