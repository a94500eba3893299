"""The native format's fast lane: messages that hold nothing but known keys and numbers, as nearly all do.

It accepts a part of what `native.telemetry` accepts and means the same by it (tested); everything else, also whatever
is to be refused with a reason, takes that way. It exists because reading is half of the ingestor's work:
docs/decisions/0008-columns-not-rows.md has the figures.
"""

from functools import lru_cache
from typing import Annotated, Any, Final, Literal, NamedTuple

import msgspec
from msgspec import Meta

from keitora.errors import DecodeError
from keitora.samples.model import Decoded
from keitora.signals.registry import BY_WIRE
from keitora_ingestor.decode.bounds import Bounds, open_body
from keitora_ingestor.decode.native import MAX_OFFSET_MS

_Uint32 = Annotated[int, Meta(ge=0, le=2**32 - 1)]
_Milliseconds = Annotated[int, Meta(ge=0, le=2**53)]


class PlainBatch(msgspec.Struct, gc=False):
    """A native message as `keitora.wire.native.Telemetry` describes it; each row is its offset (ms) and its values."""

    v: Literal[1]
    b: _Uint32
    q: _Uint32
    u: _Milliseconds
    un: _Milliseconds
    c: Literal[0, 1, 2, 3]
    f: tuple[str, ...]
    r: list[list[float | bool | None]]
    t: _Milliseconds | None = None
    ak: bool = False
    bl: Annotated[int, Meta(ge=0)] | None = None
    n: Annotated[str, Meta(max_length=64)] | None = None


_DECODER: Final = msgspec.json.Decoder(PlainBatch)
_MAX_KEYS: Final = 128


class Plain(NamedTuple):
    """A plain message: as it was read, its rows' offsets (ms, whole numbers of 0 or more), its columns."""

    batch: PlainBatch
    offsets_ms: list[int]
    signals: tuple[str, ...]


@lru_cache(maxsize=512)
def signals_of(keys: tuple[str, ...]) -> tuple[str, ...] | None:
    """Return the columns of these wire keys, or None where one is unknown or stands twice."""
    if len(set(keys)) != len(keys) or len(keys) > _MAX_KEYS or not all(key in BY_WIRE for key in keys):
        return None
    return tuple(BY_WIRE[key].column for key in keys)


@lru_cache(maxsize=10_000)
def spoken_by(device_key: str) -> Decoded:
    """Return what a plain message says of its sender."""
    return Decoded(source="native", device_key=device_key)


def read_plain(payload: bytes, bounds: Bounds) -> Plain | None:
    """Return what a message says, or None where it is not plain."""
    try:
        batch = _DECODER.decode(open_body(payload, bounds))
    except (msgspec.DecodeError, UnicodeDecodeError, DecodeError):
        return None
    rows = batch.r
    if not 0 < len(rows) <= bounds.max_rows or (batch.c and batch.t is None):
        return None
    signals = signals_of(batch.f)
    if signals is None:
        return None
    offsets_ms = _offsets_ms(rows, len(signals) + 1)
    return None if offsets_ms is None else Plain(batch, offsets_ms, signals)


def _offsets_ms(rows: list[list[float | bool | None]], width: int) -> list[int] | None:
    """Return the rows' offsets, or None where one is out of range or no whole number, or a row has another width."""
    if len(rows) == 1:  # many devices send one row a message: no need of sets and lists for it
        offset: Any = rows[0][0] if len(rows[0]) == width else None
        is_whole = type(offset) is float and 0 <= offset <= MAX_OFFSET_MS and offset.is_integer()
        return [int(offset)] if is_whole else None
    if set(map(len, rows)) != {width}:
        return None
    offsets: list[Any] = [row[0] for row in rows]
    if set(map(type, offsets)) != {float}:
        return None
    whole = list(map(int, offsets))
    return whole if whole == offsets and min(whole) >= 0 and max(whole) <= MAX_OFFSET_MS else None
