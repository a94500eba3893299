"""Which moments a logger writes down: often on the move, seldom parked, and always where something changes. Pure."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from statistics import fmean
from typing import Final

from keitora.signals.check import Value
from keitora_sim.recording import Row
from keitora_sim.truck.model import Logger, Moment

_TURNED_DEG: Final = 25.0
_MEANS: Final = (
    *("engine_rpm", "map_kpa", "maf_gs", "lambda_ratio", "throttle_pct", "engine_load_pct"),
    *("hv_voltage_v", "hv_current_a"),
)
_READ_IN_TURN: Final = ("coolant_temp_c", "intake_temp_c", "baro_kpa", "fuel_level_pct")


@dataclass(frozen=True, slots=True)
class Sampling:
    """Seconds between rows; `on_turns`: also where the way bends, as trackers do."""

    moving_s: float
    idle_s: float
    parked_s: float
    on_turns: bool = False


USUAL: Final = {
    Logger.PHONE: Sampling(10, 30, 900),
    Logger.TRACKER: Sampling(5, 60, 600, on_turns=True),
    Logger.KLINE: Sampling(1, 5, 600),
    Logger.OBD_MAP: Sampling(1, 2, 600),
    Logger.OBD_MAF: Sampling(1, 2, 600),
    Logger.EV: Sampling(1, 5, 300),
}
"""What each tier does if nobody says otherwise."""


def sampled(moments: Iterable[Moment], how: Sampling) -> Iterator[Moment]:
    """Yield the moments that are written down."""
    last: Moment | None = None
    before: Moment | None = None
    for moment in moments:
        if last is None or before is None or _is_due(moment, before, last, how):
            last = moment
            yield moment
        before = moment


def gathered(moments: Iterable[Moment], how: Sampling, row_of: Callable[[Moment], Row]) -> Iterator[Row]:
    """Yield a row for each moment that is written down, with the means of engine and power since the row before.

    A logger that writes a row in ten seconds with what it reads in that very second misses how a truck pulls away, and
    its litres and kilowatt-hours are a fifth off; so firmware that writes seldom keeps the mean of each second.
    """
    read: dict[str, list[Value]] = {}
    last: Moment | None = None
    before: Moment | None = None
    for moment in moments:
        row = row_of(moment)
        for column in (*_MEANS, *_READ_IN_TURN):
            if column in row.values:
                read.setdefault(column, []).append(row.values[column])
        if last is None or before is None or _is_due(moment, before, last, how):
            last = moment
            yield _of_means(row, read)
            read.clear()
        before = moment


def _of_means(row: Row, read: Mapping[str, Sequence[Value]]) -> Row:
    means = {column: round(fmean(read[column]), 3) for column in _MEANS if column in read}
    others = {column: read[column][-1] for column in _READ_IN_TURN if column in read}
    return Row(row.sampled_at, {**row.values, **others, **means})


def _is_due(moment: Moment, before: Moment, last: Moment, how: Sampling) -> bool:
    if (moment.speed_ms > 0) != (before.speed_ms > 0) or moment.is_on != before.is_on:
        return True
    charging = moment.electric is not None and moment.electric.is_charging
    wait_s = how.moving_s if moment.speed_ms > 0 else how.idle_s if moment.is_on or charging else how.parked_s
    if moment.at - last.at >= timedelta(seconds=wait_s):
        return True
    turned_deg = abs((moment.heading_deg - last.heading_deg + 180) % 360 - 180)
    return how.on_turns and moment.speed_ms > 2 and turned_deg > _TURNED_DEG
