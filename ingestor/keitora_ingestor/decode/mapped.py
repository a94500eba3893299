"""Rows made of mapped values, and the generic mapper: any topic whose values a settings file gives a meaning.

`Row` is also how the decoders of the other formats with tables of keys (Teltonika, Traccar, …) fill their rows.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta, tzinfo
from typing import Final
from zlib import crc32

from pydantic_core import from_json

from keitora.errors import DecodeError
from keitora.samples.model import Block, ClockQuality, Decoded
from keitora.signals.check import Value, plausible
from keitora.signals.model import Kind
from keitora.signals.registry import BY_COLUMN
from keitora_ingestor.decode.bounds import Incoming
from keitora_ingestor.decode.mapping_file import Entry, Mapping, TimeRule, ValueRule, follow
from keitora_ingestor.decode.single import extra_name, storable, text_of

SOURCE: Final = "mapped"
MAX_KEPT_KEYS: Final = 32
CLOCK_SET_FROM_MS: Final = 1_262_304_000_000
_LARGEST: Final = 2**62
_PER_MS: Final = {"ms": 1, "us": 1000, "ns": 1_000_000}
_WORDS: Final = {"on": 1.0, "true": 1.0, "yes": 1.0, "off": 0.0, "false": 0.0, "no": 0.0}
_NO_VALUE: Final = frozenset({"", "nan", "none", "null", "unknown", "unavailable"})
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(slots=True)
class Row:
    """A row being filled: its time (Unix ms), what identifies it among rows of that time, and its values."""

    at_ms: int
    identity: str
    columns: dict[str, Value] = field(default_factory=dict)
    kept: dict[str, object] = field(default_factory=dict)
    refused: dict[str, object] = field(default_factory=dict)

    def put(self, column: str, raw: object, *, scale: float = 1.0, offset: float = 0.0) -> None:
        """Fill a signal with raw * scale + offset, or set the raw value aside. The first value stays; None is none."""
        if raw is None or column in self.columns:
            return
        signal = BY_COLUMN[column]
        value = None if isinstance(raw, bool) and signal.kind is not Kind.FLAG else _number(raw)
        if value is not None and (scale, offset) != (1.0, 0.0):
            value = round(value * scale + offset, 9)
        known = None if value is None else plausible(signal, value)
        if known is None:
            self.refused[column] = storable(raw)
        else:
            self.columns[column] = known

    def keep(self, key: str, raw: object) -> None:
        """Keep a value that is no signal as `x_<key>`: at most 32 a row, None never."""
        if raw is not None and len(self.kept) < MAX_KEPT_KEYS:
            self.kept[extra_name(key)] = storable(raw)

    def settle_position(self) -> None:
        """Set aside (0, 0), which receivers say before their first fix, and keep half a position beside the signals."""
        lat, lon = self.columns.get("lat"), self.columns.get("lon")
        if lat is not None and lon is not None and (lat, lon) != (0, 0):
            return
        for name in ("lat", "lon"):
            half = self.columns.pop(name, None)
            if lat is None or lon is None:
                self.keep(name, half)
        if lat is not None and lon is not None:
            self.refused["position"] = "0, 0"

    @property
    def sequence(self) -> int:
        """The row's number: a hash of what identifies it, the same for every copy."""
        return crc32(self.identity.encode(errors="replace"))

    def extra(self) -> dict[str, object] | None:
        """Return what is stored beside the signals, or None."""
        return {**self.kept, **({"refused": self.refused} if self.refused else {})} or None


def block_of(rows: Sequence[Row], quality: ClockQuality, *, max_rows: int) -> Block | None:
    """Return the rows that say anything as a block, or None. Raises DecodeError `too_many_rows`."""
    for row in rows:
        row.settle_position()
    rows = [row for row in rows if row.columns or row.kept or row.refused]
    if len(rows) > max_rows:
        raise DecodeError("too_many_rows", f"{len(rows)} rows, at most {max_rows} are accepted")
    if not rows:
        return None
    filled = dict.fromkeys(column for row in rows for column in row.columns)
    return Block(
        sequence=[row.sequence for row in rows],
        clock_quality=quality,
        at_ms=[row.at_ms for row in rows],
        columns={column: [row.columns.get(column) for row in rows] for column in filled},
        extra=[row.extra() for row in rows],
        refused_count=sum(len(row.refused) for row in rows),
    )


