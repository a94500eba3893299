"""When a trip without a driver is one too long: what counts, and what must not."""

from datetime import UTC, datetime, timedelta

import pytest

from keitora.episodes.driverless import DriverlessLimits, overdue_h
from keitora.episodes.settings import driverless_limits, rule_book, version_of

END = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
A_DAY = DriverlessLimits(within_h=24)


@pytest.mark.parametrize(
    ("after_h", "delay_s", "expected"), [(23.9, 0, None), (24, 0, None), (25, 0, 1), (25, 7200, None), (27, 7200, 1)]
)
def test_the_time_runs_from_when_the_end_was_known(after_h: float, delay_s: float, expected: float | None) -> None:
    assert overdue_h(END, delay_s, END + after_h * HOUR, A_DAY) == (
        None if expected is None else pytest.approx(expected)
    )


def test_a_clock_that_ran_ahead_shortens_nothing() -> None:
    assert overdue_h(END, -7200, END + 23 * HOUR, A_DAY) is None


def test_it_is_off_until_the_fleet_or_the_truck_asks_for_drivers() -> None:
    assert driverless_limits({}, {}) is None
    assert driverless_limits({"on": True, "within_h": 2}, {}) == DriverlessLimits(within_h=2)
    assert driverless_limits({"on": True}, {"on": False}) is None
    assert driverless_limits({}, {"on": True}) == DriverlessLimits()


def test_switching_it_on_folds_nothing_anew() -> None:
    assert version_of({"driverless": {"on": True}}) == version_of({})
    assert "driverless" not in rule_book({"driverless": {"on": True}}).limits
