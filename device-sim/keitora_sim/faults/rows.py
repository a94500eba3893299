"""Faults of the logger itself: what it does not sample, or samples wrongly. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random
from typing import Final

from keitora_sim.faults.model import Faults
from keitora_sim.recording import Row

_TRIP_GAP: Final = timedelta(seconds=300)
_CAN_STICK: Final = (
    "engine_rpm",
    "map_kpa",
    "coolant_temp_c",
    "speed_kmh",
    "throttle_pct",
    "fuel_level_pct",
    "intake_temp_c",
)


@dataclass(frozen=True, slots=True)
class Struck:
    """A fault that happened: to how many rows, from when to when."""

    fault: str
    at: datetime
    until: datetime
    rows: int


@dataclass(frozen=True, slots=True)
class Boot:
    """Rows of one boot. The first `unclocked` of them were sampled before the logger knew the time."""

    rows: tuple[Row, ...]
    unclocked: int = 0


def strike(rows: Sequence[Row], faults: Faults, rng: Random) -> tuple[list[Boot], list[Struck]]:
    """Return a day's rows as boots, and the faults that struck them."""
    struck: list[Struck] = []
    kept = _without_supply(rows, faults, rng, struck)
    kept = _stuck(kept, faults, rng, struck)
    return _boots(kept, faults, rng, struck), struck


def count_of(rate_per_day: float, rng: Random) -> int:
    """Return how often something happens on a day that happens so often on average."""
    whole = int(rate_per_day)
    return whole + (rng.random() < rate_per_day - whole)


def _without_supply(rows: Sequence[Row], faults: Faults, rng: Random, struck: list[Struck]) -> list[Row]:
    kept = list(rows)
    for _ in range(count_of(faults.flat_battery_per_day, rng)):
        if not kept:
            break
        begins = rng.choice(kept).sampled_at
        ends = begins + timedelta(minutes=rng.uniform(30, 180))
        left = [row for row in kept if not begins <= row.sampled_at < ends]
        struck.append(Struck("flat_battery", begins, ends, len(kept) - len(left)))
        kept = left
    return kept


def _stuck(rows: Sequence[Row], faults: Faults, rng: Random, struck: list[Struck]) -> list[Row]:
    if not faults.stuck_value:
        return list(rows)
    made: list[Row] = []
    for part in _parts(rows):
        columns = [column for column in _CAN_STICK if any(column in row.values for row in part)]
        if not columns or rng.random() >= faults.stuck_value:
            made += part
            continue
        column = rng.choice(columns)
        held = next(row.values[column] for row in part if column in row.values)
        made += [Row(row.sampled_at, {**row.values, column: held}) if column in row.values else row for row in part]
        struck.append(Struck("stuck_value", part[0].sampled_at, part[-1].sampled_at, len(part)))
    return made


def _parts(rows: Sequence[Row]) -> list[list[Row]]:
    """Return rows parted where the truck was silent or parked for five minutes."""
    parts: list[list[Row]] = []
    for row in rows:
        if parts and row.sampled_at - parts[-1][-1].sampled_at < _TRIP_GAP:
            parts[-1].append(row)
        else:
            parts.append([row])
    return parts


def _boots(rows: Sequence[Row], faults: Faults, rng: Random, struck: list[Struck]) -> list[Boot]:
    if not rows:
        return []
    cuts = sorted(rng.randrange(len(rows)) for _ in range(count_of(faults.reboots_per_day, rng)))
    boots, start = [], 0
    for cut in [*cuts, len(rows)]:
        if cut <= start:
            continue
        part = tuple(rows[start:cut])
        unclocked = 0
        if rng.random() < faults.wrong_clock and len(part) > 20:
            unclocked = rng.randint(5, min(120, len(part) // 2))
            struck.append(Struck("wrong_clock", part[0].sampled_at, part[unclocked - 1].sampled_at, unclocked))
        boots.append(Boot(part, unclocked))
        start = cut
        if cut < len(rows):
            lost_until = rows[cut].sampled_at + timedelta(seconds=rng.uniform(3, 25))
            while start < len(rows) and rows[start].sampled_at < lost_until:
                start += 1
            struck.append(Struck("reboot", rows[cut].sampled_at, lost_until, start - cut))
    return boots
