"""What each driver drove on each local day, from trips as people see them. Pure.

A trip's sums run through its days one after the other, so a piece of it, which reaches from one value of a sum to
another, has of each day what the two have in common. So the days of a trip's pieces add up to the trip, and to the
truck's days, whoever drove which piece.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime
from typing import Any, Final
from zoneinfo import ZoneInfo

from keitora.days.model import DriverDay, TripDay
from keitora.overlays.combine import share_before
from keitora.overlays.model import Piece, Seen, Shares

_SHARED_BY: Final = {
    "distance_m": "distance",
    "moving_s": "moving",
    "idle_s": "time",
    "engine_known_s": "time",
    "engine_on_s": "engine",
    "fuel_l": "fuel",
    "energy_kwh": "fuel",
    "cost": "fuel",
    "co2_kg": "fuel",
}
"""Which part of a split each sum goes by, as it is in `overlays.combine`."""

TripDays = Mapping[tuple[int, datetime], Sequence[TripDay]]
"""The days of derived trips in order, by truck and start."""


def days_of_drivers(seen: Seen, days: TripDays, zone: ZoneInfo) -> list[DriverDay]:
    """Return what was driven by day and driver; trips without a driver come last on their day.

    A trip counts on the local day it begins as people see it; so does what a correction by hand adds to its distance.
    """
    told: dict[tuple[date, int | None], DriverDay] = {}
    for one in seen.trips:
        began = one.trip.started_at.astimezone(zone).date()
        corrected_m = (one.trip.distance_m or 0.0) - (one.derived_distance_m or 0.0)
        parts = [TripDay(one.trip.vehicle_id, one.began_at, began, corrected_m or None, 0.0, 0.0, 0.0, 0.0, None, None)]
        for piece in one.pieces:
            parts += piece_days(piece, days.get((piece.trip.vehicle_id, piece.trip.started_at), ()), seen.shares)
        for number, part in enumerate(parts):
            key = (part.local_date, one.driver_id)
            before = told.get(key) or DriverDay(*key, one.driver_name, 0, None, 0.0, 0.0, 0.0, 0.0, None, None)
            told[key] = _with(before, part, trip_count=1 if number == 0 else 0)
    return sorted(
        told.values(), key=lambda day: (day.local_date, day.driver_id is None, day.driver_name, day.driver_id)
    )


def piece_days(piece: Piece, days: Sequence[TripDay], shares: Shares) -> list[TripDay]:
    """Return a piece's share of each of its trip's days; days it has nothing of are left out."""
    trip = piece.trip
    if piece.from_at == trip.started_at and piece.to_at == trip.ended_at:
        return list(days)
    begin, end = share_before(trip, piece.from_at, shares), share_before(trip, piece.to_at, shares)
    sums: list[dict[str, Any]] = [{} for _ in days]
    for name, part in _SHARED_BY.items():
        values: list[float | None] = [getattr(day, name) for day in days]
        total = sum(value or 0.0 for value in values)
        low, high = getattr(begin, part) * total, getattr(end, part) * total
        passed = 0.0
        for number, value in enumerate(values):
            until = passed + (value or 0.0)
            sums[number][name] = None if value is None else max(0.0, min(until, high) - max(passed, low))
            passed = until
    return [replace(day, **own) for day, own in zip(days, sums, strict=True) if any(own.values())]


def _with(day: DriverDay, part: TripDay, *, trip_count: int) -> DriverDay:
    return replace(
        day,
        trip_count=day.trip_count + trip_count,
        distance_m=_sum((day.distance_m, part.distance_m)),
        moving_s=day.moving_s + part.moving_s,
        idle_s=day.idle_s + part.idle_s,
        engine_known_s=day.engine_known_s + part.engine_known_s,
        engine_on_s=day.engine_on_s + part.engine_on_s,
        fuel_l=_sum((day.fuel_l, part.fuel_l)),
        energy_kwh=_sum((day.energy_kwh, part.energy_kwh)),
        cost=_sum((day.cost, part.cost)),
        co2_kg=_sum((day.co2_kg, part.co2_kg)),
    )


def _sum(values: Iterable[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return sum(known) if known else None
