"""How long naming a place takes on a year of trucks: `python bench/name_place.py [--trucks 30]`.

Every truck drives from the base to one of forty fields and back, twice a day, 300 days. Measured: from the place's row
until every truck's visits and farm days are made, by one worker.
"""

import argparse
from math import cos, sin
from time import perf_counter, process_time

import psycopg

from keitora.books.rows import TracePoint
from keitora.clock import instant
from keitora.db.migrate import migrate
from keitora.fleets.queries import create_fleet
from keitora.local.testing import temporary_postgres
from keitora.places.cells import runs_of
from keitora.places.visits import legs_of
from keitora.vehicles.queries import create_vehicle
from keitora_ingestor.visits import place_next

DAYS, A_LEG = 300, 100
BASE = (36.65, 138.18)
START_MS = 1_735_700_400_000


def field(number: int) -> tuple[float, float]:
    away = 0.02 + 0.002 * number
    return BASE[0] + away * cos(number), BASE[1] + away * sin(number)


def year(truck: int) -> list[TracePoint]:
    points: list[TracePoint] = []
    for day in range(DAYS):
        at_ms = START_MS + day * 86_400_000 + truck * 1000
        for turn in range(2):
            target = field((truck + day + turn) % 40)
            for outward in (True, False):
                from_at, to_at = (BASE, target) if outward else (target, BASE)
                for number in range(1, A_LEG + 1):
                    at_ms += 9000
                    part = number / A_LEG
                    lat = from_at[0] + part * (to_at[0] - from_at[0])
                    lon = from_at[1] + part * (to_at[1] - from_at[1])
                    points.append(leg_end(at_ms, lat, lon, 9.0, moving=True))
                for _ in range(9):  # the logger hears a standing truck every quarter of an hour
                    at_ms += 900_000
                    points.append(leg_end(at_ms, *to_at, 900.0, moving=False))
    return points


def leg_end(at_ms: int, lat: float, lon: float, lasted_s: float, *, moving: bool) -> TracePoint:
    return TracePoint(
        at_ms=at_ms,
        lat=lat,
        lon=lon,
        altitude_m=None,
        kind="drive" if moving else "stand",
        speed_kmh=30.0 if moving else 0.0,
        distance_m=75.0 if moving else 0.0,
        lasted_s=lasted_s,
        moving_s=lasted_s if moving else 0.0,
        engine_on_s=lasted_s if moving else 0.0,
        engine_known_s=lasted_s,
        fuel_l=0.006 if moving else 0.0,
        fuel_known_s=lasted_s,
        energy_kwh=0.0,
        energy_known_s=0.0,
        gap_s=0.0,
    )


def fill(conn: psycopg.Connection, fleet_id: int, trucks: int) -> int:
    rows = 0
    for truck in range(trucks):
        vehicle_id = create_vehicle(conn, fleet_id=fleet_id, name=f"truck {truck}").vehicle_id
        conn.execute("INSERT INTO derive_state (vehicle_id, fleet_id) VALUES (%s, %s)", [vehicle_id, fleet_id])
        points = year(truck)
        rows += len(points)
        columns = ", ".join(("vehicle_id", "fleet_id", "at", *TracePoint._fields[1:]))
        with conn.cursor() as cursor, cursor.copy(f"COPY trace ({columns}) FROM STDIN") as copy:
            for one in points:
                copy.write_row((vehicle_id, fleet_id, instant(one.at_ms), *one[1:]))
        with conn.cursor() as cursor, cursor.copy("COPY trace_cell FROM STDIN") as copy:
            for run in runs_of((), legs_of(points)):
                copy.write_row((vehicle_id, run.cell, instant(run.from_ms), instant(run.to_ms)))
        last_at = instant(points[-1].at_ms)
        conn.execute("INSERT INTO visit_cursor VALUES (%s, %s)", [vehicle_id, last_at])
    return rows


def name(conn: psycopg.Connection, fleet_id: int, text: str, where: tuple[float, float], radius_m: float) -> None:
    conn.execute(
        """INSERT INTO place (fleet_id, name, kind, on_farm, lat, lon, radius_m, area_m2)
           VALUES (%s, %s, 'field', true, %s, %s, %s, 1)""",
        [fleet_id, text, *where, radius_m],
    )
    began, cpu = perf_counter(), process_time()
    while place_next(conn):
        pass
    wall_s, cpu_s = perf_counter() - began, process_time() - cpu
    row = conn.execute(
        "SELECT count(*), count(*) FILTER (WHERE is_visit) FROM visit JOIN place USING (place_id) WHERE name = %s",
        [text],
    ).fetchone()
    print(f"{text:>12}: {wall_s:5.2f} s ({cpu_s:.2f} s of it this process), stays and visits {row}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--trucks", type=int, default=30)
    trucks = parser.parse_args().trucks
    with temporary_postgres(fsync=False) as server:
        migrate(server.url)
        with psycopg.connect(server.url, autocommit=True) as conn:
            fleet_id = create_fleet(conn, name="bench").fleet_id
            rows = fill(conn, fleet_id, trucks)
            conn.execute("VACUUM ANALYZE")
            size = conn.execute(
                "SELECT pg_total_relation_size('trace_cell') / 1e6, count(*) FROM trace_cell"
            ).fetchone()
            print(f"{trucks} trucks, {rows:,} trace points; trace_cell (MB, rows): {size}")
            name(conn, fleet_id, "a field", field(7), 100)
            name(conn, fleet_id, "a wayside", (BASE[0] + 0.01, BASE[1]), 150)
            name(conn, fleet_id, "the base", BASE, 100)


if __name__ == "__main__":
    main()
