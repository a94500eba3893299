"""Days of drivers, read from the trips as people see them."""

from datetime import date, datetime, time, timedelta
from itertools import groupby
from typing import Final
from zoneinfo import ZoneInfo

from psycopg import AsyncConnection

from keitora.days.drivers import days_of_drivers
from keitora.days.model import DriverDay
from keitora.days.queries import read_trip_days
from keitora.overlays.reading import read_seen
from keitora.trips.queries import trips_touching

_MARGIN: Final = timedelta(days=2)
"""A trip's edge is corrected by a day at most, so it may count on a day it does not touch."""


async def driver_days(
    conn: AsyncConnection, *, fleet_id: int, zone: ZoneInfo, from_date: date, to_date: date
) -> list[DriverDay]:
    """Return what each driver of a fleet drove on each local day of [from_date, to_date), by day and driver.

    They are the trips as people see them: merged, split, corrected, and by the newest entry that names a driver.
    """
    from_at = datetime.combine(from_date, time(), zone) - _MARGIN
    to_at = datetime.combine(to_date, time(), zone) + _MARGIN
    trips = await trips_touching(conn, fleet_id=fleet_id, vehicle_ids=None, from_at=from_at, to_at=to_at)
    if not trips:
        return []
    seen = await read_seen(conn, fleet_id=fleet_id, trips=trips)
    started = [trip.started_at for trip in trips]
    shares = await read_trip_days(conn, fleet_id=fleet_id, from_at=min(started), to_at=max(started))
    days = {key: list(rows) for key, rows in groupby(shares, key=lambda row: (row.vehicle_id, row.started_at))}
    return [day for day in days_of_drivers(seen, days, zone) if from_date <= day.local_date < to_date]
