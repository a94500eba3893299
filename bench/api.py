"""How long the API's routes take over a year of thirty trucks: `python bench/api.py [--requests 200]`.

A private database is filled with days, trips, entries, visits, episodes, prices, factors and latest positions of a year,
made directly by SQL, beside those of a co-op: other fleets with three million trips in all (`--trips`). A real server
answers over HTTP. Prints p50 and p95 of each route (ms), the latest positions of a thousand trucks, and simple requests
a second by one and two workers, beside those of a bare route (`bench/bare.py`).
"""

# ruff: noqa: E501 -- a statement's columns and values read best side by side

import argparse
import asyncio
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Awaitable, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from socket import socket
from statistics import quantiles
from time import perf_counter, sleep
from typing import Final

import httpx2
import psycopg
from rich.progress import track

from keitora.clock import utc_now
from keitora.db.migrate import migrate
from keitora.fleets.queries import create_fleet, create_key
from keitora.local import processes
from keitora.local.testing import TemporaryPostgres, temporary_postgres
from keitora.stats.parts import make_next_parts

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
INSERT INTO place (fleet_id, name, kind, lat, lon, radius_m, area_m2) SELECT {fleet}, 'Place ' || n, 'field', 36.6, 138.1, 80,
    20106 FROM generate_series(1, 12) AS n;
INSERT INTO visit (vehicle_id, place_id, entered_at, fleet_id, left_at, is_visit, inside_s, away_s, moving_s, engine_on_s,
    engine_known_s, distance_m, fuel_l, fuel_known_s, energy_kwh, energy_known_s, gap_s)
SELECT vehicle_id, (SELECT min(place_id) FROM place WHERE fleet_id = {fleet}) + (extract(hour FROM started_at)::integer
    + vehicle_id) % 12, ended_at + interval '1 min', fleet_id, ended_at + interval '31 min', true, 1800, 0, 100, 300, 300,
    400, 0.1, 300, 0, 0, 0
FROM trip WHERE fleet_id = {fleet};
INSERT INTO running_rate (vehicle_id, fleet_id, valid_from, valid_to, currency, price_per_l, co2_kg_per_l, source)
SELECT vehicle_id, fleet_id, '2000-01-01'::date + n * 400, CASE n WHEN 24 THEN 'infinity' ELSE '2000-01-01'::date + (n + 1) * 400
    END, 'JPY', 150 + n, 2.32, 'prices' FROM vehicle, generate_series(0, 24) AS n WHERE fleet_id = {fleet};
INSERT INTO fuel_factor (vehicle_id, fleet_id, method, valid_from, valid_to, factor, uncertainty_ratio, tank_count)
SELECT vehicle_id, fleet_id, 'speed_density', '-infinity', 'infinity', 1.08, 0.06, 8 FROM vehicle
WHERE fleet_id = {fleet} AND vehicle_id % 2 = 0;
INSERT INTO vehicle_latest (vehicle_id, fleet_id, sampled_at, position_at, lat, lon, speed_at, speed_kmh)
SELECT vehicle_id, fleet_id, now(), now(), 36.6, 138.1, now(), 30 FROM vehicle WHERE fleet_id = {fleet};
"""

_SAMPLES: Final = """
INSERT INTO sample (vehicle_id, device_id, row_key, sampled_at, delay_s, clock_quality, lat, lon, altitude_m, speed_kmh,
    engine_rpm, coolant_temp_c, intake_temp_c, map_kpa, throttle_pct, battery_v, fuel_level_pct)
SELECT v.vehicle_id, v.vehicle_id, n, {day}::date + make_interval(secs => n), 1, 3, 36.6 + n * 0.00001,
    138.1 + v.vehicle_id * 0.001, 400 + n % 300, 40 + 20 * sin(n / 30.0), 2000 + 800 * sin(n / 30.0), 88, 25, 60, 20, 14.1, 60
