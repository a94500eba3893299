"""Buckets: what goes through, what does not, and that neither memory nor a failed batch gets out of hand."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keitora_ingestor.flood import Budget, FloodGate

SMALL = Budget(rows_per_s=10, burst_rows=100, bytes_per_s=1000, burst_bytes=10_000)


def send(gate: FloodGate, rows: int, *, now_s: float = 0, byte_count: int = 1, device: str = "a") -> bool:
    return gate.admit(device, row_count=rows, byte_count=byte_count, now_s=now_s)


def test_a_burst_goes_through_and_then_only_what_the_rate_allows() -> None:
    gate = FloodGate(SMALL)

    assert [send(gate, 50) for _ in range(3)] == [True, True, False]
    assert not send(gate, 10, now_s=0.9)
    assert send(gate, 10, now_s=1.0)


def test_bytes_are_bounded_like_rows() -> None:
    gate = FloodGate(SMALL)

    assert send(gate, 1, byte_count=10_000)
    assert not send(gate, 1, byte_count=1000, now_s=0.5)
    assert send(gate, 1, byte_count=1000, now_s=1)


def test_one_devices_flood_is_not_anothers() -> None:
    gate = FloodGate(SMALL)
    send(gate, 100)

    assert not send(gate, 1)
    assert send(gate, 100, device="b")


def test_a_message_larger_than_a_burst_gets_through_a_full_bucket_and_is_paid_for() -> None:
    gate = FloodGate(SMALL)

    assert send(gate, 300)
    assert not send(gate, 1, now_s=20)
    assert send(gate, 1, now_s=20.1)


def test_a_rate_of_nothing_is_no_limit() -> None:
    gate = FloodGate(Budget(rows_per_s=0, bytes_per_s=0))

    assert all(send(gate, 10**6, byte_count=10**9) for _ in range(100))


@pytest.mark.parametrize(
    ("what", "messages", "rows", "bytes_each"),
    [
        ("a day at 1 Hz, native, in messages of 60 rows", 1440, 60, 60 * 100),
        ("all that OwnTracks keeps", 100_000, 1, 260),
    ],
)
def test_a_backlog_goes_through_at_full_speed(what: str, messages: int, rows: int, bytes_each: int) -> None:
    gate = FloodGate(Budget())

    assert all(send(gate, rows, byte_count=bytes_each) for _ in range(messages))


def test_ten_rows_a_second_never_end() -> None:
    gate = FloodGate(Budget())

    assert all(send(gate, 10, byte_count=12_000, now_s=second) for second in range(100_000))


def test_a_device_is_told_once_a_minute_with_the_count() -> None:
    gate = FloodGate(SMALL)
    send(gate, 100)
    assert gate.due("a", 0) is None

    for _ in range(3):
        send(gate, 5)
    first = gate.due("a", 0)
    send(gate, 500, now_s=1)
    assert gate.due("a", 1) is None
    second = gate.due("a", 61)

    assert first is not None
    assert (first.refused_count, first.wait_s) == (3, 30)
    assert second is not None
    assert second.refused_count == 1


def test_memory_is_bounded_and_the_longest_silent_is_forgotten() -> None:
    gate = FloodGate(SMALL, remembered=10)
    for number in range(1000):
        send(gate, 100, device=str(number), now_s=number)

    assert len(gate) == 10
    assert not send(gate, 100, device="999", now_s=999)


def test_a_batch_that_failed_costs_nothing() -> None:
    gate = FloodGate(SMALL)
    send(gate, 40)

    for _ in range(5):
        with pytest.raises(OSError, match="away"):
            a_batch_while_the_database_is_away(gate)
    assert len(gate) == 1

    with gate.trial():
        assert send(gate, 60)
    assert not send(gate, 1)


def a_batch_while_the_database_is_away(gate: FloodGate) -> None:
    with gate.trial():
        assert send(gate, 60)
        assert send(gate, 1, device="b")
        raise OSError("the database is away")


@given(st.lists(st.tuples(st.floats(0, 100), st.integers(1, 80)), max_size=60))
def test_never_more_than_burst_and_rate_allow(sent: list[tuple[float, int]]) -> None:
    gate, now_s, admitted = FloodGate(SMALL), 0.0, 0
    for wait_s, rows in sent:
        now_s += wait_s
        admitted += rows if send(gate, rows, now_s=now_s) else 0

    assert admitted <= SMALL.burst_rows + SMALL.rows_per_s * now_s + 1e-6


@given(st.lists(st.floats(-100, 100), max_size=30))
def test_a_clock_that_steps_back_fills_nothing_twice(steps: list[float]) -> None:
    gate, now_s, highest = FloodGate(SMALL), 0.0, 0.0
    admitted = 0
    for step in steps:
        now_s += step
        highest = max(highest, now_s)
        admitted += 10 if send(gate, 10, now_s=now_s) else 0

    assert admitted <= SMALL.burst_rows + SMALL.rows_per_s * highest + 1e-6
