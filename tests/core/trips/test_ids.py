from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keitora.errors import KeitoraError, NotFoundError
from keitora.trips.ids import cursor_after, parse_cursor, parse_trip_id, trip_id
from keitora.trips.model import TripKey

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

keys = st.builds(
    TripKey,
    vehicle_id=st.integers(1, 999_999_999),
    started_at=st.integers(1_262_304_000_000_000, 4_102_444_800_000_000).map(
        lambda us: EPOCH + timedelta(microseconds=us)
    ),
)


def test_a_trip_is_named_by_truck_and_start() -> None:
    assert trip_id(TripKey(7, datetime(2026, 11, 22, 2, 0, tzinfo=UTC))) == "7-mwr6vy80"


@given(keys)
def test_a_name_means_its_trip_to_the_millisecond(key: TripKey) -> None:
    found = parse_trip_id(trip_id(key))

    assert found.vehicle_id == key.vehicle_id
    assert timedelta(0) <= key.started_at - found.started_at < timedelta(milliseconds=1)


@given(keys)
def test_a_cursor_is_exact(key: TripKey) -> None:
    assert parse_cursor(cursor_after(key)) == key


@given(st.text(max_size=20))
def test_anything_else_is_refused_with_our_own_errors(text: str) -> None:
    for parse in (parse_trip_id, parse_cursor):
        try:
            parse(text)
        except KeitoraError:
            continue


def test_refusals_say_what_is_wrong() -> None:
    with pytest.raises(NotFoundError, match="no trip 'x'"):
        parse_trip_id("x")
    with pytest.raises(KeitoraError, match="next_cursor"):
        parse_cursor("x")
