"""A trip's public name, `{vehicle_id}-{start in Unix milliseconds, base 36}`, and places in lists of trips. Pure."""

import re
from datetime import UTC, datetime, timedelta
from typing import Final

from keitora.base36 import base36
from keitora.errors import KeitoraError, NotFoundError
from keitora.trips.model import TripKey

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND: Final = timedelta(milliseconds=1)
_MICROSECOND: Final = timedelta(microseconds=1)
_ID: Final = re.compile(r"([1-9][0-9]{0,8})-([0-9a-z]{1,9})")
_CURSOR: Final = re.compile(r"([1-9][0-9]{0,8})_([0-9a-z]{1,11})")


def trip_id(key: TripKey) -> str:
    """Return the public name of a trip."""
    return f"{key.vehicle_id}-{base36((key.started_at - _EPOCH) // _MILLISECOND)}"


def parse_trip_id(text: str) -> TripKey:
    """Return what a public name means. Raises NotFoundError for anything that cannot name a trip."""
    found = _ID.fullmatch(text)
    if not found:
        raise NotFoundError(f"there is no trip '{text[:40]}'")
    return TripKey(int(found[1]), _EPOCH + int(found[2], 36) * _MILLISECOND)


def cursor_after(key: TripKey) -> str:
    """Return a name of the place just after a trip in a list; exact, unlike the trip's name."""
    return f"{key.vehicle_id}_{base36((key.started_at - _EPOCH) // _MICROSECOND)}"


def parse_cursor(text: str) -> TripKey:
    """Return the trip after which to go on. Raises KeitoraError for what is no such place."""
    found = _CURSOR.fullmatch(text)
    if not found:
        raise KeitoraError("a cursor must be passed on as `next_cursor` gave it")
    return TripKey(int(found[1]), _EPOCH + int(found[2], 36) * _MICROSECOND)
