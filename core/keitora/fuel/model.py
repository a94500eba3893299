"""Days as fuel is asked for by, and what people's corrections add to them."""

from datetime import date
from typing import Final, Literal, NamedTuple

Bucket = Literal["day", "week", "month"]


class DayColumns(NamedTuple):
    """What is to be added to trucks' days, one place in each list for a day: trips (number) and distance (m)."""

    vehicle_ids: list[int]
    local_dates: list[date]
    trip_counts: list[int]
    distances_m: list[float]


NO_CHANGES: Final = DayColumns([], [], [], [])
