"""How long Grafana waits for each panel over a year of thirty trucks: `python bench/panels.py [--only /v1/states]`.

A private database is filled with days, trips, stops, idlings, visits, episodes and a week of samples, made directly by
SQL; a real server answers over HTTP what every panel of every dashboard asks, once for the dashboard's own time range
and once for the whole year. Prints p50 and p95 of each panel (ms), slowest first, and exits with 1 if a p95 of a
dashboard's own range is above the budget of 100 ms.
"""

import argparse
import re
import sys
from dataclasses import dataclass
from datetime import timedelta
from statistics import quantiles
from time import perf_counter
from typing import Final

import httpx2
import psycopg
from serving import serving

from keitora.clock import utc_now
from keitora.db.migrate import migrate
from keitora.fleets.queries import create_fleet, create_key
from keitora.local.testing import temporary_postgres
from keitora.stats.parts import make_next_parts
from keitora_dashboards.catalogue import dashboards
from keitora_dashboards.query import Json

BUDGET_MS: Final = 100.0
TRUCKS: Final = 30
_FILL: Final = """
INSERT INTO vehicle (fleet_id, name) SELECT {fleet}, 'Truck ' || n FROM generate_series(1, {trucks}) AS n;
INSERT INTO driver (fleet_id, name) SELECT {fleet}, 'Driver ' || n FROM generate_series(1, 10) AS n;
INSERT INTO vehicle_day (vehicle_id, local_date, fleet_id, trip_count, distance_m, moving_s, idle_s, gap_s,
    engine_on_s,
    engine_known_s, max_speed_kmh, fuel_l, fuel_plus_minus_l, fuel_known_s, sample_count, rules_version,
    speed_density_l,
    rest_battery_v)
SELECT vehicle_id, current_date - n, fleet_id, 5, 40000, 4000, 900, 0, 5000, 5000, 70, 2.8, 0.5, 5000, 5000, 'b', 2.8,
    12.6 - n * 0.0001
FROM vehicle, generate_series(0, {days}) AS n WHERE n % 7 < 6;
INSERT INTO trip (vehicle_id, started_at, fleet_id, ended_at, start_lat, start_lon, end_lat, end_lon, distance_m,
    distance_source, moving_s, idle_s, gap_s, engine_on_s, engine_known_s, max_speed_kmh, fuel_l, fuel_plus_minus_l,
    fuel_method, fuel_known_s, sample_count, rules_version, speed_density_l)
SELECT vehicle_id, at, fleet_id, at + interval '20 min', 36.6, 138.1, 36.7, 138.2, 8000, 'vehicle_speed', 800, 180,
    0, 1000,
    1000, 70, 0.56, 0.1, 'speed_density', 1000, 1000, 'b', 0.56
FROM vehicle, generate_series(0, {days}) AS n, generate_series(0, 4) AS t,
    LATERAL (SELECT (current_date - n) + make_interval(hours => t * 2, mins => vehicle_id % 60)) AS begun (at)
WHERE n % 7 < 6 AND at < now();
INSERT INTO trip_day (vehicle_id, started_at, local_date, fleet_id, distance_m, moving_s, idle_s, gap_s,
    engine_known_s,
    engine_on_s, fuel_l, fuel_plus_minus_l, fuel_known_s, rules_version, speed_density_l)
SELECT vehicle_id, started_at, (started_at AT TIME ZONE 'Asia/Tokyo')::date, fleet_id, distance_m, moving_s,
    idle_s, gap_s,
    engine_known_s, engine_on_s, fuel_l, fuel_plus_minus_l, fuel_known_s, 'b', speed_density_l FROM trip;
INSERT INTO stop (vehicle_id, fleet_id, started_at, ended_at, lat, lon, engine_known_s, engine_on_s, fuel_known_s,
    rules_version)
SELECT vehicle_id, fleet_id, ended_at, ended_at + interval '90 min', end_lat + (vehicle_id % 7) * 0.01, end_lon,
    5400, 60, 0,
    'b' FROM trip;
INSERT INTO idling (vehicle_id, fleet_id, started_at, ended_at, lasted_s, lat, lon, fuel_l, fuel_plus_minus_l,
    fuel_known_s,
    rules_version)
SELECT vehicle_id, fleet_id, started_at + interval '5 min', started_at + interval '10 min', 300, 36.65, 138.15,
    0.05, 0.01,
    300, 'b' FROM trip;
INSERT INTO trip_overlay (fleet_id, vehicle_id, anchor_at, driver_id, purpose, entered_by)
SELECT t.fleet_id, t.vehicle_id, t.started_at + interval '5 min', d.first + t.vehicle_id % 10, 'work', 'b'
FROM trip AS t, (SELECT min(driver_id) AS first FROM driver) AS d WHERE extract(hour FROM t.started_at) <> 2;
INSERT INTO episode (vehicle_id, opened_at, kind, fleet_id, noticed_at, closed_at, ended_by, severity, unit,
    bound_value,
    first_value, peak_value, mean_value, sample_count, rule_version)
SELECT vehicle_id, started_at + interval '3 min', 'harsh_braking', fleet_id, started_at + interval '3 min',
    started_at + interval '4 min', 'clear', 'note', 'g', 0.2, 0.3, 0.3, 0.3, 3, 'b'
FROM trip WHERE extract(hour FROM started_at) = 0;
INSERT INTO place (fleet_id, name, kind, lat, lon, radius_m, area_m2, entered_by)
SELECT {fleet}, 'Field ' || n, 'field', 36.7 + n * 0.01, 138.2, 100, 31416, 'b' FROM generate_series(0, 11) AS n;
INSERT INTO visit (vehicle_id, fleet_id, place_id, entered_at, left_at, is_visit, inside_s, away_s, moving_s,
    engine_on_s,
    engine_known_s, distance_m, fuel_l, fuel_known_s, energy_kwh, energy_known_s, gap_s)
SELECT vehicle_id, fleet_id, p.first + vehicle_id % 12, started_at, ended_at, true, 5400, 0, 300, 600, 5400, 900,
    0.2, 600, 0, 0,
    0 FROM stop, (SELECT min(place_id) AS first FROM place) AS p WHERE extract(hour FROM started_at) % 2 = 0;
INSERT INTO fill_up (fleet_id, vehicle_id, filled_at, volume_l, total_price, currency, odometer_km, entered_by)
SELECT {fleet}, vehicle_id, now() - make_interval(days => n * 10), 28, 4800, 'JPY', 60000 - n * 400, 'b'
FROM vehicle, generate_series(0, {days} / 10) AS n;
INSERT INTO sample (vehicle_id, device_id, row_key, sampled_at, delay_s, clock_quality, lat, lon, altitude_m,
    speed_kmh,
    engine_rpm, coolant_temp_c, battery_v, fuel_level_pct)
SELECT t.vehicle_id, 1, n, t.started_at + make_interval(secs => n), 1, 3, 36.6 + n * 0.00008, 138.1, 400, 30, 2500,
    88, 14.1, 60
FROM trip AS t, generate_series(0, 1199, {step}) AS n WHERE t.started_at > now() - interval '8 days';
INSERT INTO vehicle_latest (vehicle_id, fleet_id, sampled_at, position_at, lat, lon, speed_at, speed_kmh)
SELECT vehicle_id, {fleet}, now(), now(), 36.6, 138.1, now(), 0 FROM vehicle;
ANALYZE
"""


