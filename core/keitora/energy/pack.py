"""Energy from the state of charge alone, once volts and amperes have taught what a per cent holds. Pure.

A per cent is a share of the charge (ampere-hours), not of the energy: a full battery gives more for it, because its
voltage is higher. So two things are learnt: the charge, and how the voltage under load falls with the state of charge.
Where no voltage was ever sampled, kilowatt-hours per per cent are taken as constant.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import combinations
from math import sqrt
from statistics import median
from typing import Final

LEAST_SWING_PCT: Final = 4.0
"""A swing smaller than this is too small against the steps in which the state of charge is told."""
LEAST_LEARNT_PCT: Final = 15.0
"""So many per cent in all must have been seen with their energy before it is used."""
_NINE_OF_TEN: Final = 1.645
_LEAST_UNCERTAINTY: Final = 0.02
_SLOPE_SPAN_PCT: Final = 5.0
_STRAY: Final = 0.15
_MOST_V_A_PCT: Final = 0.01
"""A healthy pack loses less than this share of its voltage a per cent, between 10 and 100 per cent."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Swing:
    """A drive or charge of which both are known: the state of charge at its ends (%), and the energy (kWh).

    Energy drawn from the battery is positive. `mean_voltage_v`: over the time; None where it was not sampled.
    """

    from_soc_pct: float
    to_soc_pct: float
    energy_kwh: float
    mean_voltage_v: float | None = None

    @property
    def fall_pct(self) -> float:
        """Return by how much the state of charge fell (negative while charging)."""
        return self.from_soc_pct - self.to_soc_pct

    @property
    def middle_pct(self) -> float:
        """Return the state of charge half-way."""
        return (self.from_soc_pct + self.to_soc_pct) / 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Pack:
    """A battery as learnt: kWh a per cent at half charge, and how that changes with each per cent (ratio).

    `uncertainty_ratio`: nine times of ten a drive's energy lies within so much.
    """

    kwh_a_pct_at_half: float
    slope_ratio_a_pct: float
    uncertainty_ratio: float
    swing_count: int

    def energy_kwh(self, from_soc_pct: float, to_soc_pct: float) -> float:
        """Return the energy drawn between two states of charge (kWh); negative for a charge."""
        middle_pct = (from_soc_pct + to_soc_pct) / 2
        at_middle = self.kwh_a_pct_at_half * (1 + self.slope_ratio_a_pct * (middle_pct - 50))
        return at_middle * (from_soc_pct - to_soc_pct)

    @property
    def usable_kwh(self) -> float:
        """Return what a full battery gives until it is empty (kWh)."""
        return self.energy_kwh(100, 0)


def learn_pack(swings: Sequence[Swing]) -> Pack | None:
    """Return the battery that drives and charges have taught; None until enough of it was seen."""
    large = (swing for swing in swings if abs(swing.fall_pct) >= LEAST_SWING_PCT)
    usable = [swing for swing in large if swing.energy_kwh * swing.fall_pct > 0]
    if sum(abs(swing.fall_pct) for swing in usable) < LEAST_LEARNT_PCT:
        return None
    slope = _slope(usable)
    at_half = [
        (swing.energy_kwh / swing.fall_pct / (1 + slope * (swing.middle_pct - 50)), abs(swing.fall_pct))
        for swing in usable
    ]
    centre = _centre(at_half)
    off = [(one / centre - 1) ** 2 for one, _ in at_half if abs(one / centre - 1) < _STRAY]
    scatter = sqrt(sum(off) / max(1, len(off) - 1))
    return Pack(
        kwh_a_pct_at_half=centre,
        slope_ratio_a_pct=slope,
        uncertainty_ratio=max(_LEAST_UNCERTAINTY, _NINE_OF_TEN * scatter),
        swing_count=len(usable),
    )


def _slope(swings: Sequence[Swing]) -> float:
    """Return how the voltage changes with each per cent, as a share of that at half charge (Theil-Sen)."""
    told = [(swing.middle_pct, swing.mean_voltage_v) for swing in swings if swing.mean_voltage_v]
    slopes = [
        (volts - other_volts) / (pct - other_pct) / ((volts + other_volts) / 2)
        for (pct, volts), (other_pct, other_volts) in combinations(told, 2)
        if abs(pct - other_pct) >= _SLOPE_SPAN_PCT
    ]
    return min(_MOST_V_A_PCT, max(0.0, median(slopes))) if slopes else 0.0


def _centre(values: Sequence[tuple[float, float]]) -> float:
    """Return the mean by weight of the values that lie within 15 % of their median."""
    middle = median(value for value, _ in values)
    near = [(value, weight) for value, weight in values if abs(value / middle - 1) < _STRAY] or list(values)
    return sum(value * weight for value, weight in near) / sum(weight for _, weight in near)


@dataclass(frozen=True, slots=True)
class Aged:
    """What a battery gave when it was full, at some time (kWh)."""

    at: datetime
    usable_kwh: float


def fade_pct_a_year(history: Sequence[Aged]) -> float | None:
    """Return how much of its first capacity a battery loses a year (%); None before half a year has been seen.

    Slopes between all pairs at least half a year apart, their median: a cold month does not move it.
    """
    if len(history) < 3:
        return None
    first = median(one.usable_kwh for one in sorted(history, key=lambda one: one.at)[:3])
    slopes = []
    for one, other in combinations(history, 2):
        years = (other.at - one.at).total_seconds() / (365.25 * 86_400)
        if abs(years) >= 0.5:
            slopes.append((one.usable_kwh - other.usable_kwh) / years / first * 100)
    return median(slopes) if slopes else None
