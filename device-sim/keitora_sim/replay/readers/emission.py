"""JSON of e-mission (OpenPATH): what a phone wrote in a day, of which the raw positions are read. Pure.

Times are Unix seconds. Android writes 0 for a speed, heading or altitude it does not know: left out. Speed is in m/s.
The list is read an entry at a time, however long it is.
"""

import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from keitora.signals.check import Value
from keitora_sim.recording import RecordingError, Row
from keitora_sim.replay.readers.options import Options
from keitora_sim.replay.readers.remarks import Remarks
from keitora_sim.replay.source import Source

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_LAST_S: Final = 4e9
_KEY: Final = "background/location"
_FIELDS: Final = {
    "altitude": ("altitude_m", 1.0),
    "sensed_speed": ("gnss_speed_kmh", 3.6),
    "heading": ("heading_deg", 1.0),
    "bearing": ("heading_deg", 1.0),
    "accuracy": ("accuracy_m", 1.0),
}
_LONGEST_ENTRY: Final = 1 << 20
_DECODE: Final = json.JSONDecoder().raw_decode
_BETWEEN: Final = re.compile(r"[\s,]*")


def is_mine(head: str) -> bool:
    """Tell whether a text begins as a list of entries with metadata and a key such as 'background/…'."""
    return head.lstrip()[:1] == "[" and '"metadata"' in head and ('"background/' in head or '"statemachine/' in head)


def read(source: Source, options: Options, remarks: Remarks) -> Iterator[Row]:  # noqa: ARG001 -- every reader has these
    """Yield the positions in the order of the file. Raises RecordingError if it is no such list."""
    count = 0
    for entry in _entries(source, remarks):
        row = _row(entry)
        if isinstance(row, Row):
            count += 1
            yield row
        else:
            remarks.skipped[row] += 1
    if not count:
        raise RecordingError(f"not e-mission JSON: no entry of it is a '{_KEY}'")


def _entries(source: Source, remarks: Remarks) -> Iterator[Any]:
    """Yield the list's entries, as far as the file goes."""
    text, has_begun = "", False
    for line in source.lines():
        text += line
        if not has_begun:
            text = text.lstrip()
            if text and text[0] != "[":
                return
            has_begun, text = bool(text), text[1:]
        if "}" in line:
            found, text = _whole(text)
            yield from found
        if len(text) > _LONGEST_ENTRY:
            remarks.skipped["entry of more than a megabyte; the rest was not read"] += 1
            return
    found, text = _whole(text)
    yield from found
    if text.strip() != "]":
        remarks.skipped["the file breaks off or is not well-formed from some point on"] += 1


def _whole(text: str) -> tuple[list[Any], str]:
    """Return the entries that a text holds whole, and what is left of it."""
    found: list[Any] = []
    start = 0
    while (match := _BETWEEN.match(text, start)) and match.end() < len(text):
        try:
            entry, start = _DECODE(text, match.end())
        except (ValueError, RecursionError):
            break
        found.append(entry)
    return found, text[start:]


def _row(entry: Any) -> Row | str:
    """Return a position, or why the entry is none."""
    if not isinstance(entry, dict):
        return "entry that is no object"
    metadata, data = entry.get("metadata"), entry.get("data")
    if not isinstance(metadata, dict) or not isinstance(data, dict) or metadata.get("key") != _KEY:
        return "not a raw position (motion, state, filtered position, …)"
    at_s, lat, lon = (_number(data.get(key)) for key in ("ts", "latitude", "longitude"))
    if at_s is None or lat is None or lon is None or not 0 < at_s < _LAST_S:
        return "position without coordinates or time"
    values: dict[str, Value] = {"lat": lat, "lon": lon}
    for field, (column, factor) in _FIELDS.items():
        if value := _number(data.get(field)):
            values[column] = value if factor == 1 else round(value * factor, 3)
    return Row(_EPOCH + timedelta(microseconds=round(at_s * 1e6)), values)


def _number(value: object) -> float | int | None:
    return value if isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < 1e12 else None
