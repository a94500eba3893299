"""Rows to messages: nothing lost, nothing changed, the same bytes each time."""

import gzip
import json
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from keitora.wire.native import Telemetry
from keitora_sim.messages import messages_of, pack
from keitora_sim.recording import Drive, Row
from keitora_sim.replay.sender import arranged

START = datetime(2026, 4, 1, 6, 0, tzinfo=UTC)


def row(second: float, **values: float) -> Row:
    return Row(START + timedelta(seconds=second), values)


def test_a_message_holds_the_columns_its_rows_have_by_their_wire_keys() -> None:
    drive = Drive("morning", (row(0, speed_kmh=10, engine_rpm=900), row(1, speed_kmh=12, appfr=0.7)))

    body = json.loads(messages_of(drive, boot=5)[0])

    assert body == {
        "v": 1,
        "b": 5,
        "q": 0,
        "t": 1775023200000,
        "u": 0,
        "un": 1000,
        "c": 3,
        "f": ["spd", "rpm", "appfr"],
        "r": [[0, 10, 900, None], [1000, 12, None, 0.7]],
        "ak": True,
    }


def test_time_that_steps_back_begins_a_new_message() -> None:
    messages = pack([row(5, speed_kmh=1), row(2, speed_kmh=2), row(3, speed_kmh=3)], boot=1)

    assert [(m.first_sequence, m.last_sequence) for m in messages] == [(0, 0), (1, 2)]
    assert all(json.loads(m.payload)["u"] >= 0 for m in messages)


def test_compressed_messages_are_the_same_bytes_each_time() -> None:
    drive = Drive("morning", tuple(row(n, speed_kmh=n) for n in range(30)))

    first = messages_of(drive, boot=1, compress=True)

    assert first == messages_of(drive, boot=1, compress=True)
    assert gzip.decompress(first[0]) == messages_of(drive, boot=1)[0]


@given(
    seconds=st.lists(st.integers(0, 50), min_size=1, max_size=60),
    batch_rows=st.integers(1, 20),
)
def test_any_batch_size_says_the_same(seconds: list[int], batch_rows: int) -> None:
    rows = [row(second, speed_kmh=index) for index, second in enumerate(seconds)]

    heard = {}
    for message in pack(rows, boot=9, batch_rows=batch_rows):
        body = Telemetry.model_validate_json(message.payload)
        assert len(body.r) <= batch_rows
        for index, values in enumerate(body.r):
            heard[body.q + index] = ((body.t or 0) + values[0], values[1])

    assert heard == {n: (round(r.sampled_at.timestamp() * 1000), n) for n, r in enumerate(rows)}


def test_a_shuffled_doubled_delivery_holds_every_message_twice() -> None:
    messages = pack([row(n, speed_kmh=n) for n in range(95)], boot=1)

    order = list(arranged(messages, copies=2, shuffle_seed=4))

    assert sorted(m.first_sequence for m in order) == sorted([m.first_sequence for m in messages] * 2)
    assert order == list(arranged(messages, copies=2, shuffle_seed=4))
    assert order != list(arranged(messages, copies=2))
