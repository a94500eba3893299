"""Days as they are read back."""

from dataclasses import dataclass
from datetime import date


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
