"""From spans that overlap to the moments at which the state changes, to the moment and in pieces."""

import asyncio
import itertools
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, time, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from psycopg import AsyncConnection

from keitora.timeline.model import Change, Level
from keitora.timeline.queries import read_changes
from keitora.timeline.steps import EXACT, step_for
from tests.api.builders import World, add_episode, add_idling, add_stop, add_trip, add_world, insert

BEGIN = datetime(2026, 11, 22, tzinfo=UTC)
HOUR = timedelta(hours=1)
TABLES = ("trip", "stop", "idling", "charge", "episode")
ADDERS = {Level.DRIVING: add_trip, Level.STANDING: add_stop, Level.IDLING: add_idling}


def at(minute: float) -> datetime:
    return BEGIN + timedelta(minutes=minute)


Paint = Callable[..., list[tuple[int, Level | None]]]


class Span(NamedTuple):
    level: Level
    start: int
    end: int | None
    truck: int = 0


@pytest.fixture(scope="module")
def world(module_database_url: str) -> Iterator[tuple[psycopg.Connection, World]]:
    with psycopg.connect(module_database_url, autocommit=True) as conn:
        yield conn, add_world(conn, "Farm")


def write(conn: psycopg.Connection, world: World, spans: list[Span]) -> None:
    with conn.transaction():
        for table in TABLES:
            conn.execute(f"DELETE FROM {table}")
        for one in spans:
            truck, end = world.trucks[one.truck], None if one.end is None else at(one.end)
            if one.level is Level.SILENT:
                add_episode(conn, truck, at(one.start), kind="silent", closed_at=end, ended_by=end and "clear")
            elif one.level is Level.CHARGING:
                own = {"vehicle_id": truck.vehicle_id, "fleet_id": truck.fleet_id, "rules_version": "test"}
                insert(conn, "charge", **own, started_at=at(one.start), ended_at=end, heard_at=end or at(one.start))
            else:
                ADDERS[one.level](conn, truck, at(one.start), ended_at=end)


def read(
    url: str, world: World, begin: datetime, end: datetime, step: timedelta | None = None, zone: str = "Asia/Tokyo"
) -> list[Change]:
    async def ask() -> list[Change]:
        async with await AsyncConnection.connect(url) as conn:
            return await read_changes(
                conn, fleet_id=world.fleet.fleet_id, zone=zone, from_at=begin, to_at=end, now=end, step=step,
                vehicle_ids=None,
            )  # fmt: skip

    return asyncio.run(ask())


