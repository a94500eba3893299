"""OBD Fusion (iOS, Android) CSV: one row a second, phone GPS beside OBD-II values. Pure.

What a logger would have sent is passed on, garbage included: (0, 0) before the first fix, the sentinel 255 km/h, jumps.
Units follow the app's settings and are converted. Times are local; the file names no zone.
What the app made up is not: a 0 for a value the engine computer never answered is left out, and what the app computes
itself (fuel rate from air flow, acceleration from speed) goes under keys of its own, not as a measured signal.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from typing import Final, NamedTuple

from keitora.signals.check import Value
from keitora_sim.recording import RecordingError, Row
from keitora_sim.replay.readers import local_time
from keitora_sim.replay.readers.options import Options
from keitora_sim.replay.readers.remarks import Remarks
from keitora_sim.replay.readers.table import Table, header_of, number, parse
from keitora_sim.replay.readers.units import CONVERSIONS, Conversion
from keitora_sim.replay.source import Source

_TIME: Final = re.compile(r"(\d{1,2})[/-](\d{1,2})[/-](\d{4}) (\d{1,2}):(\d{2}):(\d{2}(?:\.\d+)?)(?: ([AP])M)?")
_COMMENT: Final = "#"
_TIME_HEADING: Final = re.compile(r"time(?: \((?:sec|s)\))?", re.IGNORECASE)
_HEADER: Final = re.compile(r"(?P<label>[^(]*?)\s*(?:\((?P<unit>[^)]*)\))?$")

_FROM_PHONE: Final = {
    "latitude": "lat",
    "longitude": "lon",
    "altitude": "altitude_m",
    "gps speed": "gnss_speed_kmh",
}
_FROM_ENGINE: Final = {
    "vehicle speed": "speed_kmh",
    "engine rpm": "engine_rpm",
    "intake air temperature": "intake_temp_c",
    "mass air flow rate": "maf_gs",
    "intake manifold absolute pressure": "map_kpa",
    "barometric pressure": "baro_kpa",
    "fuel/air commanded equivalence ratio": "lambda_ratio",
    "ambient air temperature": "ambient_temp_c",
    "engine coolant temperature": "coolant_temp_c",
    "absolute throttle position": "throttle_pct",
    "calculated load value": "engine_load_pct",
}
_COMPUTED_BY_APP: Final = {"fuel rate": "appfr", "acceleration": "appacc"}
_COLUMNS: Final = _FROM_PHONE | _FROM_ENGINE | _COMPUTED_BY_APP
# How the app writes units that are not the signal's own.
_UNITS: Final = {
    "mph": CONVERSIONS["mph"],
    "miles/hour": CONVERSIONS["mph"],
    "f": CONVERSIONS["°F"],
    "°f": CONVERSIONS["°F"],
    "psi": CONVERSIONS["psi"],
    "inhg": CONVERSIONS["inHg"],
    "ft": CONVERSIONS["ft"],
    "lb/min": CONVERSIONS["lb/min"],
    "gal/hr": CONVERSIONS["gal/h"],
}
_PHONE_COLUMNS: Final = frozenset(_FROM_PHONE.values())
_ASKED: Final = (*_FROM_ENGINE.values(), *_COMPUTED_BY_APP.values())
_NEVER_ZERO: Final = frozenset({"map_kpa", "baro_kpa"})
_TRULY_ZERO: Final = frozenset({"speed_kmh", "engine_rpm", "appfr", "appacc"})


_Raw = dict[str, float | int]
"""Numbers of a line by canonical column, in the file's own units."""


class _Field(NamedTuple):
    """Where a column stands in a line, and what makes its unit of the file's."""

    place: int
    conversion: Conversion | None

    def value_of(self, raw: float) -> Value:
        """Return the value in the signal's unit."""
        return self.conversion.of(raw) if self.conversion else raw


def is_mine(head: str) -> bool:
    """Tell whether a text begins as an OBD Fusion export: a time, and known labels with units in round brackets."""
    lines = [line for line in head.splitlines() if line.strip() and not line.startswith(_COMMENT)]
    header = header_of("\n".join(lines[:1]))
    return bool(header) and _TIME_HEADING.fullmatch(header[0]) is not None and bool(_fields(header))


def read(source: Source, options: Options, remarks: Remarks) -> Iterator[Row]:
    """Yield the rows of an OBD Fusion export. Raises RecordingError if it is none.

    The file is gone through twice: first for what was ever answered.
    """
    first_answer = _first_answers(line for _, line in _opened(source, Remarks())[1])
    fields, lines = _opened(source, remarks)
    for at, raw in local_time.placed(_answered(lines, first_answer), options, remarks):
        yield Row(at, {column: fields[column].value_of(raw_value) for column, raw_value in raw.items()})


