"""The rows the fold makes: trips, stops and days. One dataclass field is one column of the table of that name."""

from dataclasses import dataclass
from datetime import date, datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class TripRow:
    """A drive, from the first real movement to the last. None is unknown."""

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
    engine_on_s: float
    fuel_l: float | None
    fuel_plus_minus_l: float | None
    fuel_method: str | None
    fuel_known_s: float
    energy_kwh: float | None
    sample_count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class StopRow:
    """The truck standing between two trips; `ended_at` is None while it still does."""

    started_at: datetime
    ended_at: datetime | None
    lat: float | None
    lon: float | None
    engine_on_s: float
    fuel_l: float | None
    fuel_plus_minus_l: float | None
    fuel_known_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class DayRow:
    """A local day of the truck."""

    local_date: date
    trip_count: int
    distance_m: float
    moving_s: float
    idle_s: float
    gap_s: float
    engine_on_s: float
    max_speed_kmh: float | None
    fuel_l: float | None
    fuel_plus_minus_l: float | None
    fuel_known_s: float
    energy_kwh: float | None
    sample_count: int
