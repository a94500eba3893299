"""Buckets of local days, and what each is compared with. Pure."""

import re
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Final, get_args

from keitora.errors import KeitoraError
from keitora.stats.model import Bucket, Span

_INTERVAL: Final = re.compile(r"([1-9][0-9]{0,5})(ms|s|m|h|d|w|M|y)")
_DAYS: Final = {"ms": 0, "s": 0, "m": 0, "h": 0, "d": 1, "w": 7, "M": 30, "y": 365}
_DAY: Final = timedelta(days=1)


def parse_bucket(text: str) -> Bucket:
    """Read a bucket's name, or an interval as Grafana writes it (`1h`, `1d`, `1w`, `1M`, `1y`).

    An interval becomes the largest bucket not longer than it; a day is the finest there is. Raises KeitoraError for
    anything else.
    """
    for name in get_args(Bucket):
        if text == name:
            return name  # type: ignore[no-any-return] # one of Bucket's
    found = _INTERVAL.fullmatch(text)
    if not found:
        raise KeitoraError("a bucket is day, week, month, year or total, or an interval such as 1d, 1w, 1M")
    days = int(found[1]) * _DAYS[found[2]]
    if days < 7:
        return "day"
    if days < 28:
        return "week"
    return "month" if days < 365 else "year"


def bucket_start(bucket: Bucket, day: date) -> date:
    """Return the first day of the bucket that holds a day; weeks begin on Monday. `total` has none but the day."""
    if bucket == "week":
        return day - timedelta(days=day.weekday())
    if bucket == "month":
        return day.replace(day=1)
    return day.replace(month=1, day=1) if bucket == "year" else day


def next_start(bucket: Bucket, begins: date) -> date:
    """Return the first day of the bucket after the one that begins on a day."""
    if bucket == "week":
        return begins + timedelta(days=7)
    if bucket == "month":
        return (begins + timedelta(days=31)).replace(day=1)
    return begins.replace(year=begins.year + 1) if bucket == "year" else begins + _DAY


def spans(bucket: Bucket, from_date: date, to_date: date) -> Iterator[Span]:
    """Yield the buckets that the local days [from_date, to_date) touch, each with its days that are among them."""
    if bucket == "total":
        if from_date < to_date:
            yield Span(from_date, from_date, to_date)
        return
    begins = bucket_start(bucket, from_date)
    while begins < to_date:
        after = next_start(bucket, begins)
        yield Span(begins, max(begins, from_date), min(after, to_date))
        begins = after


def is_in_whole_month(day: date, span: Span) -> bool:
    """Tell whether the month that holds a day lies in a span as a whole."""
    begins = day.replace(day=1)
    return span.from_date <= begins and next_start("month", begins) <= span.to_date


def span_before(bucket: Bucket, span: Span) -> Span:
    """Return what a span is compared with: the same days of the bucket before.

    A whole bucket is compared with a whole one, however long. A part of one is compared with as many days at the same
    place in it, so that a month begun is set against as much of the last month. `total`: as many days just before.
    """
    if bucket == "total":
        return Span(span.from_date - (span.to_date - span.from_date), *_just_before(span))
    begins = bucket_start(bucket, span.begins - _DAY)
    if span.from_date == span.begins and span.to_date == next_start(bucket, span.begins):
        return Span(begins, begins, span.begins)
    skipped, lasts = span.from_date - span.begins, span.to_date - span.from_date
    first = min(begins + skipped, span.begins)
    return Span(begins, first, min(first + lasts, span.begins))


def _just_before(span: Span) -> tuple[date, date]:
    return span.from_date - (span.to_date - span.from_date), span.from_date
