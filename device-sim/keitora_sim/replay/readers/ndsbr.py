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
from array import array
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from statistics import median
from typing import Final

from keitora.signals.check import Value
from keitora_sim.recording import RecordingError, Row
from keitora_sim.replay.readers.local_time import believable
from keitora_sim.replay.readers.options import Options
from keitora_sim.replay.readers.remarks import Remarks
from keitora_sim.replay.readers.table import Table, header_of, number, parse
from keitora_sim.replay.source import Source

_BRAZIL: Final = timedelta(hours=3)  # behind UTC
_NONE: Final = timedelta(0)
_Pairing = tuple[str, str, timedelta]  # date column, time column, to add
# in the order of trust where they agree
_PAIRINGS: Final[tuple[_Pairing, ...]] = (
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


def is_mine(head: str) -> bool:
    """Tell whether a text begins as an NDS-BR table does."""
    return set(_NEEDED) <= set(header_of(head))


def read(source: Source, options: Options, remarks: Remarks) -> Iterator[Row]:  # noqa: ARG001 -- every reader has these
    """Yield a driver's trips in the order of the file. Raises RecordingError if the columns are others.

    The file is gone through twice: first for what its dates and altitudes mean.
    """
    survey = _survey(_table(source, Counter()))
    table = _table(source, remarks.skipped)
    before: dict[str, str] | None = None
    for line in table.dicts():
        at = _at(line, survey.pairing, month_first=survey.month_first)
        if at is None:
            remarks.skipped["no readable time"] += 1
            continue
        yield Row(at, _values(line, _usual(_altitude_m(line), survey.usual_altitude_m), before, remarks.skipped))
        before = line


def _table(source: Source, skipped: Counter[str]) -> Table:
    table = parse(source.lines(), skipped, delimiter=";")
    if missing := [column for column in _NEEDED if column not in table.header]:
        raise RecordingError(f"not an NDS-BR table: no column {', '.join(missing)}")
    return table


@dataclass(frozen=True, slots=True)
class _Survey:
    """What a whole file says of itself."""

    pairing: _Pairing
    month_first: bool
    usual_altitude_m: float


def _survey(table: Table) -> _Survey:
    """Find the pairing of date and time of day that leaves the fewest jumps and blanks, and the usual altitude."""
    tries = [_Try(pairing, month_first) for month_first in (False, True) for pairing in _PAIRINGS]
    big_first = big_second = False
    altitudes_m = array("d")
    for line in table.dicts():
        for date in _dates(line):
            big_first, big_second = big_first or int(date[1]) > 12, big_second or int(date[2]) > 12
        for one in tries:
            one.take(line)
        if (altitude_m := _altitude_m(line)) is not None:
            altitudes_m.append(altitude_m)
    month_first = big_second and not big_first
    best = min((one for one in tries if one.month_first == month_first), key=lambda one: one.fault_count)
    return _Survey(best.pairing, month_first, median(altitudes_m) if altitudes_m else 0.0)


class _Try:
    """One reading of the dates, and how often time jumps or is missing by it."""

    def __init__(self, pairing: _Pairing, month_first: bool) -> None:  # noqa: FBT001
        self.pairing = pairing
        self.month_first = month_first
        self.fault_count = 0
        self._before: tuple[datetime, str] | None = None

    def take(self, line: dict[str, str]) -> None:
        """Count the faults of one more line."""
        at = _at(line, self.pairing, month_first=self.month_first)
        if at is None:
            self.fault_count += 1
            return
        if self._before is not None and self._before[1] == line["TRIP"]:
            self.fault_count += not _NONE <= at - self._before[0] <= _LONGEST_HOLE
        self._before = at, line["TRIP"]


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


def _altitude_m(line: dict[str, str]) -> float | None:
    """Return the altitude: a field with its comma is in feet, one without in thousandths."""
    text = line.get("ALTITUDE_FT", "")
    value = number(text, decimal=",")
    if value is None:
        return None
    return round((value * 1000 if "," in text else value) * _METRES_PER_MILLIFOOT, 2)


def _usual(altitude_m: float | None, usual_m: float) -> float | None:
    """Leave out an altitude far from the file's usual one; all of them where that is too low to tell a lost digit."""
    if altitude_m is None or usual_m < 100:
        return None
    return altitude_m if usual_m / 3 < altitude_m < usual_m * 3 else None


def _dates(line: dict[str, str]) -> list[re.Match[str]]:
    return [m for column in ("DAY", "DAY_CORRIGIDO") if (m := _DATE.fullmatch(line.get(column, "")))]


def _at(line: dict[str, str], pairing: _Pairing, *, month_first: bool) -> datetime | None:
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
    if believable(midnight) is None:
        return None
    return midnight + timedelta(hours=int(time[1]), minutes=int(time[2]), seconds=int(time[3])) + shift
