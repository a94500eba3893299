"""The Brazilian naturalistic driving study (NDS-BR): satellite positions at 1 Hz, several trips a file. Pure.

* Time. `PR` is the time of day in Brazil (UTC−3; no summer time in the years of the study), the column named `03:00:00`
  the same in UTC. The study's own tools write `DAY_CORRIGIDO` beside `PR` and the recorder's `DAY` beside the UTC
  time; other files mix them, so every pairing is tried and the one in which time runs on without a jump is taken.
* `VALID_TIME` says whether the researchers could use that part of a trip (was there video, who sat in the car); it says
  nothing about the position. A logger would have sent those rows, so this reader does. What a logger never sends is the
  same fix again while the car moves: such a row is a filled hole, whatever its flag, and loses its position and speed.
* `ALTITUDE_FT` has lost its decimal comma: it counts thousandths of a foot. A value of another magnitude than the rest
  of the file (trailing zeros lost as well) is left out.
"""

import re
from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from statistics import median
from typing import Final

from keitora.signals.check import Value
from keitora_sim.recording import Drive, RecordingError, Row
from keitora_sim.replay.readers.options import Options
from keitora_sim.replay.readers.table import number, parse, text_of

_BRAZIL: Final = timedelta(hours=3)  # behind UTC
_NONE: Final = timedelta(0)
# (date column, time column, to add): in the order of trust where they agree
_PAIRINGS: Final = (
    ("DAY_CORRIGIDO", "PR", _BRAZIL),
    ("DAY", "03:00:00", _NONE),
    ("DAY", "PR", _BRAZIL),
    ("DAY_CORRIGIDO", "03:00:00", _NONE),
)
_NEEDED: Final = ("LONG", "LAT", "SPD_KMH", "TRIP")
_DATE: Final = re.compile(r"(\d{1,2})/(\d{1,2})/(\d{4})")
_TIME: Final = re.compile(r"(\d{1,2}):(\d{2}):(\d{2})")
_LONGEST_HOLE: Final = timedelta(hours=1)
_METRES_PER_MILLIFOOT: Final = 0.3048 / 1000
_MOVING_KMH: Final = 5.0


def read(name: str, content: bytes, options: Options) -> Drive:  # noqa: ARG001 -- every reader has these arguments
    """Return a driver's trips as one drive in time order. Raises RecordingError if the columns are others."""
    table = parse(text_of(content), delimiter=";")
    if missing := [column for column in _NEEDED if column not in table.header]:
        raise RecordingError(f"not an NDS-BR table: no column {', '.join(missing)}")
    lines = list(table.dicts())
    times = _times(lines)
    altitudes_m = _altitudes_m(lines)
    rows = []
    before: dict[str, str] | None = None
    for line, at, altitude_m in zip(lines, times, altitudes_m, strict=True):
        if at is None:
            table.skipped["no readable time"] += 1
            continue
        rows.append(Row(at, _values(line, altitude_m, before, table.skipped)))
        before = line
    return Drive(name, tuple(sorted(rows, key=lambda row: row.sampled_at)), table.skipped)


def _values(
    line: dict[str, str], altitude_m: float | None, before: dict[str, str] | None, skipped: Counter[str]
) -> dict[str, Value]:
    lat, lon = number(line["LAT"], decimal=","), number(line["LONG"], decimal=",")
    speed_kmh = number(line["SPD_KMH"], decimal=",")
    heading_deg = number(line.get("HEADING", ""), decimal=",")
    if before is not None and (speed_kmh or 0) > _MOVING_KMH and _is_repeat(line, before):
        skipped["position that repeats the one before at speed (row kept, position left out)"] += 1
        return {}
    if lat is None or lon is None or abs(lat) > 90 or abs(lon) > 180:
        skipped["position without its decimal comma (row kept, position left out)"] += 1
        lat = lon = None
    found = {
        "lat": lat,
        "lon": lon,
        "altitude_m": altitude_m,
        "gnss_speed_kmh": speed_kmh,
        "heading_deg": heading_deg,
    }
    return {column: value for column, value in found.items() if value is not None}


def _is_repeat(line: dict[str, str], before: dict[str, str]) -> bool:
    return all(line.get(column) == before.get(column) for column in ("LAT", "LONG", "SPD_KMH", "HEADING"))


def _altitudes_m(lines: Sequence[dict[str, str]]) -> list[float | None]:
    """Return altitudes (m): a field with its comma is in feet, one without in thousandths; odd ones are None."""
    found: list[float | None] = []
    for line in lines:
        text = line.get("ALTITUDE_FT", "")
        value = number(text, decimal=",")
        millifeet = None if value is None else value * 1000 if "," in text else value
        found.append(None if millifeet is None else round(millifeet * _METRES_PER_MILLIFOOT, 2))
    known = [altitude_m for altitude_m in found if altitude_m is not None]
    usual_m = median(known) if known else 0.0
    if usual_m < 100:
        return [None] * len(found)  # too low to tell a lost digit from a valley
    return [a if a is not None and usual_m / 3 < a < usual_m * 3 else None for a in found]


def _times(lines: Sequence[dict[str, str]]) -> list[datetime | None]:
    """Return UTC times by the pairing of date and time of day that leaves the fewest jumps and blanks."""
    month_first = any(int(m[2]) > 12 for line in lines for m in _dates(line)) and not any(
        int(m[1]) > 12 for line in lines for m in _dates(line)
    )
    candidates = [[_at(line, pairing, month_first=month_first) for line in lines] for pairing in _PAIRINGS]
    return min(candidates, key=lambda times: _faults(times, lines))


def _dates(line: dict[str, str]) -> list[re.Match[str]]:
    return [m for column in ("DAY", "DAY_CORRIGIDO") if (m := _DATE.fullmatch(line.get(column, "")))]


def _at(line: dict[str, str], pairing: tuple[str, str, timedelta], *, month_first: bool) -> datetime | None:
    date_column, time_column, shift = pairing
    date = _DATE.fullmatch(line.get(date_column, ""))
    time = _TIME.fullmatch(line.get(time_column, ""))
    if date is None or time is None:
        return None
    day, month = (date[2], date[1]) if month_first else (date[1], date[2])
    try:
        midnight = datetime(int(date[3]), int(month), int(day), tzinfo=UTC)
    except ValueError:
        return None
    return midnight + timedelta(hours=int(time[1]), minutes=int(time[2]), seconds=int(time[3])) + shift


def _faults(times: Sequence[datetime | None], lines: Sequence[dict[str, str]]) -> int:
    blanks = sum(at is None for at in times)
    stamped = [(at, line["TRIP"]) for at, line in zip(times, lines, strict=True) if at is not None]
    jumps = sum(
        not _NONE <= at - before <= _LONGEST_HOLE
        for (before, trip_before), (at, trip) in pairwise(stamped)
        if trip == trip_before
    )
    return blanks + jumps
