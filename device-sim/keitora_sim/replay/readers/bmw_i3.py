"""The BMW i3 trips of TU Munich: an electric car at 10 Hz, volts and amperes of its battery. Pure.

Time counts in seconds from the start of the trip; no date is in the file, so whoever replays it says when it was.
Of the two states of charge, `SoC` is the battery's and is sent; `displayed SoC` is what the driver was shown of it.
Current below 0 discharges, as in our signal. Semicolons, Latin-1; trips of summer and winter differ in columns.
"""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Final

from keitora_sim.recording import RecordingError, Row
from keitora_sim.replay.readers.options import Options
from keitora_sim.replay.readers.remarks import Remarks
from keitora_sim.replay.readers.table import header_of, number, parse
from keitora_sim.replay.source import Source

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_TIME: Final = "time"
# Labels up to the unit, whose degree sign stands in more than one encoding.
_COLUMNS: Final = {
    "velocity": "speed_kmh",
    "elevation": "altitude_m",
    "throttle": "pedal_pct",
    "longitudinal acceleration": "accel_forward_ms2",
    "battery voltage": "hv_voltage_v",
    "battery current": "hv_current_a",
    "battery temperature": "hv_temp_c",
    "soc": "soc_pct",
    "ambient temperature": "ambient_temp_c",
}
_NEEDED: Final = frozenset({_TIME, "velocity", "battery voltage", "battery current"})


def is_mine(head: str) -> bool:
    """Tell whether a text begins with the header of such a trip."""
    return set(_labels(header_of(head))) >= _NEEDED


def read(source: Source, options: Options, remarks: Remarks) -> Iterator[Row]:  # noqa: ARG001 -- every reader has these
    """Yield the rows of a trip, which begins in 1970. Raises RecordingError if the columns are others."""
    table = parse(source.lines("latin-1"), remarks.skipped, delimiter=None)
    labels = _labels(table.header)
    if missing := sorted(_NEEDED - set(labels)):
        raise RecordingError(f"not a trip of the BMW i3 data: no column {', '.join(missing)}")
    remarks.has_clock = False
    columns = {index: _COLUMNS[label] for index, label in enumerate(labels) if label in _COLUMNS}
    time_index = labels.index(_TIME)
    for line in table.lines:
        elapsed_s = number(line[time_index])
        if elapsed_s is None or not 0 <= elapsed_s < 1e8:
            remarks.skipped["no readable time"] += 1
            continue
        values = ((column, number(line[index])) for index, column in columns.items())
        at = _EPOCH + timedelta(milliseconds=round(elapsed_s * 1000))
        yield Row(at, {column: value for column, value in values if value is not None})


def _labels(header: tuple[str, ...]) -> list[str]:
    return [heading.partition("[")[0].strip().lower() for heading in header]