FROM vehicle AS v, generate_series(0, {rows} - 1) AS n WHERE v.fleet_id = {fleet}
"""
_LIKE: Final = """
INSERT INTO {table} ({columns})
SELECT {values} FROM {table} AS t WHERE t.fleet_id = {model}
"""
_TABLES: Final = ("vehicle_day", "trip", "trip_day", "stat_part", "stat_month")


def _fill_samples(address: str, fleet_id: int, days: int, rows: int) -> None:
    """Add a row a second, so many of each day, to thirty trucks; day by day, on both cores."""

    def fill(back: int) -> None:
        day = f"(current_date - {back})"
        with psycopg.connect(address, autocommit=True) as conn:
            conn.execute(_SAMPLES.format(fleet=fleet_id, day=day, rows=rows).encode())

    with ThreadPoolExecutor(2) as both:
        told = f"{rows * days * 30 / 1e6:.0f} million samples"
        for _ in track(both.map(fill, range(days, 0, -1)), description=told, total=days):
            pass


def _multiply(conn: psycopg.Connection, model_id: int, trips: int) -> int:
    """Add fleets like the model's until there are so many trips, and return how many fleets. No trigger fires."""
    [(own, first_vehicle)] = conn.execute(
        "SELECT count(*), min(vehicle_id) FROM trip WHERE fleet_id = %s", [model_id]
    ).fetchall()
    count = max(0, trips // own - 1)
    conn.execute("SET session_replication_role = replica")
    for number in range(count):
        fleet = create_fleet(conn, name=f"Co-op {number}")
        [(vehicle,)] = conn.execute(
            "WITH made AS (INSERT INTO vehicle (fleet_id, name) SELECT %s, name FROM vehicle WHERE fleet_id = %s"
            " ORDER BY vehicle_id RETURNING vehicle_id) SELECT min(vehicle_id) FROM made",
            [fleet.fleet_id, model_id],
        ).fetchall()
        for table in _TABLES:
            columns = [
                name
                for (name,) in conn.execute(
                    "SELECT column_name FROM information_schema.columns WHERE table_name = %s", [table]
                )
            ]
            values = {"fleet_id": str(fleet.fleet_id), "vehicle_id": f"t.vehicle_id + {vehicle - first_vehicle}"}
            conn.execute(
                _LIKE.format(
                    table=table,
                    columns=", ".join(columns),
                    values=", ".join(values.get(name, f"t.{name}") for name in columns),
                    model=model_id,
                ).encode()
            )
    conn.execute("SET session_replication_role = DEFAULT")
    return count


_SIMPLE: Final = "/v1/positions/latest?vehicle=1"


@contextmanager
def _server(address: str, *command: str, key: str = "") -> Iterator[tuple[str, subprocess.Popen[bytes]]]:
    """A server in a process of its own, as it always is; `{port}` in the command is where it is to listen."""
    with socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    words = [word.format(port=port) for word in command]
    server = subprocess.Popen([sys.executable, *words], env={**os.environ, "KEITORA_DATABASE_URL": address})
    url = f"http://127.0.0.1:{port}"
    try:
        while server.poll() is None:
            try:
                if httpx2.get(f"{url}{_SIMPLE}", headers={"Authorization": f"Bearer {key}"}).status_code == 200:
                    break
            except httpx2.TransportError:
                sleep(0.1)
        yield url, server
    finally:
        server.terminate()
        server.wait(20)


def _own(workers: int) -> tuple[str, ...]:
    return ("-m", "keitora", "api", "--host", "127.0.0.1", "--port", "{port}", "--workers", str(workers))


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
    day, yesterday, weeks_ago = (f"{utc_now().date() - timedelta(days=back)}T00:00:00Z" for back in (0, 1, 28))
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
                                    ("year", "vehicle"), ("month", "driver"), ("month", "purpose"), ("month", "place"))),
            f"/v1/stats?bucket=month&group_by=vehicle&compare=previous&{year}",
            "/v1/stats?bucket=day&group_by=driver&from={month}", f"/v1/stats/fuel?bucket=month&{year}",
            *(f"/v1/vehicles/1/signals?signal=speed_kmh,engine_rpm&from={begin}&to={day}" for begin in (yesterday, weeks_ago)),
        ]  # fmt: skip
        month = (await client.get("/v1/home")).json()["local_date"][:7] + "-01T00:00:00Z"
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


