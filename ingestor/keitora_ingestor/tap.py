"""A socket that takes PUBLISH packets out of a broker's stream before paho reads the rest.

paho reads a packet in three small calls and needs some 25 µs of Python for a PUBLISH; taken out of whole reads it is 3.
Connecting, subscribing, pinging and what else there is of MQTT stays paho's. Packet formats: MQTT 5.0 (OASIS, 2019)
§2.1 fixed header, §3.3 PUBLISH, §3.4 PUBACK.
"""

import contextlib
import ssl
from collections.abc import Iterable
from socket import socket
from typing import Final, NamedTuple

from keitora.errors import KeitoraError

PUBLISH: Final = 0x30
_KIND: Final = 0xF0
_RETAIN: Final = 0x01
_DUP: Final = 0x08
_READ_BYTES: Final = 256 * 1024
_MAX_LENGTH_BYTES: Final = 4


class BrokenStreamError(KeitoraError):
    """The broker sent what is no MQTT."""


class Publish(NamedTuple):
    """A PUBLISH packet; `mid` is 0 at QoS 0."""

    topic: bytes
    payload: bytes
    mid: int
    qos: int
    retain: bool
    dup: bool


def read_length(data: bytes | bytearray, begin: int) -> tuple[int, int] | None:
    """Return a variable byte integer and where it ends, or None where it is cut short.

    Raises BrokenStreamError if it is longer than four bytes (§1.5.5).
    """
    value = 0
    for place in range(_MAX_LENGTH_BYTES):
        if begin + place >= len(data):
            return None
        byte = data[begin + place]
        value |= (byte & 0x7F) << (7 * place)
        if byte < 0x80:  # the top bit says that another byte follows
            return value, begin + place + 1
    raise BrokenStreamError("a packet's length has more than four bytes")


def split(stream: bytearray) -> tuple[list[Publish], bytearray]:
    """Take all whole packets off the stream's front: PUBLISH packets parsed, the others as they are, in their order.

    QoS 2 stays with the others. Raises BrokenStreamError.
    """
    publishes: list[Publish] = []
    others = bytearray()
    begin = 0
    while begin + 1 < len(stream):
        length = read_length(stream, begin + 1)
        if length is None or length[1] + length[0] > len(stream):
            break
        end = length[1] + length[0]
        flags = stream[begin]
        if flags & _KIND == PUBLISH and (flags >> 1) & 3 < 2:
            publishes.append(_publish(flags, bytes(stream[length[1] : end])))
        else:
            others += stream[begin:end]
        begin = end
    del stream[:begin]
    return publishes, others


def _publish(flags: int, body: bytes) -> Publish:
    qos = (flags >> 1) & 3
    try:
        place = 2 + (body[0] << 8 | body[1])
        topic = body[2:place]
        mid = 0
        if qos:
            mid = body[place] << 8 | body[place + 1]
            place += 2
    except IndexError as error:
        raise BrokenStreamError("a PUBLISH is cut short") from error
    properties = read_length(body, place)
    if properties is None or place > len(body):
        raise BrokenStreamError("a PUBLISH is cut short")
    place = properties[1] + properties[0]
    return Publish(topic, body[place:], mid, qos, bool(flags & _RETAIN), bool(flags & _DUP))


def puback(mids: Iterable[int]) -> bytes:
    """Return the acknowledgements of these messages: success needs no reason code (§3.4.2.1)."""
    return b"".join([b"\x40\x02" + mid.to_bytes(2, "big") for mid in mids])


class TappedSocket:
    """Stands in for the socket paho reads and writes. Not blocking; its owner calls `fill` and `flush`."""

    def __init__(self, inner: socket) -> None:
        self._inner = inner
        self._stream = bytearray()
        self._for_paho = bytearray()
        self._unsent = bytearray()
        self._ended = False

    def fill(self) -> list[Publish]:
        """Read what has come and return the messages in it. Raises OSError, BrokenStreamError."""
        try:
            data = self._inner.recv(_READ_BYTES)
        except (BlockingIOError, ssl.SSLWantReadError, ssl.SSLWantWriteError):
            return []
        self._ended = not data
        self._stream += data
        publishes, others = split(self._stream)
        self._for_paho += others
        return publishes

    def has_more(self) -> bool:
        """Tell whether TLS has decrypted more than was read, which `select` cannot see."""
        return isinstance(self._inner, ssl.SSLSocket) and self._inner.pending() > 0

    def pending(self) -> int:
        """Return how much there is for paho to read; the end of the stream counts as something."""
        return len(self._for_paho) + self._ended

    def recv(self, size: int) -> bytes:
        """Return bytes of packets that are paho's, none at the stream's end. Raises BlockingIOError where none wait."""
        if not self._for_paho and not self._ended:
            raise BlockingIOError
        data = bytes(self._for_paho[:size])
        del self._for_paho[:size]
        return data

    def send(self, data: bytes | bytearray) -> int:
        """Take bytes to be sent by `flush`: many small packets leave in one."""
        self._unsent += data
        return len(data)

    @property
    def has_unsent(self) -> bool:
        """Tell whether `flush` has something left to do."""
        return bool(self._unsent)

    def flush(self) -> None:
        """Send as much as the network takes now. Raises OSError."""
        while self._unsent:
            try:
                sent = self._inner.send(self._unsent)
            except (BlockingIOError, ssl.SSLWantReadError, ssl.SSLWantWriteError):
                return
            del self._unsent[:sent]

    def fileno(self) -> int:
        """Return the socket's descriptor, for `select`."""
        return self._inner.fileno()

    def setblocking(self, flag: bool) -> None:  # noqa: FBT001 -- a socket's method
        """Pass on."""
        self._inner.setblocking(flag)

    def close(self) -> None:
        """Send what the network takes at once, and close the socket."""
        with contextlib.suppress(OSError):
            self.flush()
        self._inner.close()
