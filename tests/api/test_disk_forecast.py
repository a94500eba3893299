"""How fast the samples grow, over real chunks: from the first evening on, and whatever is brought in of old."""

import asyncio
from datetime import timedelta

import psycopg
import pytest
from psycopg import AsyncConnection

from keitora.clock import utc_now
from keitora.vehicles.model import Vehicle
from keitora_api.service.queries import Size, read_size
from tests.api.builders import add_day, add_stop, add_world

# So many samples, evenly from a moment on.
_SAMPLES = """
INSERT INTO sample (sampled_at, vehicle_id, device_id, row_key, delay_s, clock_quality, lat, lon, speed_kmh)
SELECT %(from_at)s + n * %(every)s, %(vehicle_id)s, 1, n, 0, 3, 36.6, 138.2, n %% 60
FROM generate_series(0, %(count)s - 1) AS n
"""


def heard(conn: psycopg.Connection, truck: Vehicle, *, since_days: float, days: float, samples: int) -> None:
    """Store samples of the truck and what follows from them: its first stop, and how many each day has."""
    from_at = utc_now() - timedelta(days=since_days)
    every = timedelta(days=days) / samples
    values = {"from_at": from_at, "every": every, "vehicle_id": truck.vehicle_id, "count": samples}
    conn.execute(_SAMPLES, values)
    add_stop(conn, truck, from_at)
    dates = [(from_at + number * every).date() for number in range(samples)]
    for date in sorted(set(dates)):
        add_day(conn, truck, date, sample_count=dates.count(date))


def size_of(url: str) -> Size:
    async def ask() -> Size:
        async with await AsyncConnection.connect(url) as conn:
            await conn.execute("SET ROLE keitora_api")
            return await read_size(conn)

    return asyncio.run(ask())


@pytest.mark.parametrize(
    ("trucks", "samples_per_day"),
    [
        pytest.param([(0.25, 0.25, 8000)], 8000, id="the first hours count as a day"),
        pytest.param([(2, 2, 10_000)], 5000, id="two days"),
        pytest.param([(34, 34, 34_000)], 1000, id="the whole of the last weeks"),
        pytest.param([(2, 2, 10_000), (200, 90, 20_000)], 5000, id="and old data of another truck"),
        pytest.param([(2, 2, 10_000), (30, 10, 30_000)], 6000, id="and data of the last weeks, as of their days"),
        pytest.param([(200, 20, 20_000), (2, 2, 10_000)], 5000, id="and what another one told before it was sold"),
    ],
)
def test_samples_grow_by_what_a_day_of_them_takes(
    database_url: str, trucks: list[tuple[float, float, int]], samples_per_day: float
) -> None:
    with psycopg.connect(database_url, autocommit=True) as conn:
        world = add_world(conn, "farm")
        for truck, (since_days, days, samples) in zip(world.trucks, trucks, strict=False):
            heard(conn, truck, since_days=since_days, days=days, samples=samples)

    size = size_of(database_url)

    assert size.growth_bytes_per_day is not None
    # A sample takes about 130 bytes here with its share of the index, and a chunk a little for itself.
    assert size.growth_bytes_per_day == pytest.approx(samples_per_day * 145, rel=0.25)


def test_growth_is_not_told_before_anything_is_known_of_the_samples(database_url: str) -> None:
    with psycopg.connect(database_url, autocommit=True) as conn:
        world = add_world(conn, "farm")
        before = size_of(database_url)
        heard(conn, world.trucks[0], since_days=200, days=90, samples=1000)

    assert (before.growth_bytes_per_day, size_of(database_url).growth_bytes_per_day) == (None, None)
