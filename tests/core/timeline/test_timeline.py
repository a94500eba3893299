"""From spans that overlap to the moments at which the state changes, to the moment and in pieces."""

import asyncio
import itertools
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
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


@_BOUNDED
@given(_SPANS, st.sampled_from(["Asia/Tokyo", "America/New_York", "Australia/Lord_Howe"]), st.integers(0, 364))
def test_a_piece_tells_the_most_awake_thing_done_in_it(
    module_database_url: str, world: tuple[psycopg.Connection, World], spans: list[Span], zone: str, day: int
) -> None:
    begins = datetime(2026, 1, 1, 12, tzinfo=ZoneInfo(zone)) + timedelta(days=day)
    shift = round((begins.astimezone(UTC) - BEGIN) / timedelta(minutes=1))
    write(*world, [one._replace(start=one.start + shift, end=(one.end or 0) + shift) for one in spans])

    found = read(module_database_url, world[1], at(shift), at(shift + 120), HOUR, zone)

    for truck, hour in itertools.product(range(2), range(2)):
        minutes = [expected(spans, truck, minute) for minute in range(60 * hour, 60 * hour + 60)]
        awake = max((level for level in minutes if level is not None), default=None)
        assert told_at(found, world[1].trucks[truck].vehicle_id, at(shift + 60 * hour)) == awake


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
