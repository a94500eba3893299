"""A year of thirty trucks takes an export no more memory than a month does."""

import tracemalloc
from collections.abc import Iterator
from urllib.request import Request, urlopen

import psycopg
import pytest
from pydantic import SecretStr

from keitora_api.app import create_app
from keitora_api.settings import ServiceSettings
from tests.api.builders import NOW, World, add_world
from tests.api.serving import served

TRUCKS = tuple(f"truck {number}" for number in range(30))
MONTH, YEAR = "2025-02-01", "2026-01-01"
BOUND_BYTES = 1_000_000
"""How much more a year may take than a month: what the collector happens to leave lying, not rows."""

# For each truck three trips a week, each with a line of eight points, and a fill-up a week.
_TRIPS = """
INSERT INTO trip (vehicle_id, fleet_id, started_at, ended_at, start_lat, start_lon, end_lat, end_lon, distance_m,
    distance_source, moving_s, idle_s, gap_s, max_speed_kmh, climb_m, engine_known_s, engine_on_s, fuel_l,
    fuel_plus_minus_l, fuel_method, fuel_known_s, sample_count, rules_version)
SELECT v.vehicle_id, v.fleet_id, at, at + interval '21 minutes', 36.65, 138.18, 36.64, 138.19, 9876.5,
    'vehicle_speed', 1000, 200, 0, 55.5, 80, 1200, 1200, 0.65, 0.06, 'speed_density', 1190, 1200, 'test'
FROM vehicle AS v, generate_series(timestamptz '2025-01-01 00:00Z', '2025-12-31 23:00Z', interval '1 day') AS at
WHERE v.fleet_id = %(fleet_id)s AND extract(dow FROM at) IN (1, 3, 5)
"""
_LINES = """
INSERT INTO trace
SELECT t.vehicle_id, t.started_at + n * interval '3 minutes', t.fleet_id, 36.65 + n / 1e3, 138.18, 370.4, 36, 'drive',
    180, 1400, 180, 180, 180, 0.09, 180, 0, 0, 0
FROM trip AS t, generate_series(0, 7) AS n WHERE t.fleet_id = %(fleet_id)s
"""
_DAYS = """
INSERT INTO vehicle_day (vehicle_id, local_date, fleet_id, trip_count, distance_m, moving_s, idle_s, gap_s,
    engine_on_s, fuel_known_s, sample_count, rules_version)
SELECT v.vehicle_id, date '2025-01-01' + n, v.fleet_id, 2, 19753, 2000, 400, 0, 2400, 2380, 2400, 'test'
FROM vehicle AS v, generate_series(0, 364) AS n WHERE v.fleet_id = %(fleet_id)s
"""
_FILL_UPS = """
INSERT INTO fill_up (fleet_id, vehicle_id, filled_at, volume_l, total_price, currency, station, note, entered_by)
SELECT v.fleet_id, v.vehicle_id, at, 28.4, 4942, 'JPY', 'JA', repeat('field ', 20) || at, 'test'
FROM vehicle AS v, generate_series(timestamptz '2025-01-01 03:00Z', '2025-12-31', interval '1 week') AS at
WHERE v.fleet_id = %(fleet_id)s
"""


@pytest.fixture(scope="module")
def year(api_database: str) -> World:
    """A fleet of thirty trucks with a year behind it."""
    with psycopg.connect(api_database, autocommit=True) as conn:
        world = add_world(conn, "a year of thirty trucks", trucks=TRUCKS)
        for statement in (_TRIPS, _LINES, _DAYS, _FILL_UPS):
            conn.execute(statement, {"fleet_id": world.fleet.fleet_id})
        conn.execute("ANALYZE trip, trace, vehicle_day, fill_up")
    return world


@pytest.fixture(scope="module")
def url(api_database: str) -> Iterator[str]:
    app = create_app(ServiceSettings(database_url=SecretStr(api_database), database_pool_size=2), clock=lambda: NOW)
    with served(app) as url:
        yield url


def taken(url: str, world: World, file: str, to: str) -> tuple[int, int]:
    """Return how long an export was, and the most memory that was taken while it was made (bytes)."""
    asked = Request(f"{url}/v1/exports/{file}?from=2025-01-01T00:00:00Z&to={to}T00:00:00Z", headers=world.headers())
    tracemalloc.start()
    try:
        with urlopen(asked) as answer:
            size = 0
            while piece := answer.read(65_536):
                size += len(piece)
        return size, tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize(
    "file", ["days.csv", "trips.xlsx", "fill-ups.csv", "fill-ups.xlsx", "tracks.gpx", "tracks.geojson"]
)
def test_a_year_takes_no_more_memory_than_a_month(url: str, year: World, file: str) -> None:
    taken(url, year, file, "2025-01-03")
    (short_size, short), (long_size, long) = taken(url, year, file, MONTH), taken(url, year, file, YEAR)

    assert long_size > 4 * short_size
    assert long < short + BOUND_BYTES
