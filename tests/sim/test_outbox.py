"""What leaves the outbox, when, and what never leaves it before it is committed."""

from dataclasses import dataclass, field

from hypothesis import given
from hypothesis import strategies as st

from keitora.wire.native import Committed
from keitora_sim.messages import Message
from keitora_sim.outbox import Outbox


def message(number: int, *, rows: int = 10, boot: int = 7) -> Message:
    first = number * rows
    return Message(boot=boot, first_sequence=first, last_sequence=first + rows - 1, payload=f"{number}".encode())


def committed(*ranges: tuple[int, int], boot: int = 7) -> Committed:
    return Committed(b=boot, r=list(ranges))


def connected(*messages: Message, window: int = 64) -> Outbox:
    outbox = Outbox(window=window, resend_after_s=10)
    for each in messages:
        outbox.add(each)
    outbox.connected()
    return outbox


def test_nothing_is_sent_before_there_is_a_connection() -> None:
    outbox = Outbox()
    outbox.add(message(0))

    assert outbox.take_due(0) == []


def test_a_message_is_sent_once_while_its_answer_is_awaited() -> None:
    outbox = connected(message(0))

    assert outbox.take_due(0) == [message(0)]
    assert outbox.take_due(9.9) == []


def test_no_more_than_the_window_is_in_flight() -> None:
    outbox = connected(*(message(n) for n in range(5)), window=3)

    assert outbox.take_due(0) == [message(0), message(1), message(2)]
    outbox.acknowledge(committed((10, 19)))
    assert outbox.take_due(1) == [message(3)]


def test_the_same_bytes_are_sent_again_when_no_answer_comes() -> None:
    outbox = connected(message(0))
    outbox.take_due(0)

    assert outbox.take_due(10) == [message(0)]
    assert outbox.resent_count == 1


def test_patience_grows_while_nothing_is_answered() -> None:
    outbox = connected(message(0))
    outbox.take_due(0)
    outbox.take_due(10)

    assert outbox.take_due(29) == []
    assert outbox.take_due(30) == [message(0)]
    assert outbox.next_due_at_s() == 70


def test_everything_unanswered_is_sent_again_after_a_reconnect_oldest_first() -> None:
    outbox = connected(message(0), message(1), message(2))
    outbox.take_due(0)
    outbox.acknowledge(committed((10, 19)))
    outbox.disconnected()
    assert outbox.take_due(1) == []

    outbox.connected()

    assert outbox.take_due(1) == [message(0), message(2)]


def test_a_message_stays_until_its_last_row_is_committed() -> None:
    outbox = connected(message(0))
    outbox.take_due(0)

    assert outbox.acknowledge(committed((0, 3), (6, 9))) == 0
    assert outbox.unacknowledged() == [message(0)]
    assert outbox.acknowledge(committed((4, 5))) == 1
    assert len(outbox) == 0


def test_an_answer_for_another_boot_means_nothing() -> None:
    outbox = connected(message(0))
    outbox.take_due(0)

    assert outbox.acknowledge(committed((0, 9), boot=8)) == 0


def test_one_answer_settles_both_copies_of_a_message() -> None:
    outbox = connected(message(0), message(0))
    outbox.take_due(0)

    assert outbox.acknowledge(committed((0, 9))) == 2


@dataclass
class World:
    """A broker and an ingestor that lose, cut and delay at will; knows what was really committed."""

    outbox: Outbox
    now_s: float = 0.0
    is_connected: bool = False
    sent: list[Message] = field(default_factory=list)
    committed_rows: set[int] = field(default_factory=set)
    added: int = 0

    def step(self, what: str, size: int) -> None:
        if what == "add":
            self.outbox.add(message(self.added, rows=4))
            self.added += 1
        elif what == "connect":
            self.is_connected = True
            self.outbox.connected()
        elif what == "disconnect":
            self.is_connected = False
            self.outbox.disconnected()
        elif what == "wait":
            self.now_s += size
        elif what == "answer" and self.sent:
            chosen = self.sent[size % len(self.sent)]
            self.commit(chosen.first_sequence, chosen.first_sequence + size % 4)
        due = self.outbox.take_due(self.now_s)
        assert self.is_connected or not due
        self.sent += due

    def commit(self, first: int, last: int) -> None:
        self.committed_rows |= set(range(first, last + 1))
        self.outbox.acknowledge(committed((first, last)))


STEPS = st.lists(
    st.tuples(st.sampled_from(["add", "connect", "disconnect", "wait", "answer"]), st.integers(0, 40)), max_size=60
)


@given(STEPS)
def test_nothing_is_dropped_before_commit_and_everything_arrives_in_the_end(steps: list[tuple[str, int]]) -> None:
    world = World(Outbox(window=3, resend_after_s=10))

    for what, size in steps:
        world.step(what, size)
        kept = {row for m in world.outbox.unacknowledged() for row in range(m.first_sequence, m.last_sequence + 1)}
        assert set(range(world.added * 4)) <= kept | world.committed_rows

    world.step("connect", 0)
    for _ in range(world.added + 1):
        for each in world.outbox.unacknowledged()[:3]:
            assert each in world.sent
            world.commit(each.first_sequence, each.last_sequence)
        world.step("wait", 100)
    assert len(world.outbox) == 0
    assert world.committed_rows == set(range(world.added * 4))


@given(STEPS)
def test_messages_go_out_first_in_the_order_they_were_made(steps: list[tuple[str, int]]) -> None:
    world = World(Outbox(window=3, resend_after_s=10))

    for what, size in steps:
        world.step(what, size)

    firsts = list(dict.fromkeys(m.first_sequence for m in world.sent))
    assert firsts == sorted(firsts)
