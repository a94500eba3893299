"""How long the API's routes take over a year of thirty trucks: `python bench/api.py [--requests 200]`.

A private database is filled with days, trips, entries, episodes and latest positions of a year, made directly by SQL;
a real server answers over HTTP. Prints p50 and p95 of each route (ms), the latest positions of a thousand trucks, and
simple requests a second.
"""

# ruff: noqa: E501 -- a statement's columns and values read best side by side

import argparse
import asyncio
import threading
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from socket import socket
from statistics import quantiles
from time import perf_counter, sleep
from typing import Final

import httpx2
import psycopg
import uvicorn
from pydantic import SecretStr

from keitora.db.migrate import migrate
from keitora.fleets.queries import create_fleet, create_key
from keitora.local.testing import temporary_postgres
from keitora_api.app import create_app
from keitora_api.settings import ServiceSettings

_FILL: Final = """
INSERT INTO vehicle (fleet_id, name) SELECT {fleet}, 'Truck ' || n FROM generate_series(1, {trucks}) AS n;
INSERT INTO driver (fleet_id, name) SELECT {fleet}, 'Driver ' || n FROM generate_series(1, 10) AS n;
INSERT INTO vehicle_day (vehicle_id, local_date, fleet_id, trip_count, distance_m, moving_s, idle_s, gap_s, engine_on_s,
    engine_known_s, max_speed_kmh, fuel_l, fuel_plus_minus_l, fuel_known_s, sample_count, rules_version, speed_density_l)
SELECT vehicle_id, current_date - n, fleet_id, 5, 40000, 4000, 900, 0, 5000, 5000, 70, 2.8, 0.5, 5000, 5000, 'b', 2.8
FROM vehicle, generate_series(0, {days}) AS n WHERE fleet_id = {fleet} AND n % 7 < 6;
INSERT INTO trip (vehicle_id, started_at, fleet_id, ended_at, start_lat, start_lon, end_lat, end_lon, distance_m,
    distance_source, moving_s, idle_s, gap_s, engine_on_s, engine_known_s, max_speed_kmh, fuel_l, fuel_plus_minus_l,
    fuel_method, fuel_known_s, sample_count, rules_version, speed_density_l)
SELECT vehicle_id, (current_date - n) + make_interval(hours => t, mins => vehicle_id % 60), fleet_id,
    (current_date - n) + make_interval(hours => t, mins => vehicle_id % 60 + 20), 36.6, 138.1, 36.7, 138.2, 8000,
    'vehicle_speed', 800, 180, 0, 1000, 1000, 70, 0.56, 0.1, 'speed_density', 1000, 1000, 'b', 0.56
FROM vehicle, generate_series(0, {days}) AS n, generate_series(0, 4) AS t WHERE fleet_id = {fleet} AND n % 7 < 6;
INSERT INTO trip_day (vehicle_id, started_at, local_date, fleet_id, distance_m, moving_s, idle_s, gap_s, engine_known_s,
    engine_on_s, fuel_l, fuel_plus_minus_l, fuel_known_s, rules_version, speed_density_l)
SELECT vehicle_id, started_at, (started_at AT TIME ZONE 'Asia/Tokyo')::date, fleet_id, distance_m, moving_s, idle_s,
    gap_s, engine_known_s, engine_on_s, fuel_l, fuel_plus_minus_l, fuel_known_s, 'b', speed_density_l
FROM trip WHERE fleet_id = {fleet};
INSERT INTO trip_overlay (fleet_id, vehicle_id, anchor_at, driver_id, purpose, entered_by)
SELECT t.fleet_id, t.vehicle_id, t.started_at + interval '5 min', (SELECT min(driver_id) FROM driver WHERE fleet_id = {fleet})
    + t.vehicle_id % 10, 'work', 'b' FROM trip AS t WHERE t.fleet_id = {fleet} AND extract(hour FROM t.started_at) <> 2;
INSERT INTO episode (vehicle_id, opened_at, kind, fleet_id, noticed_at, closed_at, ended_by, severity, unit, bound_value,
    first_value, peak_value, mean_value, sample_count, rule_version)
SELECT vehicle_id, started_at + interval '3 min', 'harsh_braking', fleet_id, started_at + interval '3 min',
    started_at + interval '4 min', 'clear', 'note', 'g', 0.2, 0.3, 0.3, 0.3, 3, 'b'
FROM trip WHERE fleet_id = {fleet} AND extract(hour FROM started_at) = 1;
INSERT INTO trace (vehicle_id, at, fleet_id, lat, lon, speed_kmh, kind, lasted_s, distance_m, moving_s, engine_on_s,
    engine_known_s, fuel_l, fuel_known_s, energy_kwh, energy_known_s, gap_s)
SELECT vehicle_id, started_at + make_interval(secs => 12 * n), fleet_id, 36.6 + n * 0.001, 138.1, 40, 'drive', 12, 80, 12,
    12, 12, 0.005, 12, 0, 0, 0
FROM trip, generate_series(0, 100) AS n WHERE fleet_id = {fleet} AND started_at > current_date - 40;
INSERT INTO vehicle_latest (vehicle_id, fleet_id, sampled_at, position_at, lat, lon, speed_at, speed_kmh)
SELECT vehicle_id, fleet_id, now(), now(), 36.6, 138.1, now(), 30 FROM vehicle WHERE fleet_id = {fleet};
"""


