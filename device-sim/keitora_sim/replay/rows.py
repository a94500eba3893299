"""Rows of a recording kept in a temporary file, so that a year of them takes no more memory than a minute."""

import json
import tempfile
import weakref
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from threading import Lock
from typing import Final, overload

from keitora_sim.recording import Row

_BLOCK_ROWS: Final = 1000
_IN_MEMORY_BYTES: Final = 1 << 20
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND: Final = timedelta(microseconds=1)


class StoredRows(Sequence[Row]):
    """Rows in the order they came, read back a block at a time. `is_ordered`: no row is earlier than the one before."""

    def __init__(self, rows: Iterable[Row]) -> None:
        self._file = tempfile.SpooledTemporaryFile(max_size=_IN_MEMORY_BYTES)  # noqa: SIM115 -- closed with the rows
        weakref.finalize(self, self._file.close)
        self._reading = Lock()
        self._offsets: list[int] = []
        self._count = 0
        self._block: tuple[int, list[Row]] = (-1, [])
        self.is_ordered = True
        self.columns: frozenset[str] = frozenset()
        self._store(rows)

    def _store(self, rows: Iterable[Row]) -> None:
        block: list[tuple[int, object]] = []
        columns: set[str] = set()
        before: datetime | None = None
        for row in rows:
            self.is_ordered = self.is_ordered and (before is None or before <= row.sampled_at)
            before = row.sampled_at
            columns.update(row.values)
            block.append(((row.sampled_at - _EPOCH) // _MICROSECOND, row.values))
            if len(block) == _BLOCK_ROWS:
                self._write(block)
                block = []
        if block:
            self._write(block)
        self.columns = frozenset(columns)

    def _write(self, block: Sequence[object]) -> None:
        self._offsets.append(self._file.tell())
        self._file.write(json.dumps(block).encode() + b"\n")
        self._count += len(block)

    def __len__(self) -> int:
        return self._count

    @overload
    def __getitem__(self, index: int) -> Row: ...
    @overload
    def __getitem__(self, index: slice) -> tuple[Row, ...]: ...
    def __getitem__(self, index: int | slice) -> Row | tuple[Row, ...]:
        if isinstance(index, slice):
            return tuple(self[i] for i in range(*index.indices(self._count)))
        place = index + self._count if index < 0 else index
        if not 0 <= place < self._count:
            raise IndexError(index)
        return self._rows_of(place // _BLOCK_ROWS)[place % _BLOCK_ROWS]

    def __iter__(self) -> Iterator[Row]:
        for number in range(len(self._offsets)):
            yield from self._rows_of(number)

    def _rows_of(self, number: int) -> list[Row]:
        known, rows = self._block
        if known != number:
            with self._reading:  # several loggers may send the same drive, each in its thread
                self._file.seek(self._offsets[number])
                block = json.loads(self._file.readline())
            rows = [Row(_EPOCH + at * _MICROSECOND, values) for at, values in block]
            self._block = number, rows
        return rows


def span(rows: Iterable[Row]) -> tuple[datetime, datetime]:
    """Return the earliest and the latest time. Raises ValueError if there is no row."""
    times = (row.sampled_at for row in rows)
    first = last = next(times, None)
    if first is None or last is None:
        raise ValueError("no rows")
    for at in times:
        first, last = min(first, at), max(last, at)
    return first, last
