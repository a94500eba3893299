"""A message that cannot be written, kept with the reason."""

import logging
from collections import Counter
from dataclasses import replace
from typing import Any

import psycopg
from psycopg import Connection

from keitora.samples.model import Decoded
from keitora_ingestor.message import Message
from keitora_ingestor.outcome import Outcome, SetAside
from keitora_ingestor.queries import DeadLetter, bury

log = logging.getLogger(__name__)


def bury_alone(conn: Connection[Any], message: Message, error: Exception) -> Outcome:
    """Keep a message that the database refused or the writer failed on, in a transaction of its own."""
    if isinstance(error, psycopg.Error):
        reason, detail = "database_refused", str(error)
    else:
        log.error("writer failed on a message of %s", message.topic, exc_info=error)
        reason, detail = "writer_failed", repr(error)
    letter = letter_of(message, reason, detail)
    with conn.transaction():
        bury(conn, [letter])
    aside = SetAside(message, reason, detail, is_whole=True)
    return Outcome(message_count=1, reason_counts=Counter([reason]), set_aside=[aside])


def letter_of(
    message: Message, reason: str, detail: str, said: Decoded | None = None, fleet_id: int | None = None
) -> DeadLetter:
    """Return a message with the reason, and what it says of itself where it could be read."""
    letter = DeadLetter(message.topic, message.payload, reason, detail, message.received_at, fleet_id)
    if said is None:
        return letter
    return replace(letter, source=said.source, device_key=said.device_key, is_dated_by_arrival=said.is_dated_by_arrival)
