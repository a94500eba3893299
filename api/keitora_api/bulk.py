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
from keitora_api.unkeepable import unkeepable

MOST_ROWS: Final = 1000
Row = TypeVar("Row")
Kept = TypeVar("Kept")

Rows = Annotated[list[Row], Field(min_length=1, max_length=MOST_ROWS, description=f"At most {MOST_ROWS}")]


class Bulk(BaseModel, Generic[Row]):
    """Rows that are kept all together or not at all."""

    model_config = ConfigDict(extra="forbid")

    items: Rows[Row]


async def all_or_none(
    visit: Visit, rows: Sequence[Row], keep: Callable[[Row], Awaitable[Kept]], *, within: str | None = None
) -> list[Kept]:
    """Return what `keep` returns for each row. Raises a 422 problem that names every row it refuses, and why.

    `within`: the member of a row that holds what is the whole body of a request about one.
    """
    kept: list[Kept] = []
    wrong: list[InvalidPart] = []
    for number, row in enumerate(rows):
        try:
            # A savepoint: what the database refuses of one row spoils none of the others.
            async with visit.conn.transaction():
                kept.append(await keep(row))
        except (ProblemError, KeitoraError, psycopg.DataError) as error:
            wrong.extend(_parts(number, row, error, within))
    refuse(len(rows), wrong)
    return kept


def of_row(number: int, detail: str, field: str | None = None) -> InvalidPart:
    """Return what is wrong with a row, counted from 0, or with a field of it."""
    where = f"body.items.{number}"
    return InvalidPart(location=where if field is None else f"{where}.{field}", detail=detail)


def unkeepable_rows(rows: Sequence[BaseModel]) -> list[InvalidPart]:
    """Return the texts that the database cannot hold, for rows that are sent to it all together."""
    return [part for number, row in enumerate(rows) for part in unkeepable(row, f"body.items.{number}")]


def refuse(row_count: int, wrong: list[InvalidPart]) -> None:
    """Raise a 422 problem that names what is wrong, if anything is."""
    if wrong:
        count = len({part.location.split(".")[2] for part in wrong})
        raise ProblemError(
            problems.INVALID, f"{count} of {row_count} rows are wrong, and none is kept; see `errors`", wrong
        )


def _parts(number: int, row: object, error: Exception, within: str | None) -> Iterator[InvalidPart]:
    if isinstance(error, ProblemError) and error.errors:
        for part in error.errors:
            where = [within, part.location.removeprefix("body").removeprefix(".")]
            yield of_row(number, part.detail, ".".join(filter(None, where)) or None)
    elif isinstance(error, psycopg.DataError):
        whole = of_row(number, "a value is outside what can be kept")
        yield from list(unkeepable(row, whole.location)) or [whole]
    else:
        yield of_row(number, str(error))
