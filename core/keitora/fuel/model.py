"""Fuel over days, weeks and months, as it is read back."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Final, Literal, NamedTuple

Bucket = Literal["day", "week", "month"]
Grouping = Literal["vehicle", "fleet"]


class DayColumns(NamedTuple):
    """What is to be added to trucks' days, one place in each list for a day: trips (number) and distance (m)."""

    vehicle_ids: list[int]
    local_dates: list[date]
    trip_counts: list[int]
    distances_m: list[float]


NO_CHANGES: Final = DayColumns([], [], [], [])


@dataclass(frozen=True, slots=True)
class FuelBucket:
    """What was driven and used in one bucket of local days, by one truck or (`vehicle_id` None) the whole fleet.

    `economy_m` and `economy_l` are distance and fuel of those days only whose fuel is known for 95 % or more of the
    time the engine ran: economy must not divide all kilometres by part of the litres.
    """

    bucket_at: datetime
    bucket_local_date: date
    vehicle_id: int | None
    vehicle_name: str | None
    trip_count: int
    distance_m: float | None
    moving_s: float
    idle_s: float
    gap_s: float
    engine_known_s: float
    engine_on_s: float
    max_speed_kmh: float | None
    fuel_l: float | None
    fuel_plus_minus_l: float | None
    measured_l: float
    maf_l: float
    speed_density_l: float
    absolute_load_l: float
    road_load_l: float
    fuel_known_s: float
    economy_m: float | None
    economy_l: float | None
    energy_kwh: float | None
