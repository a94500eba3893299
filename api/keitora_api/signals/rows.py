"""A truck's rows as files: page by page, so that neither memory nor a database connection is held."""

import csv
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime
from io import StringIO
from typing import Any, Final

from keitora.samples.reading import SampleKey, SampleRow, read_sample_rows
from keitora.signals.model import Signal
from keitora.trips.formats import utc_text
from keitora_api.streaming import FleetReader

ROWS_AT_ONCE: Final = 2000


@dataclass(frozen=True, slots=True)
class RowsAsked:
    """Which rows of a truck: these signals within [from_at, to_at)."""

    vehicle_id: int
    signals: tuple[Signal, ...]
    from_at: datetime
    to_at: datetime

    def file_name(self, ending: str) -> str:
        """Return what a file of them is called."""
        return f"samples-{self.vehicle_id}-{self.from_at:%Y%m%d}-{self.to_at:%Y%m%d}.{ending}"


async def pages(reader: FleetReader, asked: RowsAsked) -> AsyncIterator[list[SampleRow]]:
    """Yield the rows in order of time, some at a time."""
    after: SampleKey | None = None
    while True:
        async with reader.reading() as conn:
            rows = await read_sample_rows(
                conn,
                fleet_id=reader.fleet.fleet_id,
                vehicle_id=asked.vehicle_id,
                signals=asked.signals,
                from_at=asked.from_at,
                to_at=asked.to_at,
                after=after,
                limit=ROWS_AT_ONCE,
            )
        if rows:
            yield rows
        if len(rows) < ROWS_AT_ONCE:
            return
        after = rows[-1].key


async def as_csv(reader: FleetReader, asked: RowsAsked) -> AsyncIterator[str]:
    """Yield a CSV file: the first line names the columns, `ts` is UTC, an empty field is not known."""
    yield _line(["ts", "device_id", *(one.column for one in asked.signals)])
    async for rows in pages(reader, asked):
        yield "".join(_line([utc_text(row.key[0]), row.key[1], *map(_value, row.values)]) for row in rows)


def _value(value: Any) -> Any:
    if isinstance(value, bool):
        return int(value)
    return f"{value:.9g}" if isinstance(value, float) else value


def _line(values: list[Any]) -> str:
    text = StringIO()
    csv.writer(text).writerow(values)
    return text.getvalue()
