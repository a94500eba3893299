"""From full tank to full tank."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keitora.fillups.balance import full_to_full, without
from tests.core.fillups.entries import fill


def test_litres_of_the_next_full_tank_are_what_was_used_since_the_last() -> None:
    [interval] = full_to_full([fill(1, 30, 1000), fill(2, 28, 1420)])

    assert interval.filled_l == 28
    assert interval.distance_km == 420
    assert interval.fill_up_ids == (1, 2)


def test_a_partial_one_counts_into_the_interval_that_a_full_one_ends() -> None:
    [interval] = full_to_full([fill(1, 30, 1000), fill(2, 10, 1200, is_full=False), fill(3, 20, 1450)])

    assert interval.filled_l == 30
    assert interval.distance_km == 450


def test_an_interval_with_a_missed_fill_up_is_left_out_and_not_stretched_over() -> None:
    intervals = full_to_full([fill(1, 30, 1000), fill(2, 28, 1900, missed_before=True), fill(3, 25, 2270)])

    assert [interval.fill_up_ids for interval in intervals] == [(2, 3)]


def test_without_an_odometer_the_litres_still_count() -> None:
    [interval] = full_to_full([fill(1, 30, None), fill(2, 28, 1420)])

    assert interval.filled_l == 28
    assert interval.distance_km is None


def test_doubted_entries_are_left_out_and_not_averaged_in() -> None:
    intervals = full_to_full([fill(1, 30, 1000), fill(2, 28, 1420), fill(3, 27, 1840), fill(4, 28, 2250)])

    assert [interval.fill_up_ids for interval in without(intervals, {2})] == [(3, 4)]


@given(st.lists(st.tuples(st.floats(1, 40), st.booleans(), st.booleans()), max_size=30))
def test_no_litre_counts_twice(entries: list[tuple[float, bool, bool]]) -> None:
    fills = [
        fill(i, litres, None, is_full=full, missed_before=missed) for i, (litres, full, missed) in enumerate(entries)
    ]
    intervals = full_to_full(fills)

    assert sum(one.filled_l for one in intervals) <= sum(one.volume_l for one in fills) * (1 + 1e-9)
    assert all(a.to_at <= b.from_at for a, b in pairwise(intervals))
    if all(full and not missed for _, full, missed in entries):
        assert sum(one.filled_l for one in intervals) == pytest.approx(sum(one.volume_l for one in fills[1:]))
