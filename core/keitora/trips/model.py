"""Trips as they are read back, with what a reader asks beside the stored row."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

Order = Literal["asc", "desc"]


@dataclass(frozen=True, slots=True)
class StoredTrip:
    """A trip, with the name and the newest sample's time of its truck.

    Litres, energy, cost (in the fleet's currency) and CO2 are as they are told: calibrated, by the battery as learnt,
    at the rates of the day it began. `trip_end_s` is its fleet's: after so long without movement or data a trip has
    ended. `is_latest` tells whether the truck has no later trip.
    """

    vehicle_id: int
    vehicle_name: str
    started_at: datetime
    ended_at: datetime
    start_lat: float | None
    start_lon: float | None
    end_lat: float | None
    end_lon: float | None
    distance_m: float | None
    distance_source: str
    distance_second_m: float | None
    moving_s: float
    idle_s: float
    gap_s: float
    max_speed_kmh: float | None
    climb_m: float | None
    engine_known_s: float
    engine_on_s: float
    fuel_l: float | None
    fuel_plus_minus_l: float | None
    fuel_calibrated_ratio: float
    measured_l: float
    maf_l: float
    speed_density_l: float
    absolute_load_l: float
    road_load_l: float
    fuel_method: str | None
    fuel_known_s: float
    energy_kwh: float | None
    energy_plus_minus_kwh: float | None
    energy_method: str | None
    soc_from_pct: float | None
    soc_to_pct: float | None
    idle_l: float
    cost: float | None
    cost_plus_minus: float | None
    idle_cost: float | None
    co2_kg: float | None
    newest_sample_at: datetime | None
    trip_end_s: int
    is_latest: bool

    def in_progress(self, now: datetime) -> bool:
        """Tell whether the truck may still be on it: its last trip, and it spoke, and moved, within `trip_end_s`."""
        newest, open_for = self.newest_sample_at, timedelta(seconds=self.trip_end_s)
        if not self.is_latest or newest is None or now - newest >= open_for:
            return False
        return newest - self.ended_at < open_for


@dataclass(frozen=True, slots=True)
class TripKey:
    """What names a trip: its truck and its start, to the millisecond."""

    vehicle_id: int
    started_at: datetime


@dataclass(frozen=True, slots=True)
class TrackPoint:
    """Where the truck was at one moment of a trip. `device_id` 0: a point of the trace.

    `speed_kmh` is the wheels' or else the satellite receiver's.
    """

    device_id: int
    sampled_at: datetime
    lat: float
    lon: float
    accuracy_m: float | None
    speed_kmh: float | None
    altitude_m: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class TripFilter:
    """Which trips: those that began in [from_at, to_at), of these trucks; None leaves that side open.

    `nobodys`: leave out trips of which a driver is named for sure; a few others may have one all the same.
    """

    from_at: datetime | None = None
    to_at: datetime | None = None
    vehicle_ids: Sequence[int] | None = None
    nobodys: bool = False
