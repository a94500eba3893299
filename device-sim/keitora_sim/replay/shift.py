"""Recordings moved in time, so that a drive of years ago begins or ends now. Pure."""

import zlib
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final, overload

from keitora_sim.recording import RecordingError, Row
from keitora_sim.replay.files import Recording
from keitora_sim.replay.rows import span

PAUSE: Final = timedelta(minutes=10)
"""What is put between recordings without a clock, in the order they were named: longer than what ends a trip."""


def begun(recordings: Sequence[Recording], at: datetime) -> list[Recording]:
    """Return recordings of which the first row is at a time; what lies between them stays."""
    laid = _laid_out(recordings)
    return _moved(recordings, [by + at - min(first for first, _, _ in laid) for _, _, by in laid])


def ended(recordings: Sequence[Recording], at: datetime) -> list[Recording]:
    """Return recordings of which the last row is at a time; what lies between them stays."""
    laid = _laid_out(recordings)
    return _moved(recordings, [by + at - max(last for _, last, _ in laid) for _, _, by in laid])


def require_clock(recordings: Sequence[Recording]) -> None:
    """Raise RecordingError if a recording does not tell when it was."""
    if without := [one.drive.name for one in recordings if not one.drive.has_clock]:
        raise RecordingError(
            f"{', '.join(without)}: no date is in it; say when it was: --begin 2026-04-01T09:00+09:00, or --end now"
        )


def _laid_out(recordings: Sequence[Recording]) -> list[tuple[datetime, datetime, timedelta]]:
    """Return each recording's first and last time once it is moved by the time beside them.

    Without clocks they follow each other. Raises RecordingError if some have a clock and some have none.
    """
    if len({one.drive.has_clock for one in recordings}) > 1:
        raise RecordingError("some of these recordings have a clock and some have none: send them one after the other")
    laid: list[tuple[datetime, datetime, timedelta]] = []
    for one in recordings:
        first, last = span(one.drive.rows)
        by = timedelta(0) if one.drive.has_clock or not laid else laid[-1][1] + PAUSE - first
        laid.append((first + by, last + by, by))
    return laid


def _moved(recordings: Sequence[Recording], by: Sequence[timedelta]) -> list[Recording]:
    """Move rows by times. Their boot is another then: the server keeps each row of a boot once."""
    return [
        replace(
            one,
            drive=replace(one.drive, rows=_MovedRows(one.drive.rows, by_how_much)),
            boot=zlib.crc32(f"{one.boot}:{by_how_much.total_seconds()}".encode()),
        )
        for one, by_how_much in zip(recordings, by, strict=True)
    ]


class _MovedRows(Sequence[Row]):
    """Rows as they are kept, at other times."""

    def __init__(self, rows: Sequence[Row], by: timedelta) -> None:
        self._rows = rows
        self._by = by

    def __len__(self) -> int:
        return len(self._rows)

    @overload
    def __getitem__(self, index: int) -> Row: ...
    @overload
    def __getitem__(self, index: slice) -> tuple[Row, ...]: ...
    def __getitem__(self, index: int | slice) -> Row | tuple[Row, ...]:
        if isinstance(index, slice):
            return tuple(map(self._moved, self._rows[index]))
        return self._moved(self._rows[index])

    def __iter__(self) -> Iterator[Row]:
        return map(self._moved, self._rows)

    def _moved(self, row: Row) -> Row:
        return Row(row.sampled_at + self._by, row.values)
