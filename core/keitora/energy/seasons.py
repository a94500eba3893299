"""The battery as it was in each quarter of a year: it fades, and gives less in winter. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from keitora.energy.pack import Aged, Pack, Swing, learn_pack

_REACH: Final = timedelta(days=90)
_NOMINAL_SHARE: Final = 0.90
"""Usable part of a nominal capacity: makers keep 5 to 15 % back (BMW i3 94 Ah: 27.2 of 33.2 kWh; MiEV: about 0.9)."""
_NOMINAL_UNCERTAINTY: Final = 0.12


@dataclass(frozen=True, slots=True)
class DatedSwing:
    """A swing of the state of charge whose energy is known, and when it ended."""

    at: datetime
    swing: Swing


@dataclass(frozen=True, slots=True)
class Season:
    """The battery as learnt, in [valid_from, valid_to); None leaves a side open."""

    valid_from: datetime | None
    valid_to: datetime | None
    pack: Pack


def seasons(swings: Sequence[DatedSwing], *, nominal_kwh: float | None) -> list[Season]:
    """Return what a per cent held in each quarter, learnt from its swings and those of the 90 days before it.

    A quarter that teaches too little goes on with what was known. Where nothing was learnt at all the nominal capacity
    stands in, with its uncertainty; with none there is no battery to tell of.
    """
    ordered = sorted(swings, key=lambda one: one.at)
    learnt: list[tuple[datetime, Pack]] = []
    begin = _quarter(ordered[0].at) if ordered else None
    while begin is not None and begin <= ordered[-1].at:
        end = _quarter(begin + timedelta(days=100))
        pack = learn_pack([one.swing for one in ordered if begin - _REACH <= one.at < end])
        if pack is not None and (not learnt or learnt[-1][1] != pack):
            learnt.append((begin, pack))
        begin = end
    if not learnt:
        whole = learn_pack([one.swing for one in ordered]) or _nominal(nominal_kwh)
        return [] if whole is None else [Season(None, None, whole)]
    ends = [begin for begin, _ in learnt[1:]]
    return [
        Season(None if number == 0 else begin, ends[number] if number < len(ends) else None, pack)
        for number, (begin, pack) in enumerate(learnt)
    ]


def season_at(known: Sequence[Season], at: datetime) -> Season | None:
    """Return the battery at a moment."""
    for one in known:
        if (one.valid_from is None or at >= one.valid_from) and (one.valid_to is None or at < one.valid_to):
            return one
    return None


def history(known: Sequence[Season]) -> list[Aged]:
    """Return what a full battery gave, quarter by quarter, as far as it was learnt."""
    aged: list[Aged] = []
    for one in known:
        at = one.valid_from if one.valid_from is not None or one.valid_to is None else one.valid_to - _REACH
        if at is not None and one.pack.swing_count > 0:
            aged.append(Aged(at, one.pack.usable_kwh))
    return aged


def _nominal(nominal_kwh: float | None) -> Pack | None:
    if nominal_kwh is None:
        return None
    return Pack(
        kwh_a_pct_at_half=_NOMINAL_SHARE * nominal_kwh / 100,
        slope_ratio_a_pct=0.0,
        uncertainty_ratio=_NOMINAL_UNCERTAINTY,
        swing_count=0,
    )


def _quarter(at: datetime) -> datetime:
    return datetime(at.year, 3 * ((at.month - 1) // 3) + 1, 1, tzinfo=UTC)
