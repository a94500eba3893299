"""The packets, as the standard draws them."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keitora_sim.load import packets
from keitora_sim.load.packets import Packet


def test_a_connect_is_that_of_the_standard() -> None:
    sent = packets.connect("x", "me", "pw", 60)

    assert sent == b"\x10\x15\x00\x04MQTT\x04\xc2\x00\x3c\x00\x01x\x00\x02me\x00\x02pw"


def test_a_connect_without_user_sends_neither() -> None:
    assert packets.connect("x", None, None, 60) == b"\x10\x0d\x00\x04MQTT\x04\x02\x00\x3c\x00\x01x"


@pytest.mark.parametrize(("size", "length"), [(0, b"\x05"), (122, b"\x7f"), (123, b"\x80\x01"), (16_378, b"\xff\x7f")])
def test_the_remaining_length_counts_topic_number_and_payload(size: int, length: bytes) -> None:
    assert packets.publish_head("t", size) == b"\x32" + length + b"\x00\x01t"


def test_a_message_sent_again_says_so() -> None:
    assert packets.again(b"\x32\x05rest") == b"\x3a\x05rest"


@given(
    bodies=st.lists(
        st.one_of(
            st.tuples(st.just(packets.PUBACK), st.binary(min_size=2, max_size=2)),
            st.tuples(st.just(packets.PUBLISH), st.binary(max_size=300)),
            st.tuples(st.just(packets.SUBACK), st.binary(min_size=3, max_size=5)),
        ),
        max_size=8,
    ),
    cuts=st.lists(st.integers(0, 2500), max_size=5),
)
def test_packets_are_found_however_the_stream_is_torn(bodies: list[tuple[int, bytes]], cuts: list[int]) -> None:
    stream = b"".join(bytes([kind]) + _length(len(body)) + body for kind, body in bodies)
    edges = sorted({0, len(stream), *(cut for cut in cuts if cut < len(stream))})

    found: list[Packet] = []
    torn = b""
    for start, end in pairwise(edges):
        now, torn = packets.split(torn + stream[start:end])
        found += now

    assert [(one.kind, one.body) for one in found] == bodies
    assert torn == b""


def test_a_message_that_came_is_taken_apart_at_either_quality() -> None:
    assert packets.published(Packet(packets.PUBLISH, 0, b"\x00\x03a/bhello")) == ("a/b", b"hello")
    assert packets.published(Packet(packets.PUBLISH, 2, b"\x00\x03a/b\x00\x09hello")) == ("a/b", b"hello")


def _length(size: int) -> bytes:
    return bytes([size]) if size < 128 else bytes([size % 128 | 128, size // 128])
