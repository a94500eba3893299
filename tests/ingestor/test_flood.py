"""Buckets: what goes through, what does not, and that neither memory nor a failed batch gets out of hand."""

from dataclasses import replace

import psycopg
import pytest
from hypothesis import given
from hypothesis import strategies as st

from keitora.settings import IngestSettings
from keitora_ingestor.devices import DeviceCache
from keitora_ingestor.flood import Budget, FloodGate, Sender, sender_of_topic
from keitora_ingestor.limits import Limits
from keitora_ingestor.message import Message
from keitora_ingestor.outcome import Outcome
from keitora_ingestor.service import limits_of
from keitora_ingestor.writer import write
from tests.ingestor.conftest import NOW, Yard
from tests.system.test_arrival_order import DONGLE as DRIVE
from tests.system.test_arrival_order import messages

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


@pytest.mark.parametrize(
    ("rows", "byte_count", "wait_s"), [(20, 1, 2), (1, 3000, 3), (500, 1, 10), (1, 10**6, 10), (0, 0, 0)]
)
def test_a_message_that_waits_so_long_goes_through(rows: int, byte_count: int, wait_s: float) -> None:
    gate = FloodGate(SMALL)
    send(gate, 100, byte_count=10_000)

    assert gate.wait_s("a", row_count=rows, byte_count=byte_count) == wait_s
    assert wait_s == 0 or not send(gate, rows, byte_count=byte_count, now_s=wait_s - 0.01)
    assert send(gate, rows, byte_count=byte_count, now_s=wait_s)


def test_memory_is_bounded_and_the_longest_silent_is_forgotten() -> None:
    gate = FloodGate(SMALL, remembered=10)
    for number in range(1000):
        send(gate, 100, device=str(number), now_s=number)

    assert gate.device_count == 10
    assert not send(gate, 100, device="999", now_s=999)


def test_a_batch_that_failed_costs_nothing() -> None:
    gate = FloodGate(SMALL)
    send(gate, 40)

    for _ in range(5):
        with pytest.raises(OSError, match="away"):
            a_batch_while_the_database_is_away(gate)

    assert send(gate, 100, device="b")
    with gate.trial() as admit:
        assert admit(Sender("a", "native", "a"), 60, 1, 0)
    assert not send(gate, 1)


def a_batch_while_the_database_is_away(gate: FloodGate) -> None:
    with gate.trial() as admit:
        assert admit(Sender("a", "native", "a"), 60, 1, 0)
        assert admit(Sender("b", "native", "b"), 1, 1, 0)
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
    gate, now_s, highest, admitted = FloodGate(SMALL), 0.0, 0.0, 0
    send(gate, 0, now_s=now_s)
    for step in steps:
        now_s += step
        highest = max(highest, now_s)
        admitted += 10 if send(gate, 10, now_s=now_s) else 0

    assert admitted <= SMALL.burst_rows + SMALL.rows_per_s * highest + 1e-6


class TestInTheWriter:
    """What is refused is counted at the device, stored nowhere, and acknowledged to nobody as committed."""

    @pytest.fixture
    def limits(self) -> Limits:
        return replace(limits_of(IngestSettings()), flood=FloodGate(SMALL))

    def send(self, yard: Yard, limits: Limits, messages: list[tuple[str, bytes]]) -> Outcome:
        batch = [Message(topic, payload, NOW, 0, 1, 0) for topic, payload in messages]
        return write(yard.conn, batch, limits, DeviceCache())

    def test_a_flood_is_counted_and_not_stored(self, yard: Yard, limits: Limits) -> None:
        outcome = self.send(yard, limits, messages(DRIVE, "carry-1", 10))

        stored = yard.rows("SELECT count(*) FROM sample")[0][0]
        assert stored == SMALL.burst_rows
        [(flooded_count, message_count)] = yard.rows("SELECT flooded_count, message_count FROM device_seen")
        assert flooded_count == len(messages(DRIVE, "carry-1", 10)) - 10
        assert message_count == len(messages(DRIVE, "carry-1", 10))
        assert [sender.name for sender in outcome.flooding.values()] == ["carry-1"]
        assert yard.rows("SELECT count(*) FROM dead_letter") == [(0,)]

    def test_messages_that_cannot_be_read_weigh_more(self, yard: Yard, limits: Limits) -> None:
        outcome = self.send(yard, limits, [("kei/v1/carry-1/t", b"{%d" % number) for number in range(50)])

        assert yard.rows("SELECT count(*) FROM dead_letter") == [(1,)]
        assert list(outcome.flooding) == ["kei/v1/carry-1"]

    def test_a_batch_the_database_did_not_take_costs_nothing(self, yard: Yard, limits: Limits) -> None:
        ten = messages(DRIVE, "carry-1", 10)[:10]
        yard.conn.execute("ALTER TABLE device_seen RENAME TO gone")
        for _ in range(3):
            with pytest.raises(psycopg.errors.UndefinedTable):
                self.send(yard, limits, ten)
        yard.conn.execute("ALTER TABLE gone RENAME TO device_seen")

        assert not self.send(yard, limits, ten).flooding


def test_who_sends_is_told_by_the_levels_it_cannot_change() -> None:
    assert sender_of_topic("kei/v1/carry-1/t") == "kei/v1/carry-1"
    assert sender_of_topic("wican/a1/one/two") == sender_of_topic("wican/a1/three") == "wican/a1"
