"""The native format's fast lane means what the careful way means."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keitora.errors import DecodeError
from keitora.signals.registry import SIGNALS
from keitora_ingestor.decode.bounds import Bounds, Incoming
from keitora_ingestor.decode.native import telemetry
from keitora_ingestor.decode.plain import read_plain

NOW = datetime(2026, 4, 1, 12, 0, tzinfo=UTC)
PLAIN: dict[str, Any] = {
    "v": 1, "b": 17, "q": 1042, "t": 1_775_040_312_000, "u": 8_123_456, "un": 8_126_011, "c": 3,
    "f": ["spd", "ign", "lat"], "r": [[0, 42, True, 35.6], [1000, None, 0, 35.7]],
}  # fmt: skip

scalars = st.one_of(
    st.none(), st.booleans(), st.integers(-(2**60), 2**60), st.floats(allow_nan=False, allow_infinity=False),
    st.sampled_from(["", "42", "x"]), st.just([1]),
)  # fmt: skip
keys = st.sampled_from([signal.wire for signal in SIGNALS] + ["unknown"])
headers = st.fixed_dictionaries(
    {"v": st.sampled_from([1, 1, 1, 2, "1"]), "b": st.integers(-1, 2**33), "q": st.integers(0, 9), "u": scalars,
     "un": st.integers(0, 9), "c": st.integers(0, 4), "f": st.lists(keys, max_size=4)},
    optional={"t": st.one_of(scalars, st.just(1_775_040_312_000)), "ak": st.booleans(), "bl": scalars, "n": scalars,
              "new": scalars},
)  # fmt: skip


def careful(body: bytes) -> Any:
    incoming = Incoming(levels=("kei", "v1", "carry-1", "t"), payload=body, received_at=NOW, bounds=Bounds())
    return telemetry(incoming)


@given(headers, st.data())
def test_what_it_takes_the_careful_way_takes_too_and_reads_the_same(
    header: dict[str, Any], data: st.DataObject
) -> None:
    cell = st.one_of(scalars, st.integers(0, 5000), st.integers(0, 5000))
    width = len(header["f"]) + data.draw(st.sampled_from([1, 1, 1, 1, 0, 2]))
    header["r"] = data.draw(st.lists(st.lists(cell, min_size=width, max_size=width), max_size=3))
    body = json.dumps(header).encode()
    plain = read_plain(body, Bounds())
    if plain is None:
        return
    decoded = careful(body)
    block, batch = decoded.block, plain.batch

    assert (block.boot, block.clock_quality, decoded.wants_acknowledgement) == (batch.b, batch.c, batch.ak)
    assert list(block.sequence) == [batch.q + index for index in range(len(batch.r))]
    assert list(block.uptime_ms) == [batch.u + offset for offset in plain.offsets_ms]
    if batch.c:
        assert list(block.at_ms) == [(batch.t or 0) + offset for offset in plain.offsets_ms]
    assert tuple(block.columns) == plain.signals


def test_nearly_every_message_takes_it() -> None:
    plain = read_plain(json.dumps(PLAIN).encode(), Bounds())

    assert plain is not None
    assert plain.signals == ("speed_kmh", "ignition_on", "lat")
    assert plain.batch.r == [[0, 42, True, 35.6], [1000, None, 0, 35.7]]
    assert plain.offsets_ms == [0, 1000]


@pytest.mark.parametrize(
    "change",
    [
        {"f": ["spd", "x", "lat"]}, {"f": ["spd", "spd", "lat"]}, {"r": []}, {"r": [[0, 1]]}, {"t": None},
        {"r": [[0.5, 1, 2, 3]]}, {"r": [[-1, 1, 2, 3]]}, {"r": [[True, 1, 2, 3]]}, {"r": [[None, 1, 2, 3]]},
        {"r": [[0, "fast", 2, 3]]}, {"v": 2}, {"b": 2**32}, {"c": 7},
    ],
    ids=str,
)  # fmt: skip
def test_anything_else_is_left_to_the_careful_way(change: dict[str, Any]) -> None:
    assert read_plain(json.dumps(PLAIN | change).encode(), Bounds()) is None


def test_whole_numbers_written_with_a_point_are_the_same_in_both_lanes() -> None:
    body = json.dumps(PLAIN | {"b": 17.0, "q": 1042.0, "u": 5.0, "un": 6.0, "v": 1.0, "c": 3.0}).encode()
    plain = read_plain(body, Bounds())

    assert careful(body).block.boot == 17
    assert plain is None or plain.batch.b == 17


def test_too_many_rows_and_too_large_a_message_are_refused_by_the_careful_way() -> None:
    body = json.dumps(PLAIN).encode()

    assert read_plain(body, Bounds(max_rows=1)) is None
    assert read_plain(body, Bounds(max_payload_bytes=20)) is None


def test_a_whole_number_written_with_a_point_is_an_offset() -> None:
    body = json.dumps(PLAIN | {"r": [[0.0, 1, 2, 3], [1e3, 1, 2, 3]]}).encode()

    assert careful(body).block.uptime_ms == [8_123_456, 8_124_456]
    with pytest.raises(DecodeError):
        careful(json.dumps(PLAIN | {"r": [[0.5, 1, 2, 3]]}).encode())
