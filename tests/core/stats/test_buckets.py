"""Buckets of local days: what they are made of, and what they are compared with."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keitora.errors import KeitoraError
from keitora.stats.buckets import is_in_whole_month, next_start, parse_bucket, span_before, spans
from keitora.stats.model import Bucket, Span

DAY = timedelta(days=1)
DATES = st.dates(date(1990, 1, 1), date(2080, 1, 1))
SIZES: st.SearchStrategy[Bucket] = st.sampled_from(["day", "week", "month", "year", "total"])


@given(SIZES, DATES, st.integers(0, 800))
def test_every_day_is_in_exactly_one_bucket(bucket: Bucket, first: date, count: int) -> None:
    days = [
        span.from_date + DAY * number
        for span in spans(bucket, first, first + DAY * count)
        for number in range((span.to_date - span.from_date).days)
    ]

    assert days == [first + DAY * number for number in range(count)]


@given(SIZES, DATES, st.integers(1, 800))
def test_what_a_bucket_is_compared_with_lies_before_it_and_is_not_longer_than_a_bucket(
    bucket: Bucket, first: date, count: int
) -> None:
    for span in spans(bucket, first, first + DAY * count):
        before = span_before(bucket, span)

        assert before.from_date <= before.to_date <= span.begins
        if bucket != "total":
            assert next_start(bucket, before.begins) == span.begins
            assert before.begins <= before.from_date


def test_a_whole_month_is_compared_with_a_whole_one_and_a_part_with_as_many_days() -> None:
    march = Span(date(2026, 3, 1), date(2026, 3, 1), date(2026, 4, 1))
    begun = Span(date(2026, 11, 1), date(2026, 11, 1), date(2026, 11, 23))
    end = Span(date(2026, 3, 1), date(2026, 3, 30), date(2026, 4, 1))

    assert span_before("month", march) == Span(date(2026, 2, 1), date(2026, 2, 1), date(2026, 3, 1))
    assert span_before("month", begun) == Span(date(2026, 10, 1), date(2026, 10, 1), date(2026, 10, 23))
    assert span_before("month", end) == Span(date(2026, 2, 1), date(2026, 3, 1), date(2026, 3, 1))
    assert span_before("total", begun) == Span(date(2026, 10, 10), date(2026, 10, 10), date(2026, 11, 1))


def test_a_month_is_whole_in_a_span_that_has_all_its_days() -> None:
    span = Span(date(2026, 1, 1), date(2026, 1, 31), date(2026, 3, 31))

    assert [is_in_whole_month(day, span) for day in (date(2026, 1, 31), date(2026, 2, 1), date(2026, 2, 28))] == [
        False, True, True,
    ]  # fmt: skip
    assert not is_in_whole_month(date(2026, 3, 15), span)
    assert is_in_whole_month(date(2026, 3, 15), Span(span.begins, span.from_date, date(2026, 4, 1)))


def test_weeks_begin_on_monday() -> None:
    [week] = spans("week", date(2026, 11, 18), date(2026, 11, 20))

    assert week == Span(date(2026, 11, 16), date(2026, 11, 18), date(2026, 11, 20))


@pytest.mark.parametrize(
    ("text", "bucket"), [("30m", "day"), ("6d", "day"), ("1w", "week"), ("1M", "month"), ("1y", "year"), ("total",) * 2]
)
def test_an_interval_of_grafana_becomes_the_largest_bucket_not_longer(text: str, bucket: Bucket) -> None:
    assert parse_bucket(text) == bucket


@pytest.mark.parametrize("text", ["", "hour", "0d", "-1d", "1", "1D", "９d"])
def test_what_is_no_bucket_is_refused(text: str) -> None:
    with pytest.raises(KeitoraError, match="a bucket is"):
        parse_bucket(text)
