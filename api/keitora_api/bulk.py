"""Many writes in one request: all of them, or none and what is wrong with each row.

A half-kept spreadsheet is the hardest thing to mend: which rows are in? Here a file is either in or not. What is wrong
is told of every row at once, so that it can be mended in one go and sent again.
"""

from collections.abc import Awaitable, Callable, Iterator, Sequence
from typing import Annotated, Final, Generic, TypeVar

import psycopg
from pydantic import BaseModel, ConfigDict, Field

from keitora.errors import KeitoraError
from keitora_api import problems
from keitora_api.auth import Visit
from keitora_api.problems import InvalidPart, ProblemError

MOST_ROWS: Final = 1000
Row = TypeVar("Row")
Kept = TypeVar("Kept")

Rows = Annotated[list[Row], Field(min_length=1, max_length=MOST_ROWS, description=f"At most {MOST_ROWS}")]


class Bulk(BaseModel, Generic[Row]):
    """Rows that are kept all together or not at all."""

    model_config = ConfigDict(extra="forbid")

    items: Rows[Row]


async def all_or_none(visit: Visit, rows: Sequence[Row], keep: Callable[[Row], Awaitable[Kept]]) -> list[Kept]:
    """Return what `keep` returns for each row. Raises a 422 problem that names every row it refuses, and why."""
    kept: list[Kept] = []
    wrong: list[InvalidPart] = []
    for number, row in enumerate(rows):
        try:
            # A savepoint: what the database refuses of one row spoils none of the others.
            async with visit.conn.transaction():
                kept.append(await keep(row))
        except (ProblemError, KeitoraError, psycopg.DataError) as error:
            wrong.extend(_parts(f"body.items.{number}", error))
    if wrong:
        count = len({part.location.split(".")[2] for part in wrong})
        raise ProblemError(
            problems.INVALID, f"{count} of {len(rows)} rows are wrong, and none is kept; see `errors`", wrong
        )
    return kept


def _parts(where: str, error: Exception) -> Iterator[InvalidPart]:
    if isinstance(error, ProblemError) and error.errors:
        for part in error.errors:
            yield InvalidPart(location=where + part.location.removeprefix("body"), detail=part.detail)
    elif isinstance(error, psycopg.DataError):
        yield InvalidPart(location=where, detail="a value is outside what can be kept")
    else:
        yield InvalidPart(location=where, detail=str(error))
