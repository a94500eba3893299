"""Refuels and losses, with litres, from the tank's level: only from standstill to standstill. Pure.

What was filled in is the change of level and what was used meanwhile. Where the truck has not moved between two levels,
the same slope lies under both and they compare well; after a drive they do not, and a loss must be large to be told.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal

from keitora.geo import distance_m

LEAST_L: Final = 3.0
"""Less than a jerrycan's half is within what a sender of a 34 to 40 L tank can tell."""
_SAME_SPOT_M: Final = 60.0
_STOOD_PCT: Final = 3.0
_DROVE_PCT: Final = 7.0
_USED_UNSURE: Final = 0.35


@dataclass(frozen=True, slots=True)
class Level:
    """The tank's level over a time the truck stood (%), as it had settled and at last."""

    started_at: datetime
    ended_at: datetime
    lat: float | None
    lon: float | None
    first_pct: float
    last_pct: float


@dataclass(frozen=True, slots=True, kw_only=True)
class TankEvent:
    """Litres that came in (`refuel`) or went without being driven (`loss`: theft or leak), between two levels."""

    from_at: datetime
    to_at: datetime
    kind: Literal["refuel", "loss"]
    volume_l: float
    plus_minus_l: float
    from_pct: float
    to_pct: float
    lat: float | None
    lon: float | None


Used = Callable[[datetime, datetime], float | None]
"""Tells the litres used between two moments; None where they are not known."""


def tank_events(levels: Sequence[Level], *, tank_l: float, used: Used) -> list[TankEvent]:
    """Return a truck's refuels and losses in order of time. `used` is asked only where a level has changed a lot."""
    found: list[TankEvent | None] = []
    for number, level in enumerate(levels):
        if number:
            before = levels[number - 1]
            found.append(_between(before, level, tank_l, used))
        found.append(_judge(level, level.started_at, level.ended_at, level.first_pct, level.last_pct, tank_l, used))
    return [one for one in found if one is not None]


def _between(before: Level, after: Level, tank_l: float, used: Used) -> TankEvent | None:
    moved = not _same_spot(before, after)
    place = before if after.first_pct < before.last_pct else after
    return _judge(place, before.ended_at, after.started_at, before.last_pct, after.first_pct, tank_l, used, moved=moved)


def _judge(  # noqa: PLR0917 -- two ends of one stretch
    place: Level,
    from_at: datetime,
    to_at: datetime,
    from_pct: float,
    to_pct: float,
    tank_l: float,
    used: Used,
    *,
    moved: bool = False,
) -> TankEvent | None:
    rose_l = (to_pct - from_pct) * tank_l / 100
    if abs(rose_l) < LEAST_L / 2 or to_at <= from_at:
        return None
    used_l = used(from_at, to_at)
    if used_l is None:
        if moved and rose_l < 0:
            return None  # whether it was driven is not known
        used_l = 0.0
    came_l = rose_l + used_l
    plus_minus_l = (_DROVE_PCT if moved else _STOOD_PCT) * tank_l / 100 + _USED_UNSURE * used_l
    if abs(came_l) < max(LEAST_L, (1.0 if came_l > 0 else 1.5) * plus_minus_l):
        return None
    return TankEvent(
        from_at=from_at,
        to_at=to_at,
        kind="refuel" if came_l > 0 else "loss",
        volume_l=abs(came_l),
        plus_minus_l=plus_minus_l,
        from_pct=from_pct,
        to_pct=to_pct,
        lat=place.lat,
        lon=place.lon,
    )


def _same_spot(one: Level, other: Level) -> bool:
    if one.lat is None or one.lon is None or other.lat is None or other.lon is None:
        return False
    return distance_m(one.lat, one.lon, other.lat, other.lon) <= _SAME_SPOT_M


def level_change_l(levels: Sequence[Level], from_at: datetime, to_at: datetime, tank_l: float) -> float | None:
    """Return by how much the tank held more at the end of a time than at its beginning (L); None if not known."""
    inside = [one for one in levels if one.ended_at >= from_at and one.started_at <= to_at]
    if len(inside) < 2:
        return None
    first, last = inside[0], inside[-1]
    return (last.last_pct - first.first_pct) * tank_l / 100