@contextmanager
def _server(address: str) -> Iterator[str]:
    listening = socket()
    listening.bind(("127.0.0.1", 0))
    app = create_app(ServiceSettings(database_url=SecretStr(address)))
    server = uvicorn.Server(uvicorn.Config(app, log_level="warning", timeout_graceful_shutdown=1))
    thread = threading.Thread(target=lambda: asyncio.run(server.serve([listening])), daemon=True)
    thread.start()
    while not server.started:
        sleep(0.05)
    yield f"http://127.0.0.1:{listening.getsockname()[1]}"
    server.should_exit = True
    thread.join(10)


async def _timed(ask: Callable[[], Awaitable[int]], requests: int) -> tuple[float, float, int]:
    size = 0
    taken = []
    for _ in range(requests):
        began = perf_counter()
        size = await ask()
        taken.append((perf_counter() - began) * 1000)
    cuts = quantiles(taken, n=20)
    return cuts[9], cuts[18], size


async def _measure(url: str, key: str, large_key: str, requests: int) -> None:
    year = "from=2000-01-01T00:00:00Z"
    async with httpx2.AsyncClient(base_url=url, headers={"Authorization": f"Bearer {key}"}, timeout=60) as client:
        trip = (await client.get("/v1/trips?limit=1&order=asc&from=2026-01-01T00:00:00Z")).json()
        newest = (await client.get("/v1/trips?limit=1")).json()["items"][0]["id"]
        assert trip["items"]
        paths = [
            "/v1/fleet", "/v1/vehicles", "/v1/positions/latest", "/v1/home", "/v1/trips?limit=50",
            "/v1/trips?limit=50&purpose=work", f"/v1/trips/{newest}", f"/v1/trips/{newest}/track", "/v1/episodes?limit=50",
            "/v1/days?limit=100", "/v1/search?q=truck", "/v1/upkeep", "/v1/quality",
            *(f"/v1/stats?bucket={bucket}&group_by={group}&{year}"
              for bucket, group in (("day", "none"), ("day", "vehicle"), ("month", "none"), ("month", "vehicle"),
                                    ("year", "vehicle"), ("month", "driver"), ("month", "purpose"))),
            f"/v1/stats?bucket=month&group_by=vehicle&compare=previous&{year}",
            "/v1/stats?bucket=day&group_by=driver&from={month}", f"/v1/stats/fuel?bucket=month&{year}",
        ]  # fmt: skip
        month = (await client.get("/v1/home")).json()["now"][:7] + "-01T00:00:00Z"
        for path in paths:

            async def ask(path: str = path.replace("{month}", month)) -> int:
                answer = await client.get(path)
                assert answer.status_code == 200, (path, answer.text)
                return len(answer.content)

            await ask()
            p50, p95, size = await _timed(ask, requests)
            print(f"{p50:8.1f} {p95:8.1f} ms {size / 1000:8.1f} kB  {path}", flush=True)

        async def large() -> int:
            answer = await client.get("/v1/positions/latest", headers={"Authorization": f"Bearer {large_key}"})
            assert len(answer.json()["items"]) == 1000
            return len(answer.content)

        p50, p95, size = await _timed(large, requests)
        print(f"{p50:8.1f} {p95:8.1f} ms {size / 1000:8.1f} kB  latest positions of 1,000 trucks", flush=True)

        async def many(count: int) -> None:
            for _ in range(count):
                await client.get("/v1/positions/latest?vehicle=1")

        began = perf_counter()
        await asyncio.gather(*(many(requests) for _ in range(16)))
        print(f"{16 * requests / (perf_counter() - began):8.0f} simple requests/s (client and server on one box)")


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--requests", type=int, default=100)
    options.add_argument("--days", type=int, default=365)
    asked = options.parse_args()
    with temporary_postgres(fsync=False) as postgres:
        migrate(postgres.url)
        with psycopg.connect(postgres.url, autocommit=True) as conn:
            fleet = create_fleet(conn, name="Year")
            key = create_key(conn, fleet_id=fleet.fleet_id, name="b", role="manager")
            conn.execute(_FILL.format(fleet=fleet.fleet_id, trucks=30, days=asked.days).encode())
            large = create_fleet(conn, name="Large")
            large_key = create_key(conn, fleet_id=large.fleet_id, name="b", role="manager")
            conn.execute(_FILL.format(fleet=large.fleet_id, trucks=1000, days=0).encode())
            conn.execute("ANALYZE")
        with _server(postgres.url) as url:
            asyncio.run(_measure(url, key, large_key, asked.requests))


if __name__ == "__main__":
    main()
