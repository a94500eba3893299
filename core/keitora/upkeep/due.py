"""When upkeep is due. Pure."""

from calendar import monthrange
from datetime import date, timedelta
from math import ceil
from typing import Final

from keitora.upkeep.model import Due, UpkeepState, UpkeepTask

SOON_DAYS: Final = 30
SOON_SHARE: Final = 0.1
"""Soon: within so many days, or so much of the interval of distance or hours."""
HABIT_DAYS: Final = 90
_FURTHEST_DAYS: Final = 3650
"""What would take longer is not foretold."""


def months_after(day: date, months: int) -> date:
    """Return the same day of a later month, or that month's last day where it has no such day."""
    number = day.year * 12 + day.month - 1 + months
    year, month = number // 12, number % 12 + 1
    return date(year, month, min(day.day, monthrange(year, month)[1]))


def due(task: UpkeepTask, today: date) -> Due:
    """Return how far off a task is. `done`: it was done, and nothing says that it comes round again."""
    by_date = _date(task)
    left_km = None if task.every_km is None else task.every_km - task.since_m / 1000
    left_h = None if task.every_hours_h is None else task.every_hours_h - task.since_engine_s / 3600
    dates = [
        by_date,
        _foretold(today, left_km, task.recent_m / 1000),
        _foretold(today, left_h, task.recent_engine_s / 3600),
    ]
    known = [one for one in dates if one is not None]
    due_on = min(known, default=None)
    left_days = None if due_on is None else (due_on - today).days
    nearness = [
        _state_of(None if by_date is None else (by_date - today).days, SOON_DAYS),
        _state_of(left_km, SOON_SHARE * (task.every_km or 0.0)),
        _state_of(left_h, SOON_SHARE * (task.every_hours_h or 0.0)),
    ]
    applies = any(one is not None for one in (by_date, left_km, left_h))
    state: UpkeepState = max(nearness, key=_ORDER.index) if applies else "done"
    return Due(state, due_on, left_days, left_km, left_h)


_ORDER: Final[tuple[UpkeepState, ...]] = ("done", "ok", "soon", "overdue")


def _date(task: UpkeepTask) -> date | None:
    if task.done_on is None:
        begins = task.counts_from
        by_interval = None if task.every_months is None else months_after(begins, task.every_months)
        return task.due_on or by_interval
    if task.next_due_on is not None:
        return task.next_due_on
    return None if task.every_months is None else months_after(task.done_on, task.every_months)


def _foretold(today: date, left: float | None, recent: float) -> date | None:
    if left is None:
        return None
    if left <= 0:
        return today
    days = left * HABIT_DAYS / recent if recent > 0 else _FURTHEST_DAYS
    return today + timedelta(days=ceil(days)) if days < _FURTHEST_DAYS else None


def _state_of(left: float | None, soon: float) -> UpkeepState:
    if left is None:
        return "ok"
    if left < 0:
        return "overdue"
    return "soon" if left <= soon else "ok"
