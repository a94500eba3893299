"""Taking PUBLISH packets out of a broker's stream."""

import socket
from collections.abc import Iterator
from contextlib import closing

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keitora_ingestor.tap import BrokenStreamError, Publish, TappedSocket, puback, split

PINGRESP = b"\xd0\x00"
SUBACK = b"\x90\x04\x00\x01\x00\x01"


def length(value: int) -> bytes:
    out = bytearray()
    while True:
        value, low = divmod(value, 128)
        out.append(low | (0x80 if value else 0))
        if not value:
            return bytes(out)


def packet(one: Publish, properties: bytes = b"") -> bytes:
    mid = one.mid.to_bytes(2, "big") if one.qos else b""
    body = len(one.topic).to_bytes(2, "big") + one.topic + mid + length(len(properties)) + properties + one.payload
    return bytes([0x30 | one.dup << 3 | one.qos << 1 | one.retain]) + length(len(body)) + body


publishes = st.builds(
    lambda topic, payload, mid, qos, retain, dup: Publish(topic, payload, mid if qos else 0, qos, retain, dup),
    st.binary(min_size=1, max_size=300),
    st.binary(max_size=400),
    st.integers(1, 65_535),
    st.integers(0, 1),
    st.booleans(),
    st.booleans(),
)


@given(st.lists(st.one_of(publishes, st.sampled_from([PINGRESP, SUBACK]))), st.binary(max_size=200), st.data())
def test_messages_come_out_and_the_rest_stays_in_order_however_the_stream_is_cut(
    items: list[Publish | bytes], properties: bytes, data: st.DataObject
) -> None:
    whole = b"".join(one if isinstance(one, bytes) else packet(one, properties) for one in items)
    cuts = sorted(data.draw(st.lists(st.integers(0, len(whole)), max_size=5)))
    stream, found, others = bytearray(), [], bytearray()
    for begin, end in zip([0, *cuts], [*cuts, len(whole)], strict=True):
        stream += whole[begin:end]
        some, rest = split(stream)
        found += some
        others += rest

    assert found == [one for one in items if isinstance(one, Publish)]
    assert bytes(others) == b"".join(one for one in items if isinstance(one, bytes))
    assert not stream


def test_messages_of_qos_2_are_left_to_paho() -> None:
    body = b"\x00\x01t" + b"\x00\x07" + b"\x00" + b"x"
    stream = bytearray(bytes([0x34, len(body)]) + body)

    assert split(stream) == ([], bytearray(bytes([0x34, len(body)]) + body))


@pytest.mark.parametrize(
    "stream", [b"\x30\xff\xff\xff\xff\x01", b"\x32\x03\x00\x01t", b"\x32\x02\x00\x09", b"\x30\x00"]
)
def test_what_is_no_mqtt_ends_the_connection(stream: bytes) -> None:
    with pytest.raises(BrokenStreamError):
        split(bytearray(stream))


def test_acknowledgements_are_four_bytes_each() -> None:
    assert puback([1, 65_535]) == b"\x40\x02\x00\x01\x40\x02\xff\xff"


@pytest.fixture
def ends() -> Iterator[tuple[TappedSocket, socket.socket]]:
    near, far = socket.socketpair()
    near.settimeout(0)
    with closing(near), closing(far):
        yield TappedSocket(near), far


def test_paho_reads_what_is_not_a_message_and_waits_where_there_is_nothing(
    ends: tuple[TappedSocket, socket.socket],
) -> None:
    tap, broker = ends
    one = Publish(b"t", b"payload", 7, 1, False, False)
    broker.sendall(packet(one) + PINGRESP)

    assert tap.fill() == [one]
    assert (tap.recv(1), tap.recv(10)) == (b"\xd0", b"\x00")
    with pytest.raises(BlockingIOError):
        tap.recv(1)
    assert tap.fill() == []


def test_the_end_of_the_stream_reaches_paho(ends: tuple[TappedSocket, socket.socket]) -> None:
    tap, broker = ends
    broker.close()
    tap.fill()

    assert tap.pending()
    assert tap.recv(1) == b""


def test_small_packets_leave_together_and_what_does_not_fit_waits(ends: tuple[TappedSocket, socket.socket]) -> None:
    tap, broker = ends
    sent = 0
    while not tap.has_unsent or sent < 3_000_000:
        sent += tap.send(b"x" * 1000)
        if sent % 100_000 == 0:
            tap.flush()
    received = 0
    while received < sent:
        received += len(broker.recv(1 << 20))
        tap.flush()

    assert received == sent
    assert not tap.has_unsent
