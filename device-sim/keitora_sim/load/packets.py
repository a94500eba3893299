"""The few packets of MQTT 3.1.1 that a sender needs, as bytes. Pure.

3.1.1 rather than 5: a PUBACK is then always four bytes, which is what makes thousands of them a second cheap to read.
"""

from collections.abc import Sequence
from typing import Final, NamedTuple

PING: Final = b"\xc0\x00"
DISCONNECT: Final = b"\xe0\x00"
CONNACK: Final = 0x20
PUBLISH: Final = 0x30
PUBACK: Final = 0x40
SUBACK: Final = 0x90
_DUP: Final = 0x08


class Packet(NamedTuple):
    """A packet that came: its kind (upper half of the first byte), the flags (lower half), and what follows."""

    kind: int
    flags: int
    body: bytes


def connect(client_id: str, user: str | None, password: str | None, keepalive_s: int) -> bytes:
    """Return a CONNECT with a clean session."""
    flags = 0x02 | (0x80 if user is not None else 0) | (0x40 if password is not None else 0)
    body = _text("MQTT") + bytes([4, flags]) + keepalive_s.to_bytes(2, "big") + _text(client_id)
    body += b"".join(_text(word) for word in (user, password) if word is not None)
    return b"\x10" + _length(len(body)) + body


def subscribe(message_id: int, topics: Sequence[str]) -> bytes:
    """Return a SUBSCRIBE at QoS 0: an answer that is lost is asked for again."""
    body = message_id.to_bytes(2, "big") + b"".join(_text(topic) + b"\x00" for topic in topics)
    return b"\x82" + _length(len(body)) + body


def publish_head(topic: str, payload_bytes: int, *, qos: int = 1, retain: bool = False) -> bytes:
    """Return what stands before the message number (QoS 1) or the payload (QoS 0) in a PUBLISH."""
    name = _text(topic)
    kind = bytes([PUBLISH | qos << 1 | retain])
    return kind + _length(len(name) + (2 if qos else 0) + payload_bytes) + name


def again(publish: bytes) -> bytes:
    """Return a PUBLISH marked as sent before."""
    return bytes([publish[0] | _DUP]) + publish[1:]


def split(data: bytes) -> tuple[list[Packet], bytes]:
    """Return the whole packets in what was read, and the torn rest."""
    found: list[Packet] = []
    at, end = 0, len(data)
    while end - at >= 2:
        if data[at] == PUBACK and data[at + 1] == 2:  # nearly everything that comes
            if end - at < 4:
                break
            found.append(Packet(PUBACK, 0, data[at + 2 : at + 4]))
            at += 4
            continue
        sized = _size(data, at + 1)
        if sized is None or sized[0] + sized[1] > end:
            break
        start, size = sized
        found.append(Packet(data[at] & 0xF0, data[at] & 0x0F, data[start : start + size]))
        at = start + size
    return found, data[at:]


def published(packet: Packet) -> tuple[str, bytes]:
    """Return topic and payload of a PUBLISH that came."""
    size = int.from_bytes(packet.body[:2], "big")
    skipped = 2 if packet.flags & 0x06 else 0
    return packet.body[2 : 2 + size].decode(), packet.body[2 + size + skipped :]


def _size(data: bytes, at: int) -> tuple[int, int] | None:
    """Return where a packet's body starts and how long it is; None while its length is not all there."""
    size = 0
    for index in range(4):
        if at + index >= len(data):
            return None
        size |= (data[at + index] & 0x7F) << 7 * index
        if data[at + index] < 0x80:
            return at + index + 1, size
    raise ValueError("a packet's length has more than four bytes")


def _length(size: int) -> bytes:
    out = bytearray()
    while True:
        size, low = divmod(size, 128)
        out.append(low | (0x80 if size else 0))
        if not size:
            return bytes(out)


def _text(value: str) -> bytes:
    raw = value.encode()
    return len(raw).to_bytes(2, "big") + raw
