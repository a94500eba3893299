"""Pages of lists that are in order of time: keyset paging, so that what comes or goes meanwhile moves no other row.

The database cuts them: a route asks it for what comes `after` a cursor, one row more than it shows.
"""

import re
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Annotated, Final, NamedTuple, TypeVar

from fastapi import Query

from keitora_api.problems import invalid

MOST_ROWS: Final = 1000
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_CURSOR: Final = re.compile(r"(-?[0-9]{1,18})_([1-9][0-9]{0,9})")

Row = TypeVar("Row")
Limit = Annotated[int, Query(ge=1, le=MOST_ROWS, description="Rows in one answer at most")]
Cursor = Annotated[
    str | None,
    Query(max_length=40, description="`next_cursor` of the answer before", examples=["1794816600000000_41"]),
]


class TimeKey(NamedTuple):
    """A row's place in a list: by its time, then by its number, of which there is one at each time."""

    at: datetime
    number: int


def after(cursor: str | None) -> TimeKey | None:
    """Return the row after which a page begins; None: with the first. Raises a 422 problem for what is no cursor."""
    return None if cursor is None else parse_cursor(cursor)


def cut(rows: Sequence[Row], key: Callable[[Row], TimeKey], *, limit: int) -> tuple[Sequence[Row], str | None]:
    """Return what a page shows, and the cursor of the next, of up to one row more than it shows."""
    shown = rows[:limit]
    return shown, cursor_of(key(shown[-1])) if len(rows) > limit else None


def cursor_of(key: TimeKey) -> str:
    """Return the cursor that goes on after a row."""
    return f"{(key.at - _EPOCH) // timedelta(microseconds=1)}_{key.number}"


def parse_cursor(text: str) -> TimeKey:
    """Return the row after which a cursor goes on. Raises a 422 problem for what is no cursor."""
    found = _CURSOR.fullmatch(text)
    try:
        if found:
            return TimeKey(_EPOCH + timedelta(microseconds=int(found[1])), int(found[2]))
    except OverflowError:
        pass
    raise invalid("query.cursor", "a cursor must be passed on as `next_cursor` gave it")
