"""CSV of a program that logs with python-OBD: a time, and columns with the names of that library's commands. Pure.

Most home-made loggers (Raspberry Pi, ELM327) write such files; they differ in delimiter and clock. The time is a
number of seconds or milliseconds since 1970, or ISO text; text without a zone is local. A number may have its unit.
Columns that are no command (a driving style, litres that were noted later) are not what the logger heard: left out.
Names of commands: https://python-obd.readthedocs.io/en/latest/Command%20Tables/
"""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Final

from keitora.signals.check import Value
from keitora_sim.recording import RecordingError, Row
from keitora_sim.replay.readers import local_time
from keitora_sim.replay.readers.options import Options
from keitora_sim.replay.readers.remarks import Remarks
from keitora_sim.replay.readers.table import Table, header_of, number, parse
from keitora_sim.replay.source import Source

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_TIMES: Final = frozenset({"timestamp", "time", "time_s", "time_ms", "datetime", "date_time", "ts", "unix_time"})
_MILLISECONDS_FROM: Final = 1e11  # as seconds that would be the year 5138
_LAST_S: Final = 4e9
_COLUMNS: Final = {
    "SPEED": "speed_kmh",
    "RPM": "engine_rpm",
    "COOLANT_TEMP": "coolant_temp_c",
    "OIL_TEMP": "oil_temp_c",
    "INTAKE_TEMP": "intake_temp_c",
    "INTAKE_PRESSURE": "map_kpa",
    "MAF": "maf_gs",
    "THROTTLE_POS": "throttle_pct",
    "ACCELERATOR_POS_D": "pedal_pct",
    "ENGINE_LOAD": "engine_load_pct",
    "ABSOLUTE_LOAD": "absolute_load_pct",
    "COMMANDED_EQUIV_RATIO": "lambda_ratio",
    "SHORT_FUEL_TRIM_1": "short_fuel_trim_pct",
    "LONG_FUEL_TRIM_1": "long_fuel_trim_pct",
    "BAROMETRIC_PRESSURE": "baro_kpa",
    "RUN_TIME": "engine_run_s",
    "FUEL_RATE": "fuel_rate_lph",
    "FUEL_LEVEL": "fuel_level_pct",
    "CONTROL_MODULE_VOLTAGE": "battery_v",
    "ELM_VOLTAGE": "battery_v",
    "HYBRID_BATTERY_REMAINING": "soc_pct",
    "AMBIANT_AIR_TEMP": "ambient_temp_c",
}
_MOVING: Final = frozenset({"SPEED", "RPM"})


def is_mine(head: str) -> bool:
    """Tell whether a text begins with a time and at least two commands, speed or rpm among them."""
    header = header_of(head)
    names = _COLUMNS.keys() & set(header)
    return _time_index(header) is not None and len(names) >= 2 and bool(names & _MOVING)


def read(source: Source, options: Options, remarks: Remarks) -> Iterator[Row]:
    """Yield the rows of a log. Raises RecordingError if no column is a time, or none a command."""
    table = parse(source.lines(), remarks.skipped, delimiter=None)
    time_index = _time_index(table.header)
    columns = {index: _COLUMNS[name] for index, name in enumerate(table.header) if name in _COLUMNS}
    if time_index is None or not columns:
        raise RecordingError("not a log of python-OBD: no column is a time, or none has the name of a command")
    for at, values in local_time.placed(_timed(table, time_index, columns, remarks), options, remarks):
        yield Row(at, values)


def _time_index(header: Sequence[str]) -> int | None:
    return next((index for index, name in enumerate(header) if name.lower() in _TIMES), None)


def _timed(
    table: Table, time_index: int, columns: dict[int, str], remarks: Remarks
) -> Iterator[tuple[datetime, dict[str, Value]]]:
    for line in table.lines:
        at = _time(line[time_index])
        if at is None:
            remarks.skipped["no readable time"] += 1
            continue
        found = ((column, _number(line[index])) for index, column in columns.items())
        yield at, {column: value for column, value in found if value is not None}


def _number(text: str) -> float | int | None:
    return number(text.partition(" ")[0])  # '12.5 percent' is how the library prints a value


def _time(text: str) -> datetime | None:
    """Read a Unix time in seconds or milliseconds, or ISO text, which is naive where it names no zone."""
    unix = number(text)
    if unix is not None:
        seconds = unix / 1000 if unix >= _MILLISECONDS_FROM else unix
        return _EPOCH + timedelta(microseconds=round(seconds * 1e6)) if 0 < seconds < _LAST_S else None
    try:
        return local_time.believable(datetime.fromisoformat(text))
    except ValueError:
        return None
