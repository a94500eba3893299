"""What the own odometer counts by days is what the trace adds up to, at any moment."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest
from psycopg import AsyncConnection

from keitora.odometer.queries import read_own
from tests.core.derive.drives import START_MS, Stretch, drive
from tests.ingestor.conftest import Yard, yard
from tests.system.derived import derive_all
from tests.system.test_arrival_order import messages

__all__ = ["yard"]

UNEVEN = [Stretch(10, 35, 2000), Stretch(10, 37, 2100)] * 20
DAY = timedelta(days=1)
LATER = datetime(2026, 4, 9, tzinfo=UTC)


@pytest.fixture
def three_days(yard: Yard) -> Yard:
    """A drive over each midnight of three days, and one at noon; the second day comes last."""
    sent = []
    for day in range(3):
        for hour, minute in ((2, 0), (13, 57)):  # 11:00 and 22:57 in Tokyo
            start_ms = START_MS + day * 86_400_000 + (hour * 60 + minute) * 60_000
            samples = list(drive([Stretch(60, 0, 800), *UNEVEN, Stretch(600)], start_ms=start_ms, every_s=5))
            sent.append((day == 1, messages(samples, "carry-1", 100)))
    for _, batch in sorted(sent, key=lambda one: one[0]):
        yard.send_all(batch, received_at=LATER)
        derive_all(yard.conn)
    return yard


def moments() -> list[datetime]:
    first = datetime.fromtimestamp(START_MS / 1000, UTC)
    return [first + timedelta(minutes=minutes) for minutes in range(-600, 4 * 1440, 97)]


def kilometres(yard: Yard, condition: str, at: datetime) -> float:
    found = yard.conn.execute(f"SELECT coalesce(sum(distance_m::float8), 0) / 1000 FROM trace WHERE {condition}", [at])
    return float(found.fetchall()[0][0])


def test_a_moments_count_is_the_sum_of_the_trace_until_then(three_days: Yard, database_url: str) -> None:
    yard = three_days

    async def counted() -> list[float]:
        async with await AsyncConnection.connect(database_url) as conn:
            found = []
            for at in moments():
                own, _ = await read_own(
                    conn, fleet_id=yard.fleet_id, vehicle_id=yard.vehicle_id, instrument="odometer", at=at
                )
                found.append(own.value)
            return found

    expected = [kilometres(yard, "at <= %s", at) for at in moments()]
    assert asyncio.run(counted()) == pytest.approx(expected, abs=1e-9)
    assert expected[-1] > 20


def test_a_reading_of_any_moment_is_met_and_carried_on(three_days: Yard, database_url: str) -> None:
    yard = three_days
    read_at = datetime.fromtimestamp(START_MS / 1000, UTC) + DAY + timedelta(hours=2, minutes=4)  # in mid-drive
    yard.conn.execute(
        "INSERT INTO odometer_reading (fleet_id, vehicle_id, read_at, odometer_km, entered_by)"
        " VALUES (%s, %s, %s, 50000, 'test')",
        [yard.fleet_id, yard.vehicle_id, read_at],
    )
    since_km = kilometres(yard, "at > %s", read_at)

    async def shown(at: datetime) -> float:
        async with await AsyncConnection.connect(database_url) as conn:
            own, _ = await read_own(
                conn, fleet_id=yard.fleet_id, vehicle_id=yard.vehicle_id, instrument="odometer", at=at
            )
            return own.value

    assert asyncio.run(shown(read_at)) == pytest.approx(50_000, abs=1e-6)
    assert asyncio.run(shown(LATER)) == pytest.approx(50_000 + since_km, abs=1e-6)
