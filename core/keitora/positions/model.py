"""The newest that is known of a truck."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class LatestValues:
    """A truck's newest values, each group with the time it was taken; None where it never reported one.

    `speed_kmh` is the wheels' or, without those, the satellite receiver's. Speed and rpm above 0 that a device has only
    repeated for more than 60 s are None. `is_charging`: its last charge is not over, as far as is
    known.
    """

    vehicle_id: int
    vehicle_name: str
    sampled_at: datetime
    position_at: datetime | None
    lat: float | None
    lon: float | None
    altitude_m: float | None
    heading_deg: float | None
    accuracy_m: float | None
    speed_at: datetime | None
    speed_kmh: float | None
    engine_at: datetime | None
    engine_rpm: float | None
    coolant_at: datetime | None
    coolant_temp_c: float | None
    battery_at: datetime | None
    battery_v: float | None
    fuel_level_at: datetime | None
    fuel_level_pct: float | None
    soc_at: datetime | None
    soc_pct: float | None
    is_charging: bool | None = None
