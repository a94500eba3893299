"""Shares of local days of trips that people merged, split or corrected. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, Final
from zoneinfo import ZoneInfo

from keitora.overlays.combine import share_before
from keitora.overlays.model import Piece, Seen, Shares
from keitora.stats.model import TripShare

_SHARED_BY: Final = {
    "distance_m": "distance",
    "moving_s": "moving",
    "idle_s": "time",
    "gap_s": "time",
    "engine_known_s": "time",
    "engine_on_s": "engine",
    "fuel_l": "fuel",
    "fuel_plus_minus_l": "fuel",
    "measured_l": "fuel",
    "maf_l": "fuel",
    "speed_density_l": "fuel",
    "absolute_load_l": "fuel",
    "road_load_l": "fuel",
    "fuel_known_s": "engine",
    "energy_kwh": "fuel",
    "cost": "fuel",
    "cost_plus_minus": "fuel",
    "idle_cost": "time",
    "co2_kg": "fuel",
}
"""Which part of a split each sum goes by, as it is in `overlays.combine`."""

_NULLABLE: Final = frozenset(
    {
        "distance_m",
        "fuel_l",
        "fuel_plus_minus_l",
        "energy_kwh",
        "cost",
        "cost_plus_minus",
        "idle_cost",
        "co2_kg",
    }
)
_NOTHING: Final[dict[str, Any]] = {name: None if name in _NULLABLE else 0.0 for name in _SHARED_BY}

DaysOfTrips = Mapping[tuple[int, datetime], Sequence[TripShare]]
"""The days of derived trips in order, by truck and start."""


def shares_of_seen(seen: Seen, days: DaysOfTrips, zone: ZoneInfo) -> list[TripShare]:
    """Return the trips' shares of their days as people see the trips.

    A trip counts on the local day it begins as people see it; so does what a correction by hand adds to its distance.
    Its other sums stay on the days they are of.
    """
    told: list[TripShare] = []
    for one in seen.trips:
        began = one.trip.started_at.astimezone(zone).date()
        first = one.pieces[0]
        corrected_m = (one.trip.distance_m or 0.0) - (one.derived_distance_m or 0.0)
        own = [
            share
            for piece in one.pieces
            for share in _piece_shares(piece, days.get((piece.trip.vehicle_id, piece.trip.started_at), ()), seen.shares)
        ]
        told.append(
            TripShare(
                **_NOTHING | {"distance_m": corrected_m or None},
                vehicle_id=one.trip.vehicle_id,
                started_at=first.trip.started_at,
                from_at=first.from_at,
                to_at=first.to_at,
                local_date=began,
                is_first=True,
                driver_id=one.driver_id,
                purpose=one.purpose,
                max_speed_kmh=None,
            )
        )
        told += [replace(share, driver_id=one.driver_id, purpose=one.purpose, is_first=False) for share in own]
    return told


def _piece_shares(piece: Piece, days: Sequence[TripShare], shares: Shares) -> Iterable[TripShare]:
    trip = piece.trip
    if piece.from_at == trip.started_at and piece.to_at == trip.ended_at:
        return days
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
    return [
        replace(day, from_at=piece.from_at, to_at=piece.to_at, **own)
        for day, own in zip(days, sums, strict=True)
        if any(own.values())
    ]
