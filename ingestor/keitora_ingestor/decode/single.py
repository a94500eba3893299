"""Blocks of one row: for formats whose message is one moment, or one value."""

import json
import math
from collections.abc import Mapping
from typing import Final
from zlib import crc32

from keitora.errors import DecodeError
from keitora.samples.model import Block, ClockQuality
from keitora.signals.check import Value, plausible
from keitora.signals.model import Kind, Signal
from keitora.signals.registry import BY_COLUMN
from keitora_ingestor.decode.bounds import Incoming

MAX_EXTRA: Final = 128
"""Values without a column that one row keeps; electric cars' profiles send a hundred cell voltages."""
MAX_NAME_LENGTH: Final = 64
MAX_TEXT_LENGTH: Final = 1000
MAX_CLOCK_AHEAD_S: Final = 300
MAX_CLOCK_BEHIND_S: Final = 86_400
"""How far a device's clock may be from the time of arrival, where the device sends at once or never."""


def row_block(
    *,
    at_ms: int,
    clock_quality: ClockQuality,
    content: bytes,
    columns: Mapping[str, object],
    extra: Mapping[str, object] | None = None,
    refused: Mapping[str, object] | None = None,
    stale: Mapping[str, object] | None = None,
) -> Block | None:
    """Return a block of one row, or None where the message holds nothing to keep.

    `columns` are raw values by canonical column; what cannot be true is set aside under `refused` in the row's extra,
    with what the caller refused. `stale` is kept there too: values that the message itself shows to be old. A (0, 0)
    position is refused; half a position is kept as `x_lat` or `x_lon`, for no track can be made of it. `content` is
    what makes the row itself: the row number is its checksum, so the same message at the same instant is the same
    row, and another message is another row.
    """
    set_aside = dict(refused or {})
    kept: dict[str, Value] = {}
    for column, raw in columns.items():
        if raw is None:
            continue
        value = _true_value(BY_COLUMN[column], raw)
        if value is None:
            set_aside[column] = storable(raw)
        else:
            kept[column] = value
    halves = _without_half_position(kept, set_aside)
    more = {**halves, **_bounded(extra or {})}
    if set_aside:
        more["refused"] = set_aside
    if stale:
        more["stale"] = dict(stale)
    if not kept and not more:
        return None
    return Block(
        sequence=[crc32(content)],
        clock_quality=clock_quality,
        at_ms=[at_ms],
        columns={column: [value] for column, value in kept.items()},
        extra=[more or None],
        refused_count=len(set_aside),
    )


def message_content(incoming: Incoming) -> bytes:
    """Return what makes a message itself: its topic and payload."""
    return "/".join(incoming.levels).encode(errors="replace") + b"\0" + incoming.payload


def block_by_arrival(
    incoming: Incoming, columns: Mapping[str, object], extra: Mapping[str, object] | None = None
) -> Block | None:
    """Return a message's values as one row at the time it arrived, for formats that tell none; None if it has none."""
    return row_block(
        at_ms=incoming.received_ms,
        clock_quality=ClockQuality.UPTIME,
        content=message_content(incoming),
        columns=columns,
        extra=extra,
    )


def text_of(body: bytes) -> str:
    """Return a body as text without the space around it. Raises DecodeError `bad_text` if it is not UTF-8."""
    try:
        return body.decode().strip()
    except UnicodeDecodeError as error:
        raise DecodeError("bad_text", f"not UTF-8: {error}") from error


def near_clock_ms(incoming: Incoming, unix_s: object) -> int | None:
    """Return a device's time (Unix s) in ms if it can be true, else None.

    For devices that send at once or never: a time a day old or five minutes ahead is a clock that was not set.
    """
    if isinstance(unix_s, bool) or not isinstance(unix_s, int | float):
        return None
    received_s = incoming.received_ms / 1000
    if not received_s - MAX_CLOCK_BEHIND_S <= unix_s <= received_s + MAX_CLOCK_AHEAD_S:
        return None
    return round(unix_s * 1000)


def storable(value: object) -> object:
    """Return a value that JSON in the database can hold: no NaN, no infinity, no NUL character, nothing endless."""
    if isinstance(value, str):
        return value.replace("\x00", "\ufffd")[:MAX_TEXT_LENGTH]
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)
    if isinstance(value, int) and abs(value) >= 2**63:
        return hex(value)[:MAX_TEXT_LENGTH]
    if value is None or isinstance(value, bool | int | float):
        return value
    return json.dumps(value, default=str).replace("\\u0000", "\\ufffd")[:MAX_TEXT_LENGTH]


def extra_name(name: str) -> str:
    """Return the key a value without a column is kept under: `x_` and the device's own name for it."""
    return "x_" + name.replace("\x00", "\ufffd")[:MAX_NAME_LENGTH]


def _true_value(signal: Signal, raw: object) -> Value | None:
    if isinstance(raw, bool) and signal.kind is not Kind.FLAG:
        return None
    return plausible(signal, raw)


def _without_half_position(kept: dict[str, Value], set_aside: dict[str, object]) -> dict[str, object]:
    """Take out of `kept` what is no position; return its half, if it is one."""
    lat, lon = kept.get("lat"), kept.get("lon")
    if lat is not None and lon is not None and (lat, lon) != (0, 0):
        return {}
    kept.pop("lat", None)
    kept.pop("lon", None)
    if lat is not None and lon is not None:
        set_aside["position"] = "0, 0"
        return {}
    return {name: value for name, value in (("x_lat", lat), ("x_lon", lon)) if value is not None}


def _bounded(extra: Mapping[str, object]) -> dict[str, object]:
    kept = {name: storable(value) for name, value in list(extra.items())[:MAX_EXTRA] if value is not None}
    if len(extra) > MAX_EXTRA:
        kept["dropped_count"] = len(extra) - MAX_EXTRA
    return kept
