"""Local times without a zone to UTC, for a recording whose rows are in order. Pure."""

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from itertools import chain
from typing import Final, TypeVar
from zoneinfo import ZoneInfo

from keitora_sim.recording import RecordingError
from keitora_sim.replay.readers.options import Options
from keitora_sim.replay.readers.remarks import Remarks

_HALF_SHIFT: Final = timedelta(minutes=15)  # half of the smallest shift any zone has had
_HALF_DAY: Final = timedelta(hours=12)
_NONE: Final = timedelta(0)

T = TypeVar("T")


def believable(at: datetime) -> datetime | None:
    """Return a time that a recording can bear, or None: before 1970 and after 2199 a clock was misread."""
    return at if 1970 <= at.year < 2200 else None


def in_utc(rows: Iterable[tuple[datetime, T]], zone: ZoneInfo) -> Iterator[tuple[datetime, T]]:
    """Yield rows with aware UTC times for their naive local ones, which are in recording order.

    Once a year an hour comes twice. Which of the two was meant follows from the order: time does not run back, so a
    step back of the wall clock means that the second has begun; and a run that leaves the doubled hour without such a
    step was in the second all along. So rows of that hour, and only those, wait for what comes after them.
    """
    waiting: list[tuple[datetime, datetime, datetime, T]] = []  # local, first and second meaning, row
    before: datetime | None = None
    for local, row in rows:
        first = local.replace(tzinfo=zone, fold=0).astimezone(UTC)
        second = local.replace(tzinfo=zone, fold=1).astimezone(UTC)
        runs_back = before is not None and first < before - _HALF_SHIFT
        before = second if second > first and runs_back else first
        if second > first and not runs_back:
            waiting.append((local, first, second, row))
            continue
        yield from _settled(waiting, local, before)
        waiting = []
        yield before, row
    for _, first, _, row in waiting:
        yield first, row


def _settled(
    waiting: list[tuple[datetime, datetime, datetime, T]], local: datetime, at: datetime
) -> list[tuple[datetime, T]]:
    """Return rows of the doubled hour, now that the time `at` of the row after them is known."""
    settled: list[tuple[datetime, T]] = []
    for wall, first, second, row in reversed(waiting):
        is_second = local - wall >= _NONE and at - first > local - wall + _HALF_SHIFT
        local, at = wall, second if is_second else first
        settled.append((at, row))
    return settled[::-1]


def placed(
    rows: Iterable[tuple[datetime, T]], options: Options, remarks: Remarks, own_zone: ZoneInfo | None = None
) -> Iterator[tuple[datetime, T]]:
    """Yield rows with aware UTC times, whether theirs name a zone or not.

    Those that name none are local to the zone that the user named, else to the recording's own, else to the fleet's,
    which is remarked. A few times that differ from the first in that are counted as garbled.
    Raises RecordingError if they are more.
    """
    remaining = iter(rows)
    start = next(remaining, None)
    if start is None:
        return
    is_aware = start[0].tzinfo is not None

    def alike() -> Iterator[tuple[datetime, T]]:
        alike_count = other_count = 0
        for at, row in chain([start], remaining):
            if (at.tzinfo is not None) == is_aware:
                alike_count += 1
                yield at, row
            else:
                other_count += 1
                remarks.skipped["time that names a zone where the first names none, or the reverse"] += 1
        if other_count > alike_count:
            raise RecordingError("some times name a zone and some do not")

    if is_aware:
        for at, row in alike():
            yield at.astimezone(UTC), row
        return
    if options.zone is None and own_zone is None:
        remarks.notes.append(f"times without a zone are read as those of the fleet, {options.fleet_zone}: else --zone")
    yield from in_utc(alike(), options.zone or own_zone or options.fleet_zone)


def with_midnights(rows: Iterable[tuple[timedelta, T]], start_of_day: datetime) -> Iterator[tuple[datetime, T]]:
    """Yield rows with naive local times for times of day in order; a step back of over half a day is a midnight."""
    days = 0
    before: timedelta | None = None
    for since_midnight, row in rows:
        if before is not None and since_midnight < before - _HALF_DAY:
            days += 1
        before = since_midnight
        yield start_of_day + timedelta(days=days) + since_midnight, row
