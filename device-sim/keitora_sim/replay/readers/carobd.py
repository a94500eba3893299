"""CSV of carOBD (Raspberry Pi, Freematics): engine values twice a second, without any clock. Pure.

The seconds since the engine started are the only time in it, in whole seconds and 0 until it runs. Rows of one such
second are spread over it; where it does not count on (the engine stands, or a hole), rows keep their usual distance.
No date is in the file, so whoever replays it says when it was. Headers carry empty units, one of them is misspelt, and
each line ends in a comma. An equivalence ratio of 0 was never answered.
"""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import groupby
from typing import Final

from keitora.signals.check import Value
from keitora_sim.recording import RecordingError, Row
from keitora_sim.replay.readers.options import Options
from keitora_sim.replay.readers.remarks import Remarks
from keitora_sim.replay.readers.table import Table, header_of, number, parse
from keitora_sim.replay.source import Source

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_CLOCK: Final = "engine_run_s"
_COLUMNS: Final = {
    "ENGINE_RUN_TINE": _CLOCK,
    "ENGINE_RUN_TIME": _CLOCK,
    "ENGINE_RPM": "engine_rpm",
    "VEHICLE_SPEED": "speed_kmh",
    "THROTTLE": "throttle_pct",
    "ENGINE_LOAD": "engine_load_pct",
    "COOLANT_TEMPERATURE": "coolant_temp_c",
    "LONG_TERM_FUEL_TRIM_BANK_1": "long_fuel_trim_pct",
    "SHORT_TERM_FUEL_TRIM_BANK_1": "short_fuel_trim_pct",
    "INTAKE_MANIFOLD_PRESSURE": "map_kpa",
    "FUEL_TANK": "fuel_level_pct",
    "PEDAL_D": "pedal_pct",
    "FUEL_AIR_COMMANDED_EQUIV_RATIO": "lambda_ratio",
    "ABSOLUTE_BAROMETRIC_PRESSURE": "baro_kpa",
    "INTAKE_AIR_TEMP": "intake_temp_c",
    "CONTROL_MODULE_VOLTAGE": "battery_v",
}
_NEVER_ZERO: Final = frozenset({"lambda_ratio", "baro_kpa", "map_kpa"})
_USUAL_S: Final = 0.5
_LONGEST_STEP_S: Final = 5


def is_mine(head: str) -> bool:
    """Tell whether a text begins with the seconds since the start and the speed, by carOBD's names."""
    columns = _columns(header_of(head)).values()
    return _CLOCK in columns and "speed_kmh" in columns


def read(source: Source, options: Options, remarks: Remarks) -> Iterator[Row]:  # noqa: ARG001 -- every reader has these
    """Yield the rows of a log, which begins in 1970. Raises RecordingError if the columns are others.

    The file is gone through twice: first for the usual distance of rows.
    """
    table = parse(source.lines(), remarks.skipped)
    columns = _columns(table.header)
    if _CLOCK not in columns.values():
        raise RecordingError("not a carOBD log: no column ENGINE_RUN_TIME")
    remarks.has_clock = False
    usual_s = _usual_s(_rows(parse(source.lines(), Remarks().skipped), columns))
    at_s = 0.0
    waiting: list[dict[str, Value]] = []
    for clock, group in groupby(_rows(table, columns), key=_clock):
        step_s = clock - _clock(waiting[-1]) if waiting else 0.0
        distance_s = step_s / len(waiting) if 0 < step_s <= _LONGEST_STEP_S and _clock(waiting[-1]) > 0 else usual_s
        for values in waiting:
            yield Row(_EPOCH + timedelta(milliseconds=round(at_s * 1000)), values)
            at_s += distance_s
        waiting = list(group)
    for values in waiting:
        yield Row(_EPOCH + timedelta(milliseconds=round(at_s * 1000)), values)
        at_s += usual_s


def _columns(header: tuple[str, ...]) -> dict[int, str]:
    names = [heading.partition("(")[0].strip().upper() for heading in header]
    return {index: _COLUMNS[name] for index, name in enumerate(names) if name in _COLUMNS}


def _rows(table: Table, columns: dict[int, str]) -> Iterator[dict[str, Value]]:
    for line in table.lines:
        found = ((column, number(line[index])) for index, column in columns.items())
        yield {column: value for column, value in found if value or (value == 0 and column not in _NEVER_ZERO)}


def _clock(values: dict[str, Value]) -> float:
    return float(values.get(_CLOCK, 0))


def _usual_s(rows: Iterator[dict[str, Value]]) -> float:
    """Return the mean distance of rows while the clock counts on."""
    counted, seconds = 0, 0.0
    before: tuple[float, int] | None = None
    for clock, group in groupby(rows, key=_clock):
        count = sum(1 for _ in group)
        if before is not None and before[0] > 0 and 0 < clock - before[0] <= _LONGEST_STEP_S:
            counted, seconds = counted + before[1], seconds + clock - before[0]
        before = clock, count
    return seconds / counted if counted else _USUAL_S
