"""How messages may arrive: doubled, in another order, one logger after all others, in pieces."""

from dataclasses import dataclass
from random import Random

from hypothesis import strategies as st

from tests.ingestor.conftest import Yard
from tests.system.derived import derive_all

Stream = list[tuple[str, bytes]]


@dataclass(frozen=True)
class Arrival:
    """One way for a stream to arrive. `late` names the device whose messages all come after the others'."""

    seed: int
    doubled: float
    shuffled: bool
    late: str | None
    pieces: int


def arrivals(*devices: str) -> st.SearchStrategy[Arrival]:
    return st.builds(
        Arrival,
        seed=st.integers(0, 2**32),
        doubled=st.floats(0, 1),
        shuffled=st.booleans(),
        late=st.sampled_from([None, *devices]),
        pieces=st.integers(1, 30),
    )


def deliver(yard: Yard, stream: Stream, arrival: Arrival) -> None:
    """Send a stream so, and derive after each piece of it."""
    chance = Random(arrival.seed)
    sent = [*stream, *(message for message in stream if chance.random() < arrival.doubled)]
    if arrival.shuffled:
        chance.shuffle(sent)
    late = arrival.late
    sent.sort(key=lambda message: late is not None and late in message[0])  # stable: only the late logger moves
    step = max(1, len(sent) // arrival.pieces)
    for begin in range(0, len(sent), step):
        yard.send_all(sent[begin : begin + step])
        derive_all(yard.conn)
