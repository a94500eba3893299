"""A truck's latest values, and when it last said something new."""

from datetime import UTC, datetime, timedelta
from typing import Any

from tests.ingestor.conftest import Yard
from tests.ingestor.test_writer import T, batch

BEGIN = datetime(2026, 4, 1, 10, 45, 12, tzinfo=UTC)


def say(yard: Yard, second: int, **values: float) -> None:
    row: list[Any] = [0, *values.values()]
    yard.send(T, batch(q=2000 + second, t=1_775_040_312_000 + second * 1000, f=list(values), r=[row]))


def news_at_s(yard: Yard) -> float:
    [(at,)] = yard.rows("SELECT news_at FROM vehicle_latest")
    return float((at - BEGIN) / timedelta(seconds=1))


def test_a_repeated_speed_and_rpm_are_no_news(yard: Yard) -> None:
    for second in (0, 30, 90):
        say(yard, second, spd=42, rpm=2100)

    assert news_at_s(yard) == 0


def test_one_of_them_that_changes_is(yard: Yard) -> None:
    say(yard, 0, spd=42, rpm=2100)
    say(yard, 30, spd=42, rpm=2101)
    say(yard, 60, spd=41)
    say(yard, 90, spd=41)

    assert news_at_s(yard) == 60


def test_a_backlog_tells_no_news(yard: Yard) -> None:
    say(yard, 100, spd=42, rpm=2100)
    say(yard, 50, spd=30, rpm=1500)

    assert news_at_s(yard) == 100


def test_other_values_are_no_news_of_the_engine(yard: Yard) -> None:
    say(yard, 0, spd=42, rpm=2100)
    say(yard, 90, v12=12.4, lat=35.1, lon=139.2)

    assert news_at_s(yard) == 0
