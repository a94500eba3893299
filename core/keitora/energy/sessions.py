"""Charge sessions, from what a truck says while it stands at the cable. Pure."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Final

from keitora.energy.pack import Pack

SILENCE: Final = timedelta(minutes=30)
"""A truck that charges and says nothing for this long: what follows is another session, unless the charge rose on."""
CHARGER_EFFICIENCY: Final = 0.88
"""Alternating current drawn from the wall against what arrives: 10 to 15 % are lost in an on-board charger."""
LEAST_PCT: Final = 1.0
_CHARGING_KW: Final = 0.3


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What a truck said at a moment. `power_kw` into the battery is positive."""

    at: datetime
    soc_pct: float | None = None
    charging: bool | None = None
    power_kw: float | None = None
    moving: bool = False
    lat: float | None = None
    lon: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ChargeSession:
    """A charge: when, where, from and to which state of charge, what arrived in the battery and what was drawn (kWh).

    `added_kwh` is the integral of power where it was sampled, else by the state of charge and the learnt battery; None
    where neither is known. `is_integrated` tells which.
    """

    started_at: datetime
    ended_at: datetime
    lat: float | None
    lon: float | None
    from_soc_pct: float | None
    to_soc_pct: float | None
    added_kwh: float | None
    drawn_kwh: float | None
    is_integrated: bool


def sessions(readings: Iterable[Reading], pack: Pack | None = None) -> Iterator[ChargeSession]:
    """Yield the charges among readings in order of time.

    Charging is what the truck says; or power into the battery while it stands; or, where it says neither, a state of
    charge that has risen by a per cent since the last reading without its having moved.
    """
    run: list[Reading] = []
    last: Reading | None = None
    for reading in readings:
        charges = _charges(reading, last)
        stale = bool(run) and reading.at - run[-1].at > SILENCE
        if run and (not charges or (stale and not _rose(run[-1], reading))):
            yield from _closed(run, reading if not charges and not stale and not reading.moving else None, pack)
            run = []
        if charges:
            if (
                not run
                and last is not None
                and not last.moving
                and (_rose(last, reading) or reading.at - last.at <= SILENCE)
            ):
                run.append(last)  # the cable went in after it
            run.append(reading)
        last = reading
    if run:
        yield from _closed(run, None, pack)


def _charges(reading: Reading, last: Reading | None) -> bool:
    if reading.moving:
        return False
    if reading.charging is not None:
        return reading.charging
    if reading.power_kw is not None:
        return reading.power_kw >= _CHARGING_KW
    return last is not None and not last.moving and _rose(last, reading)


def _rose(one: Reading, other: Reading) -> bool:
    return one.soc_pct is not None and other.soc_pct is not None and other.soc_pct >= one.soc_pct + LEAST_PCT


def _closed(run: list[Reading], after: Reading | None, pack: Pack | None) -> Iterator[ChargeSession]:
    told = [reading.soc_pct for reading in (*run, *((after,) if after else ())) if reading.soc_pct is not None]
    from_pct, to_pct = (told[0], max(told)) if told else (None, None)
    integrated_kwh, covered_s = _integral(run)
    whole_s = (run[-1].at - run[0].at).total_seconds()
    is_integrated = whole_s > 0 and covered_s >= 0.9 * whole_s
    added_kwh = integrated_kwh if is_integrated else None
    if added_kwh is None and pack is not None and from_pct is not None and to_pct is not None:
        added_kwh = -pack.energy_kwh(from_pct, to_pct)
    grew = from_pct is not None and to_pct is not None and to_pct - from_pct >= LEAST_PCT
    if not grew and not (added_kwh or 0) > 0.1:
        return
    place = next((reading for reading in run if reading.lat is not None), run[0])
    yield ChargeSession(
        started_at=run[0].at,
        ended_at=run[-1].at,
        lat=place.lat,
        lon=place.lon,
        from_soc_pct=from_pct,
        to_soc_pct=to_pct,
        added_kwh=added_kwh,
        drawn_kwh=None if added_kwh is None else added_kwh / CHARGER_EFFICIENCY,
        is_integrated=is_integrated,
    )


def _integral(run: list[Reading]) -> tuple[float, float]:
    """Return the energy by power (kWh), and for how long power was known (s)."""
    energy_kws, covered_s = 0.0, 0.0
    for one, other in pairwise(run):
        lasted_s = (other.at - one.at).total_seconds()
        if one.power_kw is not None and other.power_kw is not None and lasted_s <= 300:
            energy_kws += (one.power_kw + other.power_kw) / 2 * lasted_s
            covered_s += lasted_s
    return energy_kws / 3600, covered_s
