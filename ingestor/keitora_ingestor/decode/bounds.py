"""A message on its way to a decoder, and how much it may hold."""

import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

import zstandard

from keitora.errors import DecodeError

_GZIP: Final = b"\x1f\x8b"
_ZSTD: Final = b"\x28\xb5\x2f\xfd"


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounds:
    """Limits on one message: bytes as received, bytes decompressed, rows."""

    max_payload_bytes: int = 256 * 1024
    max_body_bytes: int = 1024 * 1024
    max_rows: int = 10_000


def _nothing_announced(_source: str, _device_key: str) -> Mapping[str, str]:
    return {}


@dataclass(frozen=True, slots=True, kw_only=True)
class Incoming:
    """What a decoder is given: the topic's levels, the payload, when it arrived (aware UTC), and the bounds.

    `units_of` tells, for a source and a device key, the units the device has announced before (see `Decoded.units`).
    """

    levels: tuple[str, ...]
    payload: bytes
    received_at: datetime
    bounds: Bounds
    units_of: Callable[[str, str], Mapping[str, str]] = _nothing_announced

    @property
    def received_ms(self) -> int:
        """When it arrived (Unix ms): the time of formats that tell none."""
        return round(self.received_at.timestamp() * 1000)

    def body(self) -> bytes:
        """Return the payload, decompressed if need be. Raises DecodeError as `open_body` does."""
        return open_body(self.payload, self.bounds)


def open_body(payload: bytes, bounds: Bounds) -> bytes:
    """Return the message's body, decompressed if its first bytes say gzip or zstd.

    Never holds more than the bound, whatever the compressed header promises. Raises DecodeError `too_large` or
    `bad_compression`.
    """
    if len(payload) > bounds.max_payload_bytes:
        raise DecodeError(
            "too_large", f"{len(payload)} bytes received, at most {bounds.max_payload_bytes} are accepted"
        )
    if payload.startswith(_GZIP):
        body = _gunzip(payload, bounds.max_body_bytes)
    elif payload.startswith(_ZSTD):
        body = _unzstd(payload, bounds.max_body_bytes)
    else:
        body = payload
    if len(body) > bounds.max_body_bytes:
        raise DecodeError("too_large", f"more than {bounds.max_body_bytes} bytes decompressed")
    return body


def _gunzip(payload: bytes, limit: int) -> bytes:
    stream = zlib.decompressobj(wbits=zlib.MAX_WBITS | 16)
    try:
        body = stream.decompress(payload, limit + 1)
    except zlib.error as error:
        raise DecodeError("bad_compression", f"gzip: {error}") from error
    if not stream.eof and len(body) <= limit:
        raise DecodeError("bad_compression", "gzip: the message is cut short")
    return body


def _unzstd(payload: bytes, limit: int) -> bytes:
    try:
        with zstandard.ZstdDecompressor(max_window_size=2**23).stream_reader(payload) as stream:
            return bytes(stream.read(limit + 1))
    except zstandard.ZstdError as error:
        raise DecodeError("bad_compression", f"zstd: {error}") from error
