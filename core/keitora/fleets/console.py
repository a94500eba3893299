"""What the administration commands share: the database, and the fleet that is meant."""

from collections.abc import Iterator
from contextlib import contextmanager

import psycopg

from keitora.errors import KeitoraError, SetupError
from keitora.fleets.model import Fleet
from keitora.fleets.queries import find_fleet, only_fleet, use_utc
from keitora.local.state import database_url


@contextmanager
def open_database() -> Iterator[psycopg.Connection]:
    """Yield a connection as the owner; commits at the end, rolls back on an error.

    Raises SetupError if the database does not answer, or has no schema yet.
    """
    try:
        connection = psycopg.connect(database_url())
    except psycopg.OperationalError as error:
        raise SetupError(f"the database does not answer: {error}") from error
    with connection:
        use_utc(connection)
        try:
            yield connection
        except psycopg.errors.UndefinedTable as error:
            raise SetupError("the database has no schema yet; run: keitora migrate") from error


def chosen_fleet(conn: psycopg.Connection, name: str | None) -> Fleet:
    """Return the fleet of that name, or the only one there is if no name is given."""
    if name is None:
        return only_fleet(conn)
    fleet = find_fleet(conn, name)
    if fleet is None:
        raise KeitoraError(f"there is no fleet '{name}'; make it with: keitora key create --fleet NAME --role manager")
    return fleet
