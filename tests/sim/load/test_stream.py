"""What a stream sends is the native format, and no row of it is ever the same twice."""

import json
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keitora.wire.native import Telemetry
from keitora_sim.load.packets import publish_head
from keitora_sim.load.stream import COLUMNS, Lap, Stream, lap
from keitora_sim.recording import Row

AT = datetime(2026, 4, 1, tzinfo=UTC)
START_MS = 1_775_000_000_123


def drive(rows: int) -> list[Row]:
    return [Row(AT + timedelta(seconds=i), {"lat": 36 + i / 1000, "lon": 138.0, "speed_kmh": i}) for i in range(rows)]


@given(rows=st.integers(1, 7), count=st.integers(1, 40), ask_every=st.integers(0, 5), first=st.integers(0, 9))
def test_every_row_has_a_time_and_a_number_of_its_own(rows: int, count: int, ask_every: int, first: int) -> None:
    stream = Stream(
        "load-1", lap(drive(23), rows=rows), boot=7, start_ms=START_MS, first_message=first, ask_every=ask_every
    )

    sent = [stream.message() for _ in range(count)]

    numbers, times_ms = [], []
    for head, payload in sent:
        assert head == publish_head("kei/v1/load-1/t", len(payload))
        told = Telemetry.model_validate_json(payload)
        numbers += [told.q + i for i in range(len(told.r))]
        times_ms += [(told.t or 0) + row[0] for row in told.r]
        assert told.b == 7
        assert told.t == START_MS + told.u
        assert told.un == told.u + told.r[-1][0]
    assert numbers == list(range(rows * count))
    assert times_ms == [START_MS + 1000 * i for i in range(rows * count)]
    asked = [Telemetry.model_validate_json(payload).ak for _, payload in sent]
    assert sum(asked) == (count // ask_every if ask_every else 0)


def test_the_values_are_those_of_the_drive_over_and_over() -> None:
    stream = Stream("load-1", lap(drive(4), rows=2), boot=1, start_ms=START_MS)

    rows = [row[1:] for _ in range(3) for row in json.loads(stream.message()[1])["r"]]

    assert len(rows[0]) == len(COLUMNS)
    assert rows[0][:3] == [36.0, 138.0, None]
    assert [row[5] for row in rows] == [0, 1, 2, 3, 0, 1]


def test_an_answer_confirms_what_was_asked_and_nothing_of_another_boot() -> None:
    stream = Stream("load-1", lap(drive(4), rows=2), boot=3, start_ms=START_MS, ask_every=2)
    for at_s in range(5):
        stream.message(float(at_s))

    assert stream.confirm(b'{"v":1,"b":2,"r":[[0,9]]}', 9.0).rows == 0
    first = stream.confirm(b'{"v":1,"b":3,"r":[[2,3]]}', 9.0)
    second = stream.confirm(b'{"v":1,"b":3,"r":[[6,7]]}', 9.0)

    assert (first.rows, first.seconds) == (4, 8.0)
    assert (second.rows, second.seconds) == (4, 6.0)
    assert stream.unconfirmed_rows == 2
    assert not stream.is_asking


def test_a_drive_too_short_for_a_message_is_refused() -> None:
    with pytest.raises(ValueError, match="fills no message"):
        lap(drive(3), rows=4)


def test_a_rest_that_fills_no_message_is_left_out() -> None:
    cut = lap(drive(23), rows=5)

    assert isinstance(cut, Lap)
    assert cut.samples == 20
