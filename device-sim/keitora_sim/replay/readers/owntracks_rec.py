"""Files of the OwnTracks recorder: time of arrival, kind and JSON, separated by tabs. Pure."""

import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Final

from keitora.signals.check import Value
from keitora_sim.recording import RecordingError, Row
from keitora_sim.replay.readers.local_time import believable
from keitora_sim.replay.readers.options import Options
from keitora_sim.replay.readers.remarks import Remarks
from keitora_sim.replay.source import Source

_LINE: Final = re.compile(r"\d{4}-\d\d-\d\dT[^\t]*\t[^\t]*\t\{")
_KEYS: Final = {
    "lat": "lat",
    "lon": "lon",
    "alt": "altitude_m",
    "acc": "accuracy_m",
    "vel": "gnss_speed_kmh",
    "cog": "heading_deg",
    "batt": "device_battery_pct",
}


def is_mine(head: str) -> bool:
    """Tell whether one of the first lines is an arrival time, a kind and JSON, separated by tabs."""
    return any(_LINE.match(line) for line in head.splitlines()[:5])


def read(source: Source, options: Options, remarks: Remarks) -> Iterator[Row]:  # noqa: ARG001 -- every reader has these
    """Yield the fixes of a recorder file, in the order they arrived. Raises RecordingError if no line is one."""
    count = 0
    for line in source.lines():
        if not line.strip():
            continue
        row = _row(line)
        if isinstance(row, Row):
            count += 1
            yield row
        else:
            remarks.skipped[row] += 1
    if not count:
        raise RecordingError("not an OwnTracks recorder file: no line of it is a location")


def _row(line: str) -> Row | str:
    """Return a fix, or why the line is none."""
    body = line.rpartition("\t")[2]
    try:
        message = json.loads(body)
    except (ValueError, RecursionError):
        return "line without whole JSON"
    if not isinstance(message, dict) or message.get("_type") != "location":
        return "not a location (presence, waypoint, …)"
    at = _time(message.get("tst"))
    if at is None:
        return "no readable time"
    values: dict[str, Value] = {
        column: message[key]
        for key, column in _KEYS.items()
        if isinstance(message.get(key), int | float) and not isinstance(message.get(key), bool)
    }
    return Row(at, values) if "lat" in values and "lon" in values else "location without position"


def _time(tst: object) -> datetime | None:
    """Read seconds since 1970, as number or text."""
    try:
        return believable(datetime.fromtimestamp(int(tst), UTC)) if isinstance(tst, int | float | str) else None
    except (ValueError, OverflowError, OSError):
        return None
