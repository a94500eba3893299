"""From spans that overlap to the moments at which the state changes."""

import itertools
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from keitora.timeline.model import Change, Level, Span
from keitora.timeline.paint import changes

BEGIN = datetime(2026, 11, 22, tzinfo=UTC)


def at(minute: int) -> datetime:
    return BEGIN + timedelta(minutes=minute)


def span(level: Level, start: int, end: int | None, truck: int = 1) -> Span:
    return Span(truck, f"truck {truck}", level, at(start), None if end is None else at(end))


def painted(*spans: Span, start: int = 0, end: int = 1000) -> list[tuple[int, Level | None]]:
    found = changes(spans, from_at=at(start), to_at=at(end))
    return [((change.at - BEGIN) // timedelta(minutes=1), change.level) for change in found]


def test_a_day_of_stops_and_a_trip_with_idling_in_it() -> None:
    day = [
        span(Level.STANDING, -60, 10),
        span(Level.DRIVING, 10, 40),
        span(Level.IDLING, 20, 25),
        span(Level.STANDING, 40, None),
    ]

    assert painted(*day) == [
        (0, Level.STANDING),
        (10, Level.DRIVING),
        (20, Level.IDLING),
        (25, Level.DRIVING),
        (40, Level.STANDING),
    ]


def test_a_silence_hides_what_would_last() -> None:
    assert painted(span(Level.STANDING, 0, None), span(Level.SILENT, 50, 90)) == [
        (0, Level.STANDING),
        (50, Level.SILENT),
        (90, Level.STANDING),
    ]


def test_between_spans_nothing_is_known() -> None:
    assert painted(span(Level.DRIVING, 5, 10), span(Level.DRIVING, 20, 30)) == [
        (5, Level.DRIVING),
        (10, None),
        (20, Level.DRIVING),
        (30, None),
    ]


def test_changes_of_several_trucks_ascend_in_time() -> None:
    found = changes(
        [span(Level.DRIVING, 30, 40, truck=1), span(Level.DRIVING, 5, 35, truck=2)], from_at=at(0), to_at=at(60)
    )

    assert [(change.vehicle_id, change.at) for change in found] == [
        (2, at(5)),
        (1, at(30)),
        (2, at(35)),
        (1, at(40)),
    ]


def test_nothing_comes_before_the_beginning_or_after_the_end() -> None:
    assert painted(span(Level.DRIVING, 0, 100), span(Level.STANDING, 100, None), start=50, end=100) == [
        (50, Level.DRIVING)
    ]


_SPANS = st.lists(
    st.builds(
        lambda level, start, length: span(level, start, None if length is None else start + length),
        st.sampled_from(Level),
        st.integers(-50, 50),
        st.none() | st.integers(0, 60),
    ),
    max_size=8,
)


@given(_SPANS)
def test_the_state_at_any_moment_is_that_of_the_spans_that_hold_it(spans: list[Span]) -> None:
    found = changes(spans, from_at=at(0), to_at=at(60))

    for minute in range(60):
        held = [
            one.level
            for one in spans
            if one.started_at <= at(minute) and (one.ended_at is None or one.ended_at > at(minute))
        ]
        before: list[Change] = [change for change in found if change.at <= at(minute)]
        told = before[-1].level if before else None
        if Level.SILENT in held:
            assert told is Level.SILENT
        elif Level.IDLING in held:
            assert told is Level.IDLING
        else:
            assert told == max(held, default=None)


@given(_SPANS)
def test_no_two_changes_in_a_row_say_the_same(spans: list[Span]) -> None:
    levels = [change.level for change in changes(spans, from_at=at(0), to_at=at(60))]

    assert all(one != after for one, after in itertools.pairwise(levels))
