"""When upkeep is due: by the calendar, by distance, by hours, whichever is first."""

from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keitora.upkeep.due import due, months_after
from keitora.upkeep.model import UpkeepTask

TODAY = date(2026, 11, 22)


def task(**changes: Any) -> UpkeepTask:
    values: dict[str, Any] = {
        "upkeep_task_id": 1,
        "vehicle_id": 7,
        "vehicle_name": "Truck",
        "kind": "oil",
        "name": "Oil",
        "every_months": None,
        "every_km": None,
        "every_hours_h": None,
        "due_on": None,
        "counts_from": date(2026, 1, 31),
        "done_on": None,
        "next_due_on": None,
        "since_m": 0.0,
        "since_engine_s": 0.0,
        "recent_m": 0.0,
        "recent_engine_s": 0.0,
    }
    return UpkeepTask(**{**values, **changes})


@pytest.mark.parametrize(
    ("changes", "due_on", "state"),
    [
        ({"due_on": date(2027, 3, 31)}, date(2027, 3, 31), "ok"),
        ({"due_on": date(2026, 12, 22)}, date(2026, 12, 22), "soon"),
        ({"due_on": TODAY}, TODAY, "soon"),
        ({"due_on": TODAY - timedelta(days=1)}, TODAY - timedelta(days=1), "overdue"),
        ({"due_on": date(2025, 3, 31), "done_on": date(2025, 3, 30)}, None, "done"),
        ({"every_months": 24, "done_on": date(2025, 3, 30), "next_due_on": date(2027, 3, 31)}, date(2027, 3, 31), "ok"),
        ({"every_months": 24, "done_on": date(2025, 3, 30)}, date(2027, 3, 30), "ok"),
        ({"every_months": 1}, date(2026, 2, 28), "overdue"),
    ],
)
def test_by_the_calendar(changes: dict[str, Any], due_on: date | None, state: str) -> None:
    found = due(task(**changes), TODAY)

    assert (found.due_on, found.state) == (due_on, state)
    assert found.left_days == (None if due_on is None else (due_on - TODAY).days)


def test_distance_is_foretold_from_the_last_ninety_days() -> None:
    found = due(task(every_km=5000.0, since_m=4_000_000.0, recent_m=900_000.0), TODAY)

    assert (found.left_km, found.due_on, found.state) == (1000.0, TODAY + timedelta(days=100), "ok")
    assert due(task(every_km=5000.0, since_m=4_600_000.0), TODAY).state == "soon"
    assert due(task(every_km=5000.0, since_m=4_600_000.0), TODAY).due_on is None
    assert due(task(every_km=5000.0, since_m=5_100_000.0), TODAY).state == "overdue"


def test_the_first_of_all_reasons_counts() -> None:
    found = due(
        task(every_months=12, every_km=5000.0, every_hours_h=100.0, since_engine_s=370_000.0, recent_m=1e6), TODAY
    )

    assert (found.state, found.due_on) == ("overdue", TODAY)
    assert found.left_hours_h == pytest.approx(100 - 370_000 / 3600)


@given(st.dates(date(1970, 1, 1), date(2100, 1, 1)), st.integers(0, 240))
def test_months_later_is_that_month_and_never_a_later_day_of_it(day: date, months: int) -> None:
    later = months_after(day, months)

    assert (later.year * 12 + later.month) - (day.year * 12 + day.month) == months
    assert later.day <= day.day
    assert later.day == day.day or (later + timedelta(days=1)).day == 1