def _simple_requests(postgres: TemporaryPostgres, key: str, seconds: int) -> None:
    """Ask for a last position again and again on 16 connections, with wrk, which takes little of the machine itself.

    Beside our own server a bare one: how fast a machine is cancels out of the ratio.
    """
    wrk = shutil.which("wrk")
    if wrk is None:
        print("       - simple requests/s: wrk is not installed")
        return
    bare = str(Path(__file__).with_name("bare.py"))
    servers = {
        "a bare route, one process": (bare, postgres.url, "{port}"),
        "one worker": _own(1),
        "two workers": _own(2),
    }
    print("requests/s  of bare  CPU ms a request: server, database  (client, server and database on one box)")
    first: tuple[float, float] | None = None
    for name, command in servers.items():
        with _server(postgres.url, *command, key=key) as (url, server):
            asked = [wrk, "-t1", "-c16", "-H", f"Authorization: Bearer {key}", f"{url}{_SIMPLE}"]
            subprocess.run([*asked, "-d2s"], capture_output=True, check=True)
            before_s = _cpu_s(server.pid), _cpu_s(postgres.pid)
            told = subprocess.run([*asked, f"-d{seconds}s"], capture_output=True, text=True, check=True).stdout
            after_s = _cpu_s(server.pid), _cpu_s(postgres.pid)
        found, count = re.search(r"Requests/sec:\s+([0-9.]+)", told), re.search(r"(\d+) requests in", told)
        assert found, told
        assert count, told
        assert "Non-2xx" not in told, told
        rate, (own_ms, database_ms) = (
            float(found[1]),
            ((after - before) / int(count[1]) * 1000 for before, after in zip(before_s, after_s, strict=True)),
        )
        first = first or (rate, own_ms + database_ms)
        print(
            f"{rate:10.0f} {rate / first[0]:8.2f} {own_ms:9.3f} {database_ms:6.3f}"
            f"  {(own_ms + database_ms) / first[1]:5.2f} of bare  {name}",
            flush=True,
        )


def _cpu_s(pid: int) -> float:
    """Return the CPU time a process and all below it have taken (s)."""
    total = 0
    for one in (pid, *(below for below, _ in processes.descendants(pid))):
        told = Path(f"/proc/{one}/stat").read_text("utf-8", errors="replace").rpartition(")")[2].split()
        total += int(told[11]) + int(told[12])
    return total / os.sysconf("SC_CLK_TCK")


def _prepare(address: str, *, days: int, trips: int, sample_rows: int = 0) -> tuple[str, str]:
    """Fill a database, and return the keys of the fleet of thirty trucks and of that of a thousand."""
    migrate(address)
    with psycopg.connect(address, autocommit=True) as conn:
        fleet = create_fleet(conn, name="Year")
        key = create_key(conn, fleet_id=fleet.fleet_id, name="b", role="manager")
        conn.execute(_FILL.format(fleet=fleet.fleet_id, trucks=30, days=days).encode())
        large = create_fleet(conn, name="Large")
        large_key = create_key(conn, fleet_id=large.fleet_id, name="b", role="manager")
        conn.execute(_FILL.format(fleet=large.fleet_id, trucks=1000, days=0).encode())
        began = perf_counter()
        while make_next_parts(conn) is not None:
            pass
        print(f"{perf_counter() - began:8.1f} s to make what statistics add up")
        began = perf_counter()
        count = _multiply(conn, fleet.fleet_id, trips)
        conn.execute("VACUUM ANALYZE")
        print(f"{perf_counter() - began:8.1f} s to add {count} more fleets", flush=True)
        if sample_rows:
            _fill_samples(address, fleet.fleet_id, days, sample_rows)
            conn.execute("ANALYZE sample")
            size = conn.execute("SELECT hypertable_size('sample') / 1e9").fetchone() or (0,)
            print(f"{size[0]:8.1f} GB of samples")
    return key, large_key


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--requests", type=int, default=100)
    options.add_argument("--days", type=int, default=365)
    options.add_argument("--trips", type=int, default=3_000_000)
    options.add_argument("--sample-rows", type=int, default=0, help="of each truck and day; 18000 make 197 million")
    options.add_argument("--only-simple", action="store_true", help="only simple requests a second")
    asked = options.parse_args()
    with temporary_postgres(fsync=False) as postgres:
        key, large_key = _prepare(postgres.url, days=asked.days, trips=asked.trips, sample_rows=asked.sample_rows)
        if not asked.only_simple:
            with _server(postgres.url, *_own(1), key=key) as (url, _):
                asyncio.run(_measure(url, key, large_key, asked.requests))
        _simple_requests(postgres, key, seconds=10)


if __name__ == "__main__":
    main()
