"""A factor per truck and method, from full tanks. Pure.

Robust: the tanks' ratios (filled by estimated) are taken by their median, those far from it are left out and told as
jumps, and the factor is all litres filled over all litres estimated of the rest. Sums, because a pump that shut off
early once fills more the next time: over several tanks that cancels. When the last three tanks agree among each other
and not with the ones before (new tyres, another carburettor jet), a new factor begins with them; the old one keeps its
time, so earlier trips keep their cost.
"""

from collections.abc import Sequence
from dataclasses import replace
from math import log, sqrt
from statistics import median
from typing import Final

from keitora.calibration.model import Factor, Jump, Learnt, Tank
from keitora.fuel.methods import FuelMethod

ENOUGH: Final = 3
"""Tanks that must agree before a factor is used."""
MOSTLY: Final = 0.8
"""A tank teaches the method that made at least this share of its estimate."""
KNOWN_ENOUGH: Final = 0.9
AGREE: Final = 0.15
"""Tanks agree if their ratios lie within this of their median (relative, on a log scale)."""
MOST_FACTOR: Final = 3.0
_NINE_OF_TEN: Final = 1.645
_LEAST_UNCERTAINTY: Final = 0.02
_TANK_NOISE: Final = 0.04
"""A full tank is full to about a litre: relative scatter of one tank's ratio if there are too few to see it."""


def learn(tanks: Sequence[Tank]) -> Learnt:
    """Return the truck's factors and the tanks that fit none, in order of time."""
    factors: list[Factor] = []
    jumps: list[Jump] = []
    for method in FuelMethod:
        usable = sorted((tank for tank in tanks if _teaches(tank, method)), key=lambda tank: tank.from_at)
        segments = _segments(usable)
        for number, segment in enumerate(segments):
            found = _factor(method, segment)
            if found is None:
                continue
            factor, strays = found
            from_at = None if number == 0 else segment[0].from_at
            to_at = None if number == len(segments) - 1 else segments[number + 1][0].from_at
            factors.append(replace(factor, from_at=from_at, to_at=to_at))
            jumps += [_jump(method, tank, factor.factor) for tank in strays]
    return Learnt(tuple(factors), tuple(sorted(jumps, key=lambda jump: jump.from_at)))


def _teaches(tank: Tank, method: FuelMethod) -> bool:
    estimated_l = sum(tank.estimated_l.values())
    if estimated_l <= 0 or tank.filled_l <= 0 or tank.known_ratio < KNOWN_ENOUGH:
        return False
    return tank.estimated_l.get(method, 0.0) >= MOSTLY * estimated_l


def _ratio(tank: Tank) -> float:
    return log(tank.filled_l / sum(tank.estimated_l.values()))


def _segments(tanks: Sequence[Tank]) -> list[Sequence[Tank]]:
    """Cut where three tanks agree among each other and all lie off what the ones before agree on."""
    cuts = [0]
    for here in range(ENOUGH, len(tanks) - ENOUGH + 1):
        before, after = tanks[cuts[-1] : here], tanks[here : here + ENOUGH]
        if len(before) < ENOUGH:
            continue
        centre = median(map(_ratio, before))
        offs = [_ratio(tank) - centre for tank in after]
        same_way = all(off > AGREE for off in offs) or all(off < -AGREE for off in offs)
        if same_way and max(offs) - min(offs) <= AGREE:
            cuts.append(here)
    return [tanks[cut:end] for cut, end in zip(cuts, [*cuts[1:], len(tanks)], strict=True)]


def _factor(method: FuelMethod, tanks: Sequence[Tank]) -> tuple[Factor, list[Tank]] | None:
    if len(tanks) < ENOUGH:
        return None
    centre = median(map(_ratio, tanks))
    agreeing = [tank for tank in tanks if abs(_ratio(tank) - centre) <= AGREE]
    if len(agreeing) < ENOUGH or len(agreeing) <= len(tanks) / 2 or abs(centre) > log(MOST_FACTOR):
        return None
    estimated_l = sum(sum(tank.estimated_l.values()) for tank in agreeing)
    factor = sum(tank.filled_l for tank in agreeing) / estimated_l
    scatter = sqrt(sum((_ratio(tank) - log(factor)) ** 2 for tank in agreeing) / (len(agreeing) - 1))
    uncertainty = _NINE_OF_TEN * max(scatter, _TANK_NOISE) / sqrt(len(agreeing))
    strays = [tank for tank in tanks if abs(_ratio(tank) - centre) > AGREE]
    learnt = Factor(
        method=method,
        from_at=None,
        to_at=None,
        factor=factor,
        uncertainty_ratio=max(_LEAST_UNCERTAINTY, uncertainty),
        tank_count=len(agreeing),
    )
    return learnt, strays


def _jump(method: FuelMethod, tank: Tank, factor: float) -> Jump:
    expected_l = factor * sum(tank.estimated_l.values())
    return Jump(
        from_at=tank.from_at,
        to_at=tank.to_at,
        method=method,
        direction="more" if tank.filled_l > expected_l else "less",
        expected_l=expected_l,
        filled_l=tank.filled_l,
    )
