"""Days of drivers, and the own odometer, over what the fold stored."""

import asyncio
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import psycopg
import pytest
from psycopg import AsyncConnection

from keitora.days.model import DriverDay
from keitora.days.reading import driver_days
from keitora.drivers.queries import create_driver
from keitora.odometer.queries import read_own
from tests.core.derive.drives import START_MS, Stretch, drive
from tests.ingestor.conftest import Yard, yard
from tests.system.derived import derive_all
from tests.system.test_arrival_order import messages

__all__ = ["yard"]

MIDNIGHT_MS = START_MS + 14 * 3_600_000  # in Tokyo
TOKYO = ZoneInfo("Asia/Tokyo")
LATER = datetime(2026, 4, 9, tzinfo=UTC)


@pytest.fixture
def night_drive(yard: Yard) -> Yard:
    """Ten minutes at 36 km/h, half of them before midnight; then an hour's pause and another drive."""
    uneven = [Stretch(10, 35, 2000), Stretch(10, 37, 2100)] * 30
    course = [*uneven, Stretch(3600, 0, 0), *uneven, Stretch(3600, 0, 0)]
    samples = list(drive(course, start_ms=MIDNIGHT_MS - 300_000, every_s=5))
    yard.send_all(messages(samples, "carry-1", 200), received_at=LATER)
    derive_all(yard.conn)
    return yard


def days_of(url: str, fleet_id: int) -> list[DriverDay]:
    async def ask() -> list[DriverDay]:
        async with await AsyncConnection.connect(url) as conn:
            return await driver_days(
                conn, fleet_id=fleet_id, zone=TOKYO, from_date=date(2026, 4, 1), to_date=date(2026, 4, 4)
            )

    return asyncio.run(ask())


def enter_driver(conn: psycopg.Connection[Any], yard: Yard, driver_id: int, at_ms: int) -> None:
    conn.execute(
        "INSERT INTO trip_overlay (fleet_id, vehicle_id, anchor_at, driver_id, entered_by)"
        " VALUES (%s, %s, to_timestamp(%s), %s, 'test')",
        [yard.fleet_id, yard.vehicle_id, at_ms / 1000, driver_id],
    )


def test_a_drive_over_midnight_is_shared_between_the_days_of_its_driver(night_drive: Yard, database_url: str) -> None:
    yard = night_drive
    ken = create_driver(yard.conn, fleet_id=yard.fleet_id, name="Ken")
    enter_driver(yard.conn, yard, ken, MIDNIGHT_MS)

    before, after, nobodys = days_of(database_url, yard.fleet_id)

    assert (before.local_date, before.driver_name, before.trip_count) == (date(2026, 4, 1), "Ken", 1)
    assert (after.local_date, after.driver_name, after.trip_count) == (date(2026, 4, 2), "Ken", 0)
    assert before.distance_m == pytest.approx(3000, rel=0.05)
    assert after.distance_m == pytest.approx(3000, rel=0.03)
    assert (nobodys.local_date, nobodys.driver_id, nobodys.trip_count) == (date(2026, 4, 2), None, 1)


def test_the_days_of_all_drivers_add_up_to_the_days_of_the_trucks(night_drive: Yard, database_url: str) -> None:
    yard = night_drive
    [(trucks_m,)] = yard.rows("SELECT sum(distance_m) FROM vehicle_day")

    assert sum(day.distance_m or 0 for day in days_of(database_url, yard.fleet_id)) == pytest.approx(trucks_m)


@pytest.mark.parametrize(
    ("instrument", "reading", "expected"), [("odometer", 50_000, 50_006), ("engine_hours", 900, 900.166)]
)
def test_own_instruments_go_on_from_a_reading(
    night_drive: Yard, database_url: str, instrument: Any, reading: float, expected: float
) -> None:
    """A reading between the two drives: behind the second it shows one drive more."""
    yard = night_drive
    column = "odometer_km" if instrument == "odometer" else "engine_hours_h"
    read_at = datetime.fromtimestamp(MIDNIGHT_MS / 1000, UTC) + timedelta(minutes=30)
    yard.conn.execute(
        f"INSERT INTO odometer_reading (fleet_id, vehicle_id, read_at, {column}, entered_by)"
        " VALUES (%s, %s, %s, %s, 'test')",
        [yard.fleet_id, yard.vehicle_id, read_at, reading],
    )

    async def ask() -> float:
        async with await AsyncConnection.connect(database_url) as conn:
            own, chain = await read_own(
                conn, fleet_id=yard.fleet_id, vehicle_id=yard.vehicle_id, instrument=instrument, at=LATER
            )
            assert len(chain) == 1
            return own.value

    assert asyncio.run(ask()) == pytest.approx(expected, rel=1e-5)