@dataclass(frozen=True, slots=True)
class Panel:
    """A panel's question, and for how many days back its dashboard shows it."""

    name: str
    target: Json
    days: float


def fill(url: str, *, days: int, step_s: int) -> str:
    """Fill the database and return a viewer's key."""
    with psycopg.connect(url, autocommit=True) as conn:
        fleet = create_fleet(conn, name="Bench", time_zone="Asia/Tokyo")
        for statement in _FILL.split(";\n"):
            conn.execute(statement.format(fleet=fleet.fleet_id, trucks=TRUCKS, days=days, step=step_s))
        # As the derive worker does while it has nothing else to do.
        while make_next_parts(conn) is not None:
            pass
        return create_key(conn, fleet_id=fleet.fleet_id, name="viewer", role="viewer")


def panels() -> list[Panel]:
    """Return every question of every dashboard in English."""
    return [
        Panel(f"{made.uid}/{panel.number} {panel.title}", query.as_json("A"), _days_of(made.time_from))
        for made in dashboards()
        if made.reader.language == "en"
        for panel in made.panels
        for query in panel.queries
    ]


def _days_of(time_from: str) -> float:
    found = re.fullmatch(r"now(?:-(\d+)([dhm]))?(/d)?", time_from)
    if found is None:
        raise ValueError(f"not a beginning of a range we know: {time_from}")
    number, unit = int(found[1] or 0), found[2] or "d"
    return number / {"d": 1, "h": 24, "m": 1440}[unit] + (1 if found[3] else 0)


