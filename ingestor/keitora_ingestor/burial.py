"""A message that cannot be written, kept with the reason."""

import logging
from collections import Counter
from typing import Any

import psycopg
from psycopg import Connection

from keitora_ingestor.message import Message
from keitora_ingestor.outcome import Outcome
from keitora_ingestor.queries import DeadLetter, bury

log = logging.getLogger(__name__)


def bury_alone(conn: Connection[Any], message: Message, error: Exception) -> Outcome:
    """Keep a message that the database refused or the writer failed on, in a transaction of its own."""
    if isinstance(error, psycopg.Error):
        reason, detail = "database_refused", str(error)
    else:
        log.error("writer failed on a message of %s", message.topic, exc_info=error)
        reason, detail = "writer_failed", repr(error)
    letter = DeadLetter(message.topic, message.payload, reason, detail, message.received_at)
    with conn.transaction():
        bury(conn, [letter])
    return Outcome(message_count=1, reason_counts=Counter([letter.reason]))
