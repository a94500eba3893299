"""OBD Fusion (iOS, Android) CSV: one row a second, phone GPS beside OBD-II values. Pure.

What a logger would have sent is passed on, garbage included: (0, 0) before the first fix, the sentinel 255 km/h, jumps.
What the app made up is not: a 0 for a value the engine computer never answered is left out, and what the app computes
itself (fuel rate from air flow, acceleration from speed) goes under keys of its own, not as a measured signal.
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

_ZONE: Final = ZoneInfo("America/Toronto")  # of the recordings this reader was made for; the file names none
_TIME: Final = re.compile(r"(\d{1,2})[/-](\d{1,2})[/-](\d{4}) (\d{1,2}):(\d{2}):(\d{2}(?:\.\d+)?)(?: ([AP])M)?")
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
_OTHER_UNITS: Final = frozenset({"mph", "miles/hour", "F", "°F", "psi", "inHg", "ft", "gal/hr", "lb/min"})
_PHONE_COLUMNS: Final = frozenset(_FROM_PHONE.values())
_ASKED: Final = (*_FROM_ENGINE.values(), *_COMPUTED_BY_APP.values())
_NEVER_ZERO: Final = frozenset({"map_kpa", "baro_kpa"})
_TRULY_ZERO: Final = frozenset({"speed_kmh", "engine_rpm", "appfr", "appacc"})


def read(name: str, content: bytes, options: Options) -> Drive:
    """Return the drive in an OBD Fusion export. Raises RecordingError if it is none, or not in metric units."""
    table = parse(text_of(content))
    columns = _columns(table.header)
    skipped = table.skipped
    times: list[datetime] = []
    lines: list[dict[str, Value]] = []
    for line in table.lines:
        at = _local(line[0])
        if at is None:
            skipped["no readable time"] += 1
            continue
        times.append(at)
        lines.append(_numbers(line, columns))
    utc = local_time.to_utc(times, options.time_zone or _ZONE)
    return Drive(name, tuple(Row(at, row) for at, row in zip(utc, _answered(lines), strict=True)), skipped)


def _columns(header: Sequence[str]) -> dict[int, str]:
    """Return the canonical column for each field we know."""
    if header[0].lower() != "time":
        raise RecordingError(f"not an OBD Fusion export: the first column is '{header[0]}', not 'Time'")
    columns: dict[int, str] = {}
    for index, heading in enumerate(header[1:], start=1):
        match = _HEADER.match(heading)
        label, unit = (match["label"].lower(), match["unit"]) if match else (heading.lower(), None)
        if label in _COLUMNS and unit in _OTHER_UNITS:
            raise RecordingError(f"'{heading}' is not metric: export the log again with metric units")
        if label in _COLUMNS:
            columns[index] = _COLUMNS[label]
    if not columns:
        raise RecordingError("not an OBD Fusion export: no column of it is known")
    return columns


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
    return day_start + timedelta(hours=hours, minutes=int(minute), milliseconds=round(float(second) * 1000))


def _numbers(line: Sequence[str], columns: dict[int, str]) -> dict[str, Value]:
    read_values = ((column, number(line[index])) for index, column in columns.items())
    return {column: value for column, value in read_values if value is not None}


def _answered(lines: list[dict[str, Value]]) -> list[dict[str, Value]]:
    """Drop the zeros that stand for 'not answered'.

    A column that is 0 throughout the file was never answered. A row in which everything the engine computer can answer
    is 0 at once was written before the first answer; so were the zeros before a column's first other value, except of
    speed and rpm, where 0 means standing. A pressure of 0 is none.
    """
    first_answer: dict[str, int] = {}
    for index, line in enumerate(lines):
        for column in _ASKED:
            if line.get(column) and column not in first_answer:
                first_answer[column] = 0 if column in _TRULY_ZERO else index
    return [_without_silence(line, {c for c, at in first_answer.items() if at <= i}) for i, line in enumerate(lines)]


def _without_silence(line: dict[str, Value], answering: set[str]) -> dict[str, Value]:
    phone = {column: value for column, value in line.items() if column in _PHONE_COLUMNS}
    engine = {column: value for column, value in line.items() if column in answering}
    if not any(engine.values()):
        return phone
    return phone | {column: value for column, value in engine.items() if value or column not in _NEVER_ZERO}
