"""How fast one process decodes, stores and derives, without the broker. Prints medians and ratios of one run.

.venv/bin/python bench/write_and_derive.py [--messages 3000] [--rows 10]
"""

import argparse
import statistics
import time
from typing import cast

import psycopg

from keitora.books.state import State
from keitora.clock import utc_now
from keitora.db.migrate import migrate
from keitora.derive.fold import fold
from keitora.derive.queries import find_rules
from keitora.devices.queries import assign_device, register_device
from keitora.fleets.queries import create_fleet
from keitora.local.testing import temporary_postgres
from keitora.samples.queries import read_for_fold
from keitora.settings import IngestSettings
from keitora.vehicles.queries import create_vehicle
from keitora.wire.native import encode_telemetry
from keitora_ingestor.deriver import derive_next
from keitora_ingestor.devices import DeviceCache
from keitora_ingestor.message import Message
from keitora_ingestor.service import limits_of
from keitora_ingestor.writer import write

KEYS = ["spd", "rpm", "ect", "iat", "map", "tps", "load", "v12", "lat", "lon", "gspd", "hdg", "alt"]
START_MS = 1_775_040_000_000


def message(device: int, number: int, rows_each: int) -> Message:
    """Return a batch of one of ten trucks that drive all the time."""
    first = number * rows_each
    rows = [
        [
            1000 * i, 40 + i % 7, 2500 + i, 88, 31, 55, 18, 40, 14.1,
            35 + (first + i) * 1e-4, 139.0, 40.2, 12, 700 + i,
        ]
        for i in range(rows_each)
    ]  # fmt: skip
    payload = encode_telemetry(
        boot=1, first_sequence=first, unix_ms=START_MS + first * 1000, uptime_ms=first * 1000,
        built_uptime_ms=first * 1000, clock_quality=3, keys=KEYS, rows=rows,
    )  # fmt: skip
    return Message(f"kei/v1/truck-{device}/t", payload, utc_now(), 0, 1, 0)


def main() -> None:
    """Run and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--messages", type=int, default=3000)
    parser.add_argument("--rows", type=int, default=10)
    parser.add_argument("--batch", type=int, default=500, help="messages in a transaction")
    chosen = parser.parse_args()
    with temporary_postgres() as server:
        migrate(server.url)
        with psycopg.connect(server.url, autocommit=True) as conn:
            fleet = create_fleet(conn, name="Bench")
            for number in range(10):
                vehicle = create_vehicle(conn, fleet_id=fleet.fleet_id, name=f"Truck {number}", displacement_cc=658)
                device = register_device(conn, fleet_id=fleet.fleet_id, source="native", device_key=f"truck-{number}")
                assign_device(conn, fleet_id=fleet.fleet_id, device_id=device.device_id, vehicle_id=vehicle.vehicle_id)
            messages = [message(i % 10, i // 10, chosen.rows) for i in range(chosen.messages)]
            stored = measure_write(conn, messages, chosen.batch)
            measure_derive(conn, stored)
            measure_fold(conn)


def measure_write(conn: psycopg.Connection[tuple[object, ...]], messages: list[Message], batch: int) -> int:
    """Store the messages, batch after batch, and say how fast."""
    limits, devices = limits_of(IngestSettings()), DeviceCache()
    rates, stored, cpu_s = [], 0, time.process_time()
    for begin in range(0, len(messages), batch):
        began = time.perf_counter()
        outcome = write(conn, messages[begin : begin + batch], limits, devices)
        rates.append(outcome.stored_count / (time.perf_counter() - began))
        stored += outcome.stored_count
    cpu_us = (time.process_time() - cpu_s) / stored * 1e6
    print(f"write: {cpu_us:.1f} µs of this process's CPU a sample")
    print(f"write: median {statistics.median(rates):,.0f} samples/s (min {min(rates):,.0f}, max {max(rates):,.0f})")
    return stored


def measure_derive(conn: psycopg.Connection[tuple[object, ...]], stored: int) -> None:
    """Derive all of it and say how fast."""
    began, cpu_s = time.perf_counter(), time.process_time()
    while derive_next(conn):
        pass
    print(f"derive: {(time.process_time() - cpu_s) / stored * 1e6:.1f} µs of this process's CPU a sample")
    print(f"derive: {stored / (time.perf_counter() - began):,.0f} samples/s, {stored:,} samples")


def measure_fold(conn: psycopg.Connection[tuple[object, ...]]) -> None:
    """Read the samples again, and fold them without storing anything; say what each part costs."""
    reading_s, folding_s, count = 0.0, 0.0, 0
    for (found,) in conn.execute("SELECT vehicle_id FROM vehicle").fetchall():
        vehicle_id = cast("int", found)
        rules, began_s = find_rules(conn, vehicle_id), time.process_time()
        with conn.transaction():
            samples = list(read_for_fold(conn, vehicle_id=vehicle_id, after_ms=None, until=utc_now()))
        read_s = time.process_time()
        fold(State(), samples, rules)
        reading_s, folding_s = reading_s + read_s - began_s, folding_s + time.process_time() - read_s
        count += len(samples)
    print(f"derive: of that {reading_s / count * 1e6:.1f} µs to read and {folding_s / count * 1e6:.1f} µs to fold")


if __name__ == "__main__":
    main()
