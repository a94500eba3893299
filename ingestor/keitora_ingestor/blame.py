"""Whose fault is it: the message's, or the database's of the moment? Pure.

The first is answered by burying the message, the second by waiting. To take one for the other stops the stream at one
message for ever, or buries good messages while the database is away.
"""

from typing import Final

import psycopg

_OF_THE_DATA: Final = ("22", "23", "54", "XX000")
"""SQLSTATE: data exception, integrity constraint, program limit exceeded, an internal error on this input.

Everything else is of the moment (08, 53, 55, 57, 58, 40, 25: connection, resources, locks, operator, disk, conflict, a
standby that takes no writes; XX001 and XX002: damaged storage) or of the installation (42, 28: schema, rights).
"""


def is_messages_fault(error: Exception) -> bool:
    """Tell whether an error while a message was written comes from what is in it."""
    if isinstance(error, MemoryError):
        return False
    if not isinstance(error, psycopg.Error):
        return True  # a fault of ours on this input: the others must not wait for the mended version
    if error.sqlstate is None:  # never reached the server: refused by psycopg, or the connection is gone
        return not isinstance(error, psycopg.OperationalError | psycopg.InterfaceError)
    return error.sqlstate.startswith(_OF_THE_DATA)
