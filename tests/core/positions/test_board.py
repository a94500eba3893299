"""A listener who is told of changes ends with what is true, whenever it looked."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from keitora.positions.board import Board
from keitora.positions.model import LatestValues

AT = datetime(2026, 11, 22, tzinfo=UTC)
READS = st.lists(st.dictionaries(st.integers(1, 4), st.integers(0, 5)), max_size=12)


def row(vehicle_id: int, second: int) -> LatestValues:
    return LatestValues(vehicle_id, f"Truck {vehicle_id}", AT + timedelta(seconds=second), *[None] * 18)


@given(READS, st.lists(st.booleans(), min_size=12, max_size=12))
def test_who_looks_now_and_then_misses_nothing_present(reads: list[dict[int, int]], looks: list[bool]) -> None:
    board, known, told = Board(), 0, dict[int, LatestValues]()
    for read, looked in zip(reads, looks, strict=False):
        board.take([row(*one) for one in read.items()])
        if looked:
            told |= {one.vehicle_id: one for _, one in board.after(known)}
            known = board.number
    told |= {one.vehicle_id: one for _, one in board.after(known)}

    present = {vehicle_id: row(vehicle_id, second) for vehicle_id, second in (reads[-1] if reads else {}).items()}
    assert {vehicle_id: one for vehicle_id, one in told.items() if vehicle_id in present} == present


def test_nothing_new_is_no_change_and_each_truck_is_told_once() -> None:
    board = Board()

    assert board.take([row(1, 0), row(2, 0)])
    assert not board.take([row(1, 0), row(2, 0)])
    board.take([row(1, 1), row(2, 0)])
    board.take([row(1, 2), row(2, 0)])
    assert [(number, one.vehicle_id) for number, one in board.after(0)] == [(2, 2), (4, 1)]
    assert [one.vehicle_id for _, one in board.after(2)] == [1]
    assert board.after(0, [9]) == []
