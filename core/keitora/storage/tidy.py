"""What is done about old samples now and then, by a derive worker or by hand."""

import logging
from datetime import datetime
from typing import Any

import psycopg
from psycopg import Connection

from keitora.db.edition import ask_edition
from keitora.settings import StorageSettings
from keitora.storage.model import Dropped
from keitora.storage.packing import tighten_next
from keitora.storage.retention import drop_old

log = logging.getLogger(__name__)


def tidy(conn: Connection[Any], settings: StorageSettings, *, now: datetime) -> bool:
    """Drop what is older than it is kept, make one week's index dense; return whether there may be more to do.

    Compression, where the database can, is a policy of its own and needs nobody. What another process holds is left to
    the next time. The connection must be in autocommit mode.
    """
    try:
        dropped = drop_old(conn, keep_days=settings.keep_samples_days, now=now)
        if dropped:
            log.info("%s", told(dropped))
        if ask_edition(conn).can_compress:
            return False
        tightened = tighten_next(conn, after_days=settings.pack_samples_after_days)
    except psycopg.Error as error:
        if conn.broken or conn.closed:
            raise
        log.warning("old samples could not be tidied, trying again later: %s", error)
        return False
    if tightened:
        log.info("the index %s is dense now", tightened)
    return tightened is not None


def told(dropped: Dropped) -> str:
    """Return what was dropped, in words."""
    return (
        f"books closed of {dropped.closed_count} trucks; of old samples, {dropped.chunk_count} weeks dropped whole "
        f"and {dropped.row_count} rows singly"
    )