def decode_mapped(incoming: Incoming, mapping: Mapping) -> Decoded:
    """Decode a message by the first entry of the mapping that fits its topic and finds a value in it.

    The device key is the topic level `{device}` stands for. Raises DecodeError `unknown_topic`, `bad_device_key`,
    `bad_json` or `bad_text`.
    """
    fitting = [(entry, names) for entry in mapping.entries if (names := entry.names(incoming.levels)) is not None]
    if not fitting:
        raise DecodeError("unknown_topic", f"no mapping fits the topic {'/'.join(incoming.levels)!r}")
    body = incoming.body()
    for entry, names in fitting if body else []:
        decoded = _read(entry, names, incoming, body)
        if decoded.block is not None:
            return decoded
    return Decoded(source=SOURCE, device_key=device_key(fitting[0][1]["device"]))


def device_key(raw: object) -> str:
    """Return a device's name as text: 1 to 64 printable characters. Raises DecodeError `bad_device_key`."""
    if not isinstance(raw, str) or not 1 <= len(raw) <= 64 or not raw.isprintable():
        raise DecodeError("bad_device_key", f"{storable(raw)!r} is no device's name: 1 to 64 printable characters")
    return raw


def read_json(body: bytes) -> object:
    """Return what a JSON text says. Raises DecodeError `bad_json`."""
    try:
        return from_json(body)
    except ValueError as error:
        raise DecodeError("bad_json", str(error)) from error


def whole(raw: object) -> int | None:
    """Return a number, or a number written as text, as a whole number; None where it is none."""
    if isinstance(raw, str) and raw.isascii() and raw.isdigit() and len(raw) < 20:
        raw = int(raw)  # nanoseconds have more digits than a float holds
    if isinstance(raw, int):
        return None if isinstance(raw, bool) or abs(raw) >= _LARGEST else raw
    value = _number(raw)
    return None if value is None or not abs(value) < _LARGEST else math.floor(value)


def moment_ms(raw: object, unit: str, zone: tzinfo = UTC) -> int | None:
    """Return a time as Unix ms, or None. `unit`: s, ms, us, ns, or iso; `zone` is that of an ISO time without one."""
    if unit == "iso":
        return _iso_ms(raw, zone)
    if unit == "s" and isinstance(raw, float | str):
        seconds = _number(raw)
        return whole(round(seconds * 1000, 3)) if seconds is not None else None
    count = whole(raw)
    return None if count is None else count * 1000 if unit == "s" else count // _PER_MS[unit]


def _iso_ms(raw: object, zone: tzinfo) -> int | None:
    if not isinstance(raw, str):
        return None
    try:
        at = datetime.fromisoformat(raw.strip())
        at = at if at.tzinfo is not None else at.replace(tzinfo=zone)
        return (at - _EPOCH) // timedelta(milliseconds=1)
    except (ValueError, OverflowError):
        return None


def _number(raw: object) -> float | None:
    if isinstance(raw, str):
        try:
            return float(raw)
        except ValueError:
            return None
    if isinstance(raw, int | float) and (isinstance(raw, float) or abs(raw) < _LARGEST):
        return float(raw)
    return None


def _read(entry: Entry, names: dict[str, str], incoming: Incoming, body: bytes) -> Decoded:
    document = text_of(body) if entry.payload == "scalar" else read_json(body)
    key = device_key(names["device"])
    if not all(follow(document, path) == expected for path, expected in entry.conditions):
        return Decoded(source=SOURCE, device_key=key)
    topic = "/".join(incoming.levels)
    row = Row(incoming.received_ms, f"{topic} {crc32(body)}")
    for rule in entry.values:
        if rule.field is None or rule.field == names.get("field"):
            _fill(row, rule, follow(document, rule.steps))
    quality = ClockQuality.UPTIME if entry.time is None else _date(row, entry.time, document)
    return Decoded(source=SOURCE, device_key=key, block=block_of([row], quality, max_rows=incoming.bounds.max_rows))


def _fill(row: Row, rule: ValueRule, raw: object) -> None:
    if isinstance(raw, str):
        word = raw.strip().casefold()
        if word in _NO_VALUE and word not in rule.words:
            return
        raw = rule.words.get(word, _WORDS.get(word, raw))
    row.put(rule.signal, raw, scale=rule.scale, offset=rule.offset)


def _date(row: Row, rule: TimeRule, document: object) -> ClockQuality:
    """Date a row by its own time if that can be true; a clock that was never set leaves it at its arrival."""
    raw = follow(document, rule.steps)
    at_ms = moment_ms(raw, rule.format, rule.zone_info)
    if at_ms is None or at_ms < CLOCK_SET_FROM_MS:
        if raw is not None and (row.columns or row.refused):
            row.refused["time"] = storable(raw)
        return ClockQuality.UPTIME
    row.at_ms = at_ms
    return ClockQuality.SATELLITE if rule.clock == "satellite" else ClockQuality.NETWORK