def _opened(source: Source, remarks: Remarks) -> tuple[dict[str, _Field], Iterator[tuple[datetime, _Raw]]]:
    """Return what the columns hold, and each line's local time and numbers."""
    comments: list[str] = []
    table = parse(_uncommented(source.lines(), comments), remarks.skipped)
    if _TIME_HEADING.fullmatch(table.header[0]) is None:
        raise RecordingError(f"not an OBD Fusion export: the first column is '{table.header[0]}', not 'Time'")
    fields = _fields(table.header)
    if not fields:
        raise RecordingError("not an OBD Fusion export: no column of it is known")
    started = next((at for text in comments if (at := _local(text.partition("=")[2].strip())) is not None), None)
    return fields, _timed(table, fields, started, remarks)


def _timed(
    table: Table, fields: dict[str, _Field], started: datetime | None, remarks: Remarks
) -> Iterator[tuple[datetime, _Raw]]:
    """Yield lines with a time; a comment `# StartTime = …` tells when a clock of seconds was 0."""
    for line in table.lines:
        at = _local(line[0])
        if at is None and started is not None and (elapsed_s := number(line[0])) is not None and abs(elapsed_s) < 1e8:
            at = started + timedelta(milliseconds=round(elapsed_s * 1000))
        if at is None:
            remarks.skipped["no readable time"] += 1
            continue
        numbers = ((column, number(line[field.place])) for column, field in fields.items())
        yield at, {column: value for column, value in numbers if value is not None}


def _answered(lines: Iterable[tuple[datetime, _Raw]], first_answer: dict[str, int]) -> Iterator[tuple[datetime, _Raw]]:
    begins_at: dict[int, set[str]] = {}
    for column, begins in first_answer.items():
        begins_at.setdefault(begins, set()).add(column)
    answering: set[str] = set()
    for index, (at, line) in enumerate(lines):
        answering |= begins_at.get(index, set())
        yield at, _without_silence(line, answering)


def _uncommented(lines: Iterator[str], comments: list[str]) -> Iterator[str]:
    for line in lines:
        if line.startswith(_COMMENT):
            comments.append(line)
        else:
            yield line


def _fields(header: Sequence[str]) -> dict[str, _Field]:
    """Return what each column we know is made from."""
    fields: dict[str, _Field] = {}
    for index, heading in enumerate(header[1:], start=1):
        match = _HEADER.match(heading)
        label, unit = (match["label"].lower(), match["unit"] or "") if match else (heading.lower(), "")
        if label in _COLUMNS:
            fields[_COLUMNS[label]] = _Field(index, _UNITS.get(unit.lower()))
    return fields


def _local(text: str) -> datetime | None:
    """Read month, day, year and a clock of 12 hours (or of 24, where no AM or PM follows)."""
    match = _TIME.fullmatch(text)
    if match is None:
        return None
    month, day, year, hour, minute, second, half = match.groups()
    hours = int(hour) % 12 + (12 if half == "P" else 0) if half else int(hour)
    try:
        day_start = datetime(int(year), int(month), int(day))  # noqa: DTZ001 -- local; the zone is added later
    except ValueError:
        return None
    since_midnight = timedelta(hours=hours, minutes=int(minute), milliseconds=round(float(second) * 1000))
    return local_time.believable(day_start + since_midnight)


def _first_answers(lines: Iterable[_Raw]) -> dict[str, int]:
    """Return from which line on each column was answered; see `_without_silence`.

    A column that is 0 throughout the file was never answered. The zeros before a column's first other value were
    written before the first answer, except of speed and rpm, where 0 means standing.
    """
    found: dict[str, int] = {}
    silent = set(_ASKED)
    for index, line in enumerate(lines):
        for column in silent & line.keys():
            if line[column]:
                found[column] = 0 if column in _TRULY_ZERO else index
                silent.discard(column)
    return found


def _without_silence(line: _Raw, answering: set[str]) -> _Raw:
    """Drop the zeros that stand for 'not answered'.

    A row in which everything the engine computer can answer is 0 at once was written before the first answer. A
    pressure of 0 is none.
    """
    phone = {column: value for column, value in line.items() if column in _PHONE_COLUMNS}
    engine = {column: value for column, value in line.items() if column in answering}
    if not any(engine.values()):
        return phone
    return phone | {column: value for column, value in engine.items() if value or column not in _NEVER_ZERO}