def ask(client: httpx2.Client, panel: Panel, *, days: float, truck: str, trip: str) -> tuple[float, int, int]:
    """Return how long an answer took (ms), its status and its size (bytes)."""
    until = utc_now()
    words = {
        "${__timeFrom:date:iso}": (until - timedelta(days=days)).isoformat(),
        "${__timeTo:date:iso}": until.isoformat(),
        "${vehicle:csv}": "all",
        "${truck}": truck,
        "${trip}": trip,
        "${driver:csv}": "all",
        "${purpose:csv}": "all",
        "${place:csv}": "all",
    }
    bucket = "1d" if days <= 31 else "1w" if days <= 183 else "1M"

    def filled(text: str) -> str:
        for word, value in words.items():
            text = text.replace(word, value)
        return re.sub(r"\$__customInterval\([^)]*\)", bucket, text)

    params = [(one["key"], filled(one["value"])) for one in panel.target["url_options"]["params"]]
    begun = perf_counter()
    answer = client.get(filled(panel.target["url"]), params=params)
    return (perf_counter() - begun) * 1000, answer.status_code, len(answer.content)


def measure(client: httpx2.Client, panel: Panel, days: float, requests: int, **chosen: str) -> tuple[float, float, int]:
    """Return p50 and p95 (ms) and the size (bytes) of a panel's answer; NaN if the API refuses so long a range."""
    first = [ask(client, panel, days=days, **chosen) for _ in range(2)]
    if any(status == 422 for _, status, _ in first):
        return float("nan"), float("nan"), 0
    if any(status != 200 for _, status, _ in first):
        raise RuntimeError(f"{panel.name} was answered with {first}")
    times = sorted(ask(client, panel, days=days, **chosen)[0] for _ in range(requests))
    cuts = quantiles(times, n=20, method="inclusive")
    return cuts[9], cuts[18], first[0][2]


def worst_by_route(
    found: list[tuple[Panel, tuple[float, float, int], tuple[float, float, int]]],
) -> list[tuple[str, float, float]]:
    """Return each route with the greatest p95 (ms) of a panel's own range and of the year, slowest first."""
    worst: dict[str, tuple[float, float]] = {}
    for panel, own, year in found:
        known = worst.get(panel.target["url"], (0.0, 0.0))
        worst[panel.target["url"]] = (max(known[0], own[1]), max(known[1], year[1]))
    return sorted(((path, *times) for path, times in worst.items()), key=lambda one: -one[1])


def main() -> int:
    """Fill, measure and print; return 1 if the budget is not kept."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--requests", type=int, default=20)
    parser.add_argument("--only", default="", metavar="REGEX", help="panels whose name or path matches")
    parser.add_argument("--days", type=int, default=365)
    parser.add_argument("--step", type=int, default=5, metavar="S", help="seconds between samples of the last week")
    arguments = parser.parse_args()
    with temporary_postgres(fsync=False) as server:
        migrate(server.url)
        begun = perf_counter()
        key = fill(server.url, days=arguments.days, step_s=arguments.step)
        print(f"{TRUCKS} trucks and {arguments.days} days made in {perf_counter() - begun:.0f} s", flush=True)
        address = server.allow_login("keitora_api")
        with serving(address) as url, httpx2.Client(base_url=url, headers={"X-API-Key": key}, timeout=60) as client:
            newest = client.get("/v1/trips?limit=1").json()["items"][0]
            chosen = {"truck": str(newest["vehicle"]["id"]), "trip": newest["id"]}
            found = []
            for panel in panels():
                if not re.search(arguments.only, f"{panel.name} {panel.target['url']}"):
                    continue
                own = measure(client, panel, panel.days, arguments.requests, **chosen)
                is_timed = "__timeFrom" in str(panel.target)
                year = (
                    measure(client, panel, arguments.days, max(5, arguments.requests // 4), **chosen)
                    if is_timed
                    else own
                )
                found.append((panel, own, year))
    found.sort(key=lambda one: one[1][1], reverse=True)
    print(f"{'own p50':>9}{'own p95':>9}{'year p50':>10}{'year p95':>10}{'kB':>8}  panel")
    for panel, own, year in found:
        print(f"{own[0]:9.1f}{own[1]:9.1f}{year[0]:10.1f}{year[1]:10.1f}{own[2] / 1000:8.1f}  {panel.name}")
    for path, own_ms, year_ms in worst_by_route(found):
        print(f"{own_ms:9.1f}{year_ms:9.1f}  worst p95 (own, year) of {path}")
    over = [panel.name for panel, own, _ in found if own[1] > BUDGET_MS]
    print(
        f"{len(over)} of {len(found)} panels above {BUDGET_MS:g} ms"
        if over
        else f"all {len(found)} panels within {BUDGET_MS:g} ms"
    )
    return 1 if over else 0


if __name__ == "__main__":
    sys.exit(main())
