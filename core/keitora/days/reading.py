"""Days of drivers, read from what statistics add up."""

from datetime import date
from zoneinfo import ZoneInfo

from psycopg import AsyncConnection

from keitora.days.model import DriverDay
from keitora.stats.buckets import spans
from keitora.stats.model import Stat, StatFilter
from keitora.stats.reading import StatQuestion, read_stats


async def driver_days(
    conn: AsyncConnection, *, fleet_id: int, zone: ZoneInfo, from_date: date, to_date: date
) -> list[DriverDay]:
    """Return what each driver of a fleet drove on each local day of [from_date, to_date), by day and driver.

    They are the trips as people see them: merged, split, corrected, and by the newest entry that names a driver. Of a
    day, the trips of nobody come last.
    """
    asked = StatQuestion(fleet_id=fleet_id, zone=zone, group_by="driver", which=StatFilter())
    told = await read_stats(conn, asked, spans=list(spans("day", from_date, to_date)), bucket="day", compare=False)
    return sorted(
        map(_day, told), key=lambda day: (day.local_date, day.driver_id is None, day.driver_name, day.driver_id)
    )


def _day(one: Stat) -> DriverDay:
    row = one.row
    return DriverDay(
        local_date=one.span.begins,
        driver_id=None if row.key is None else int(row.key),
        driver_name=row.name,
        trip_count=row.trip_count or 0,
        distance_m=row.distance_m,
        moving_s=row.moving_s,
        idle_s=row.idle_s or 0.0,
        engine_known_s=row.engine_known_s,
        engine_on_s=row.engine_on_s,
        fuel_l=row.fuel_l,
        energy_kwh=row.energy_kwh,
        cost=row.cost,
        co2_kg=row.co2_kg,
    )
