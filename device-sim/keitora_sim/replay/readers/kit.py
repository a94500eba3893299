"""The KIT automotive OBD-II data set: about 11 rows a second, of which each refreshes one value. Pure.

The recorder asks for one value after the other and repeats all others in every row. A logger sends what it was
answered, so each row here holds only the value that was refreshed in it; which one that is follows from the rotation.
"""

import re
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from keitora.signals.check import Value
from keitora_sim.recording import Drive, RecordingError, Row
from keitora_sim.replay.readers import local_time
from keitora_sim.replay.readers.options import Options
from keitora_sim.replay.readers.table import number, parse, text_of

_ZONE: Final = ZoneInfo("Europe/Berlin")
_DATE: Final = re.compile(r"(\d{4})-(\d{2})-(\d{2})")
_TIME: Final = re.compile(r"(\d{1,2}):(\d{2}):(\d{2}(?:\.\d+)?)")
# Labels up to the unit, which stands in the header in two encodings.
_COLUMNS: Final = {
    "engine coolant temperature": "coolant_temp_c",
    "intake manifold absolute pressure": "map_kpa",
    "engine rpm": "engine_rpm",
    "vehicle speed sensor": "speed_kmh",
    "intake air temperature": "intake_temp_c",
    "air flow rate from mass flow sensor": "maf_gs",
    "absolute throttle position": "throttle_pct",
    "ambient air temperature": "ambient_temp_c",
    "accelerator pedal position d": "pedal_pct",
    "accelerator pedal position e": "pede",  # the second sensor of one pedal
}


def read(name: str, content: bytes, options: Options) -> Drive:
    """Return the drive in a KIT recording; its file name holds the date. Raises RecordingError if it does not."""
    date = _DATE.search(name)
    if date is None:
        raise RecordingError(f"the date of a KIT recording is in its file name (2017-07-05_…); '{name}' has none")
    table = parse(text_of(content))
    columns = [_COLUMNS.get(heading.partition("[")[0].strip().lower()) for heading in table.header[1:]]
    if table.header[0].lower() != "time" or not any(columns):
        raise RecordingError("not a KIT recording: no column 'Time', or none of its signals")
    times: list[timedelta] = []
    lines: list[tuple[str, ...]] = []
    for line in table.lines:
        since_midnight = _time_of_day(line[0])
        if since_midnight is None:
            table.skipped["no readable time"] += 1
            continue
        times.append(since_midnight)
        lines.append(line[1:])
    day = datetime(int(date[1]), int(date[2]), int(date[3]))  # noqa: DTZ001 -- local; the zone is added below
    utc = local_time.to_utc(local_time.with_midnights(times, day), options.time_zone or _ZONE)
    rows = []
    for at, line, refreshed in zip(utc, lines, refreshed_columns(lines), strict=True):
        rows.append(Row(at, _values(line, columns, refreshed)))
    return Drive(name, tuple(rows), table.skipped)


def _time_of_day(text: str) -> timedelta | None:
    match = _TIME.fullmatch(text)
    if match is None:
        return None
    hour, minute, second = match.groups()
    return timedelta(hours=int(hour), minutes=int(minute), milliseconds=round(float(second) * 1000))


def _values(line: Sequence[str], columns: Sequence[str | None], refreshed: frozenset[int]) -> dict[str, Value]:
    values: dict[str, Value] = {}
    for index in sorted(refreshed):
        column, value = columns[index], number(line[index])
        if column is not None and value is not None:
            values[column] = value
    return values


def refreshed_columns(lines: Sequence[Sequence[str]]) -> list[frozenset[int]]:
    """Return which fields each line refreshed.

    A field that changed was refreshed. Where none changed, the one whose turn it is was answered with its old value:
    the turn goes round in column order, and every change tells anew whose it is.
    """
    result = []
    width = len(lines[0]) if lines else 0
    before: Sequence[str] = [""] * width
    turn = 0
    for line in lines:
        changed = [index for index in range(width) if line[index] != before[index] and line[index]]
        refreshed = changed or [turn]
        result.append(frozenset(refreshed))
        last = max(refreshed, key=lambda index: (index - turn) % width)
        turn = (last + 1) % width
        before = line
    return result
