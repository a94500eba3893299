"""Days as they are read back."""

from dataclasses import dataclass
from datetime import date, datetime


@dataclass(frozen=True, slots=True)
class DriverDay:
    """What a driver drove on a local day, over all trucks. `driver_id` None: nobody is entered as the driver.

    A trip across midnight belongs to both days with its shares, and counts as a trip on the day it began.
    """

    local_date: date
    driver_id: int | None
    driver_name: str | None
    trip_count: int
    distance_m: float | None
    moving_s: float
    idle_s: float
    engine_known_s: float
    engine_on_s: float
    fuel_l: float | None
    energy_kwh: float | None
    cost: float | None = None
    co2_kg: float | None = None


@dataclass(frozen=True, slots=True)
class VehicleDay:
    """A truck's local day: its trips' shares of it, as corrected by hand, and the fuel used standing."""

    vehicle_id: int
    vehicle_name: str
    local_date: date
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
    fuel_known_s: float
    energy_kwh: float | None
    energy_plus_minus_kwh: float | None
    idle_l: float
    cost: float | None
    cost_plus_minus: float | None
    idle_cost: float | None
    co2_kg: float | None
    odometer_km: float | None
    odometer_at: datetime | None
    rest_battery_v: float | None
    rest_ambient_temp_c: float | None