@pytest.fixture
def painted(module_database_url: str, world: tuple[psycopg.Connection, World]) -> Paint:
    def paint(*spans: Span, start: int = 0, end: int = 1000) -> list[tuple[int, Level | None]]:
        write(*world, list(spans))
        found = read(module_database_url, world[1], at(start), at(end))
        return [((change.at - BEGIN) // timedelta(minutes=1), change.level) for change in found]

    return paint


def test_a_day_of_stops_and_a_trip_with_idling_in_it(painted: Paint) -> None:
    assert painted(
        Span(Level.STANDING, -60, 10),
        Span(Level.DRIVING, 10, 40),
        Span(Level.IDLING, 20, 25),
        Span(Level.STANDING, 40, None),
    ) == [(0, Level.STANDING), (10, Level.DRIVING), (20, Level.IDLING), (25, Level.DRIVING), (40, Level.STANDING)]


def test_a_charge_shows_within_the_stop_it_lies_in(painted: Paint) -> None:
    assert painted(Span(Level.STANDING, -60, None), Span(Level.CHARGING, 10, 90)) == [
        (0, Level.STANDING),
        (10, Level.CHARGING),
        (90, Level.STANDING),
    ]


def test_between_spans_nothing_is_known(painted: Paint) -> None:
    assert painted(Span(Level.DRIVING, 5, 10), Span(Level.DRIVING, 20, 30)) == [
        (5, Level.DRIVING),
        (10, None),
        (20, Level.DRIVING),
        (30, None),
    ]


def test_nothing_comes_before_the_beginning_or_after_the_end(painted: Paint) -> None:
    assert painted(Span(Level.DRIVING, 0, 100), Span(Level.STANDING, 100, None), start=50, end=100) == [
        (50, Level.DRIVING)
    ]


def chained(levels: list[tuple[Level, int, int]]) -> list[Span]:
    """Return spans of which those of one kind and truck follow each other, as derived rows do; a silence may not."""
    free: dict[tuple[Level, int], int] = {}
    made = []
    for number, (level, gap, length) in enumerate(levels):
        truck = number % 2
        start = free.get((level, truck), -40) + gap
        free[level, truck] = start + length
        made.append(Span(level, start, start + length, truck))
    return made


_SPANS = st.lists(st.tuples(st.sampled_from(Level), st.integers(0, 40), st.integers(1, 60)), max_size=10).map(chained)
_BOUNDED = settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def told_at(changes: list[Change], vehicle_id: int, moment: datetime) -> Level | None:
    before = [change for change in changes if change.vehicle_id == vehicle_id and change.at <= moment]
    return before[-1].level if before else None


def expected(spans: list[Span], truck: int, minute: int) -> Level | None:
    held = [
        one.level
        for one in spans
        if one.truck == truck and one.start <= minute < (10_000 if one.end is None else one.end)
    ]
    for level in (Level.SILENT, Level.IDLING):
        if level in held:
            return level
    return max(held, default=None)


@_BOUNDED
@given(_SPANS)
def test_the_state_at_any_moment_is_that_of_the_spans_that_hold_it(
    module_database_url: str, world: tuple[psycopg.Connection, World], spans: list[Span]
) -> None:
    write(*world, spans)

    found = read(module_database_url, world[1], at(0), at(60))

    for truck, minute in itertools.product(range(2), range(60)):
        assert told_at(found, world[1].trucks[truck].vehicle_id, at(minute)) == expected(spans, truck, minute)
    assert found == sorted(found, key=lambda change: (change.at, change.vehicle_id))
    for vehicle in world[1].trucks:
        levels = [change.level for change in found if change.vehicle_id == vehicle.vehicle_id]
        assert all(one != after for one, after in itertools.pairwise(levels))


# The clocks go back and on: by an hour or half of one, over one, two and midnight.
CHANGES_OF_CLOCKS = [
    ("Asia/Tokyo", date(2026, 6, 1)),
    *(("America/New_York", date(2026, month, day)) for month, day in ((3, 8), (11, 1))),
    *(("Australia/Lord_Howe", date(2026, month, day)) for month, day in ((4, 5), (10, 4))),
    *(("America/Havana", date(2026, month, day)) for month, day in ((3, 8), (11, 1))),
    *(("Europe/Lisbon", date(2026, month, day)) for month, day in ((3, 29), (10, 25))),
]


def piece_of(moment: datetime, zone: ZoneInfo, step: timedelta) -> datetime:
    """Return what the clock shows as the piece begins in which a moment lies; hours the clock shows twice are one."""
    shown = moment.astimezone(zone).replace(tzinfo=UTC)
    return shown - (shown - datetime(1, 1, 1, tzinfo=UTC)) % step


@settings(_BOUNDED, max_examples=60)
@given(_SPANS, st.sampled_from(CHANGES_OF_CLOCKS), st.sampled_from([1, 3, 6, 24]))
def test_a_piece_tells_the_most_awake_thing_done_in_it(
    module_database_url: str,
    world: tuple[psycopg.Connection, World],
    spans: list[Span],
    change: tuple[str, date],
    step_h: int,
) -> None:
    zone, step = ZoneInfo(change[0]), step_h * HOUR
    begins = datetime.combine(change[1], time(), zone).astimezone(UTC) - 2 * HOUR
    shift = round((begins - BEGIN) / timedelta(minutes=1))
    write(*world, [one._replace(start=one.start + shift, end=(one.end or 0) + shift) for one in spans])

    found = read(module_database_url, world[1], begins, begins + 7 * HOUR, step, zone.key)

    for truck in range(2):
        awake: dict[datetime, int] = {}
        for minute in range(7 * 60):
            level = expected(spans, truck, minute)
            piece = piece_of(begins + timedelta(minutes=minute), zone, step)
            awake[piece] = max(awake.get(piece, -1), -1 if level is None else level)
        for minute in range(0, 7 * 60, 15):
            moment = begins + timedelta(minutes=minute)
            told = told_at(found, world[1].trucks[truck].vehicle_id, moment)
            assert (-1 if told is None else told) == awake[piece_of(moment, zone, step)], moment


def test_what_was_done_in_the_first_of_two_equal_hours_is_not_told_in_the_second(
    module_database_url: str, world: tuple[psycopg.Connection, World]
) -> None:
    # At two in the night the clocks of New York go back to one: 05:00Z and 06:00Z are both one o'clock there.
    one_oclock = datetime(2026, 11, 1, 5, tzinfo=UTC)
    driven = round((one_oclock - BEGIN) / timedelta(minutes=1))
    write(*world, [Span(Level.DRIVING, driven + 20, driven + 30)])

    found = read(module_database_url, world[1], one_oclock - 3 * HOUR, one_oclock + 3 * HOUR, HOUR, "America/New_York")

    assert [(change.at, change.level) for change in found] == [
        (one_oclock, Level.DRIVING),
        (one_oclock + 2 * HOUR, None),
    ]


def test_days_are_the_zones_even_when_the_clocks_change(
    module_database_url: str, world: tuple[psycopg.Connection, World]
) -> None:
    zone = ZoneInfo("America/New_York")
    begins = datetime(2026, 10, 31, tzinfo=zone)
    driven = round((datetime(2026, 11, 1, 12, tzinfo=zone).astimezone(UTC) - BEGIN) / timedelta(minutes=1))
    write(*world, [Span(Level.DRIVING, driven, driven + 10)])

    found = read(
        module_database_url, world[1], begins, begins + timedelta(days=4), timedelta(days=1), "America/New_York"
    )

    # The first of November is 25 hours long there.
    assert [(change.at.astimezone(zone).isoformat(), change.level) for change in found] == [
        ("2026-11-01T00:00:00-04:00", Level.DRIVING),
        ("2026-11-02T00:00:00-05:00", None),
    ]


@given(st.timedeltas(timedelta(seconds=1), timedelta(days=14 * 365)))
def test_a_longer_time_is_told_in_no_more_pieces_than_a_month(length: timedelta) -> None:
    step = step_for(length)

    assert (step is None) == (length <= EXACT)
    assert step is None or length / step <= 750
