"""The KIT automotive OBD-II data set: about 11 rows a second, of which each refreshes one value. Pure.

The recorder asks for one value after the other and repeats all others in every row. A logger sends what it was
answered, so each row here holds only the value that was refreshed in it; which one that is follows from the rotation.
"""

import re
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from keitora.signals.check import Value
from keitora_sim.recording import RecordingError, Row
from keitora_sim.replay.readers import local_time
from keitora_sim.replay.readers.options import Options
from keitora_sim.replay.readers.remarks import Remarks
from keitora_sim.replay.readers.table import Table, header_of, number, parse
from keitora_sim.replay.source import Source

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


def is_mine(head: str) -> bool:
    """Tell whether a text begins as a KIT recording does: units in square brackets."""
    header = header_of(head)
    return len(header) > 1 and header[0].lower() == "time" and "[" in header[1] and any(_columns(header))


def read(source: Source, options: Options, remarks: Remarks) -> Iterator[Row]:
    """Yield the rows of a KIT recording; its file name holds the date. Raises RecordingError if it does not."""
    date = _DATE.search(source.name)
    if date is None:
        raise RecordingError(
            f"the date of a KIT recording is in its file name (2017-07-05_…); '{source.name}' has none"
        )
    table = parse(source.lines(), remarks.skipped)
    columns = _columns(table.header)
    if table.header[0].lower() != "time" or not any(columns):
        raise RecordingError("not a KIT recording: no column 'Time', or none of its signals")
    day = datetime(int(date[1]), int(date[2]), int(date[3]))  # noqa: DTZ001 -- local; the zone is added below
    local = local_time.with_midnights(_timed(table, remarks), day)
    for at, (line, refreshed) in local_time.in_utc(local, options.zone or _ZONE):
        yield Row(at, _values(line, columns, refreshed))


def _columns(header: Sequence[str]) -> list[str | None]:
    return [_COLUMNS.get(heading.partition("[")[0].strip().lower()) for heading in header[1:]]


def _timed(table: Table, remarks: Remarks) -> Iterator[tuple[timedelta, tuple[Sequence[str], frozenset[int]]]]:
    """Yield lines with their time of day and the fields that they refreshed."""
    rotation = Rotation(len(table.header) - 1)
    for line in table.lines:
        since_midnight = _time_of_day(line[0])
        if since_midnight is None:
            remarks.skipped["no readable time"] += 1
            continue
        yield since_midnight, (line[1:], rotation.refreshed(line[1:]))


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


class Rotation:
    """Which fields each line refreshed.

    A field that changed was refreshed. Where none changed, the one whose turn it is was answered with its old value:
    the turn goes round in column order, and every change tells anew whose it is.
    """

    def __init__(self, width: int) -> None:
        self._width = width
        self._before: Sequence[str] = [""] * width
        self._turn = 0

    def refreshed(self, line: Sequence[str]) -> frozenset[int]:
        """Return the fields that the next line refreshed."""
        changed = [index for index in range(self._width) if line[index] != self._before[index] and line[index]]
        refreshed = changed or [self._turn]
        last = max(refreshed, key=lambda index: (index - self._turn) % self._width)
        self._turn = (last + 1) % self._width
        self._before = line
        return frozenset(refreshed)
