"""Local times without a zone to UTC, for a recording whose rows are in order. Pure."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

_HALF_SHIFT: Final = timedelta(minutes=15)  # half of the smallest shift any zone has had
_HALF_DAY: Final = timedelta(hours=12)


def to_utc(local: Sequence[datetime], zone: ZoneInfo) -> list[datetime]:
    """Return aware UTC times for naive local ones in recording order.

    Once a year an hour comes twice. Which of the two was meant follows from the order: time does not run back, so a
    step back of the wall clock means that the second has begun; and a run that leaves the doubled hour without such a
    step was in the second all along.
    """
    first = [at.replace(tzinfo=zone, fold=0).astimezone(UTC) for at in local]
    second = [at.replace(tzinfo=zone, fold=1).astimezone(UTC) for at in local]
    chosen: list[datetime] = []
    for early, late in zip(first, second, strict=True):
        runs_back = bool(chosen) and early < chosen[-1] - _HALF_SHIFT
        chosen.append(late if late > early and runs_back else early)
    for i in range(len(chosen) - 2, -1, -1):
        is_ambiguous = second[i] > first[i] and chosen[i] == first[i]
        step, wall_step = chosen[i + 1] - chosen[i], local[i + 1] - local[i]
        if is_ambiguous and wall_step >= timedelta(0) and step > wall_step + _HALF_SHIFT:
            chosen[i] = second[i]
    return chosen


def with_midnights(times_of_day: Sequence[timedelta], start_of_day: datetime) -> list[datetime]:
    """Return naive local times for times of day in order; a step back of more than half a day is a midnight passed."""
    days = 0
    result: list[datetime] = []
    for i, since_midnight in enumerate(times_of_day):
        if i and since_midnight < times_of_day[i - 1] - _HALF_DAY:
            days += 1
        result.append(start_of_day + timedelta(days=days) + since_midnight)
    return result
