"""Messages that could not be stored, handed to the writer once more."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

from psycopg import Connection

from keitora.settings import IngestSettings
from keitora_ingestor.decode.join import JOIN_MS
from keitora_ingestor.devices import DeviceCache
from keitora_ingestor.message import Message
from keitora_ingestor.queries import Buried, list_buried, newest_buried, settle_buried
from keitora_ingestor.service import limits_of
from keitora_ingestor.writer import write

_PAGE: Final = 500
_MOMENT: Final = timedelta(milliseconds=JOIN_MS)


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
    rows that are dated by it land where they belong, and values of one moment are put into one row. A letter goes in
    the transaction that stores its rows: wherever a replay is interrupted, doing it again completes it, and two at a
    time do no harm.
    """
    devices, limits = DeviceCache(), limits_of(IngestSettings())
    done = Replayed(0, 0, 0)
    last: Buried | None = None
    until = newest_buried(conn)  # what comes meanwhile is not tried: a stream of them would never end
    while letters := list_buried(
        conn, reason=reason, source=source, device_key=device_key, after=last, until=until, limit=_PAGE
    ):
        letters = whole_moments(letters) if len(letters) == _PAGE else letters
        last = letters[-1]
        with conn.transaction():
            # In the ingestor's order: samples first, the letters last, so that neither waits crosswise.
            outcome = write(conn, [_message(letter) for letter in letters], limits, devices)
            settle_buried(conn, letters)
        done = Replayed(
            done.message_count + len(letters),
            done.sample_count + outcome.stored_count,
            done.buried_count + outcome.dead_letter_count,
        )
    return done


def whole_moments(letters: list[Buried]) -> list[Buried]:
    """Return a page of letters without the last moment's, more of which may stand on the next page.

    A page that is all one moment is returned as it is.
    """
    for index in range(len(letters) - 1, 0, -1):
        if letters[index].first_received_at - letters[index - 1].first_received_at > _MOMENT:
            return letters[:index]
    return letters


def _message(letter: Buried) -> Message:
    return Message(letter.topic, letter.payload, letter.first_received_at, mid=0, qos=0, generation=0)
