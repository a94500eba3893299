"""How fast messages become committed samples, and where the time goes.

    .venv/bin/python bench/ingest.py [--seconds 60] [--runs 3] [--only limits,ten,one,again,single,two]

Sender, broker, database and ingestor share the machine, all with their usual settings (fsync on). Prints medians of the
runs and their ratios, and the machine. Lines:

    copy    the same rows by COPY and nothing else: what the database can take
    naive   one INSERT and one commit a message, as a simple subscriber does
    ten     through the broker, 10 rows a message
    one     through the broker, 1 row a message
    again   the same messages a second time: nothing is stored twice
    single  10 rows a message, an ingestor of one writer (the default is two, which use two cores)
    two     10 rows a message, two ingestors of one writer each
"""

import argparse
import contextlib
import os
import platform
import statistics
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from threading import Event

import psycopg
from psycopg.types.json import Jsonb

from keitora.clock import utc_now
from keitora.db.migrate import migrate
from keitora.devices.queries import assign_device, register_device
from keitora.fleets.queries import create_fleet
from keitora.local.ports import for_test
from keitora.local.testing import TemporaryBroker, TemporaryPostgres, temporary_broker, temporary_postgres
from keitora.samples.queries import store_new
from keitora.settings import IngestSettings
from keitora.vehicles.queries import create_vehicle
from keitora_ingestor.assemble import Assembly, part_of
from keitora_ingestor.decode.bounds import Bounds, Incoming
from keitora_ingestor.decode.native import telemetry
from keitora_ingestor.queries import find_device
from keitora_ingestor.service import limits_of
from keitora_sim.load.drives import laps
from keitora_sim.load.run import Load, Plan
from keitora_sim.load.stream import Stream

DEVICES = 30
WARM_UP_S = 5
START_MS = 1_775_040_000_000
UNCONFIRMED_ROWS = {1: 30_000, 10: 120_000}


@dataclass
class Ingestors:
    """Running ingestors and their figures."""

    processes: list[subprocess.Popen[bytes]] = field(default_factory=list)
    ports: list[int] = field(default_factory=list)

    def figures(self) -> dict[str, float]:
        """Return all ingestors' metrics, summed by name."""
        sums: dict[str, float] = {}
        for port in self.ports:
            page = urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=10).read().decode()
            for line in page.splitlines():
                if not line.startswith("#"):
                    name, _, value = line.rpartition(" ")
                    sums[name] = sums.get(name, 0.0) + float(value)
        return sums


@contextlib.contextmanager
def ingestors(count: int, writers: int, server: TemporaryPostgres, broker: TemporaryBroker) -> Iterator[Ingestors]:
    """Run so many ingestors of so many writers each."""
    made = Ingestors()
    try:
        for number in range(count):
            made.ports.append(for_test())
            environment = {
                **os.environ,
                "KEITORA_DATABASE_URL": server.url,
                "KEITORA_MQTT_URL": broker.ingestor_url,
                # A bench's trucks send as no truck does; the gate still counts every message.
                "KEITORA_FLOOD_BURST_ROWS": "1e12",
                "KEITORA_FLOOD_BURST_BYTES": "1e15",
                "KEITORA_WRITERS": str(writers),
                "KEITORA_MQTT_CLIENT_ID": f"bench-{number}",
                "KEITORA_METRICS_PORT": str(made.ports[-1]),
            }
            made.processes.append(
                subprocess.Popen(
                    [sys.executable, "-m", "keitora", "ingest"], env=environment, stderr=subprocess.DEVNULL
                )
            )
        pause = Event()
        while True:
            with contextlib.suppress(OSError):
                if made.figures()["keitora_ingest_broker_connected"] == count:
                    break
            pause.wait(0.1)
        yield made
    finally:
        for process in made.processes:
            process.terminate()
        for process in made.processes:
            process.wait()


def main() -> None:
    """Run and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=60, help="how long each run sends")
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--only", default="limits,ten,one,again,single,two", help="which lines")
    parser.add_argument("--send", nargs=4, metavar=("URL", "ROWS", "SECONDS", "BOOT"), help=argparse.SUPPRESS)
    chosen = parser.parse_args()
    if chosen.send:
        send(chosen.send[0], *map(int, chosen.send[1:]))
        return
    print(f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}", flush=True)
    lines: dict[str, list[float]] = {}
    for _ in range(chosen.runs):
        for name, rate in run(chosen.only.split(","), int(chosen.seconds)):
            lines.setdefault(name, []).append(rate)
    base = statistics.median(lines.get("ten", [next(iter(lines.values()))[0]]))
    for name, rates in lines.items():
        middle = statistics.median(rates)
        spread = f"{min(rates):,.0f} – {max(rates):,.0f}"
        print(f"{name:<6} {middle:>9,.0f} samples/s  × {middle / base:.2f}  ({spread})")


def run(names: list[str], seconds: int) -> Iterator[tuple[str, float]]:
    """Yield the name and rate of each line, in a fresh database and broker each."""
    if "limits" in names:
        with prepared() as (server, _):
            yield "copy", copy_rate(server)
            yield "naive", naive_rate(server)
    for name, rows, count, writers in (("ten", 10, 1, 2), ("one", 1, 1, 2), ("single", 10, 1, 1), ("two", 10, 2, 1)):
        if name in names or (name == "ten" and "again" in names):
            with prepared() as (server, broker), ingestors(count, writers, server, broker) as running:
                yield name, measure(name, server, broker, running, rows=rows, seconds=seconds)
                if name == "ten" and "again" in names:
                    yield "again", measure("again", server, broker, running, rows=rows, seconds=seconds)


@contextlib.contextmanager
def prepared() -> Iterator[tuple[TemporaryPostgres, TemporaryBroker]]:
    """Yield a migrated database with trucks, and a broker."""
    with temporary_postgres() as server, temporary_broker() as broker:
        migrate(server.url)
        with psycopg.connect(server.url, autocommit=True) as conn:
            fleet = create_fleet(conn, name="Bench")
            for key in plan(10, 1).device_keys():
                vehicle = create_vehicle(conn, fleet_id=fleet.fleet_id, name=key)
                device = register_device(conn, fleet_id=fleet.fleet_id, source="native", device_key=key)
                assign_device(conn, fleet_id=fleet.fleet_id, device_id=device.device_id, vehicle_id=vehicle.vehicle_id)
        yield server, broker


def plan(rows: int, seconds: int, boot: int = 1) -> Plan:
    """Return what the sender sends: as much as is taken, always the same from the start."""
    return Plan(
        devices=DEVICES,
        rows=rows,
        seconds=seconds,
        most_unconfirmed_rows=UNCONFIRMED_ROWS[rows],
        window_messages=16_000,
        boot=boot,
        start_ms=START_MS,
    )


def send(url: str, rows: int, seconds: int, boot: int) -> None:
    """Send for so many seconds."""
    chosen = plan(rows, seconds, boot)
    Load(url, chosen, laps(rows=rows)).run(Event())


def measure(
    name: str, server: TemporaryPostgres, broker: TemporaryBroker, running: Ingestors, *, rows: int, seconds: int
) -> float:
    """Return rows a second, committed, after warming up; print where the processor's time went."""
    command = [sys.executable, __file__, "--send", broker.url, str(rows), str(seconds + WARM_UP_S), "1"]
    sender = subprocess.Popen(command)
    pause = Event()
    while running.figures()["keitora_ingest_batch_rows_count"] == 0:
        pause.wait(0.1)
    pause.wait(WARM_UP_S - 1)
    began, before, cpu_before = time.monotonic(), running.figures(), used(server, broker, running, sender)
    pause.wait(seconds - 1)
    lasted_s, after, cpu_after = time.monotonic() - began, running.figures(), used(server, broker, running, sender)
    sender.wait()
    count = after["keitora_ingest_rows_total"] - before["keitora_ingest_rows_total"]
    spent = {part: (cpu_after[part] - cpu_before[part]) / count * 1e6 for part in cpu_after}
    stages = {
        stage: (after[key] - before.get(key, 0.0)) / count * 1e6
        for stage in ("read", "assemble", "store")
        if (key := f'keitora_ingest_writer_cpu_seconds_total{{stage="{stage}"}}') in after
    }
    told = spent | stages
    told["receive"] = spent["ingestor"] - sum(stages.values())
    lag_s = (after["keitora_ingest_waiting_messages"], after["keitora_ingest_unacknowledged_messages"])
    print(f"  {name}: {count / lasted_s:,.0f}/s for {lasted_s:.0f} s; µs of CPU a sample: {_line(told)}")
    new = after["keitora_ingest_samples_total"] - before["keitora_ingest_samples_total"]
    print(
        f"  {name}: {new / count:.0%} new; at the end {lag_s[0]:,.0f} messages waiting, {lag_s[1]:,.0f} in flight",
        flush=True,
    )
    return count / lasted_s


def _line(spent: Mapping[str, float]) -> str:
    return ", ".join(f"{part} {micros:.1f}" for part, micros in spent.items())


def used(
    server: TemporaryPostgres, broker: TemporaryBroker, running: Ingestors, sender: subprocess.Popen[bytes]
) -> dict[str, float]:
    """Return the CPU seconds each part has used so far."""
    database = [server.pid, *_children(server.pid)]
    return {
        "sender": _cpu_s(sender.pid),
        "broker": _cpu_s(broker.pid),
        "ingestor": sum(_cpu_s(process.pid) for process in running.processes),
        "database": sum(map(_cpu_s, database)),
    }


def _children(pid: int) -> list[int]:
    with contextlib.suppress(OSError):
        return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text("ascii").split()]
    return []


def _cpu_s(pid: int) -> float:
    try:
        fields = Path(f"/proc/{pid}/stat").read_text("ascii").rpartition(")")[2].split()
    except OSError:
        return 0.0
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def batches(count: int, messages: int) -> Iterator[list[bytes]]:
    """Yield messages as the sender makes them, in batches."""
    made = plan(10, 1)
    drives = laps(rows=10)
    streams = [
        Stream(key, drives[i % len(drives)], boot=1, start_ms=START_MS, first_message=i * 37, ask_every=0)
        for i, key in enumerate(made.device_keys())
    ]
    for _ in range(count):
        yield [streams[i % DEVICES].message(0.0)[1] for i in range(messages)]


def copy_rate(server: TemporaryPostgres) -> float:
    """Return how many of the same rows a second go in by COPY alone, 20,000 a transaction."""
    limits = limits_of(IngestSettings())
    rates = []
    with psycopg.connect(server.url, autocommit=True) as conn:
        for batch in batches(12, 2000):
            assembly = Assembly(limits.times)
            now = utc_now()
            for index, payload in enumerate(batch):
                key = f"load-{index % DEVICES:04d}"
                device = find_device(conn, source="native", device_key=key)
                incoming = Incoming(levels=("kei", "v1", key, "t"), payload=payload, received_at=now, bounds=Bounds())
                block = telemetry(incoming).block
                if device is not None and block is not None:
                    received_ms = round(now.timestamp() * 1000)
                    assembly.add(part_of(block, list(block.at_ms or ()), device=device, received_ms=received_ms))
            assembly.finish()
            began = time.perf_counter()
            store_new(conn, assembly.sheaves, [])
            rates.append(assembly.row_count / (time.perf_counter() - began))
    return statistics.median(rates)


def naive_rate(server: TemporaryPostgres) -> float:
    """Return how many rows a second one INSERT a message stores, with a commit each, in a plain table."""
    with psycopg.connect(server.url, autocommit=True) as conn:
        conn.execute("CREATE TABLE naive (at timestamptz, device text, body jsonb)")
        began, count = time.perf_counter(), 0
        for payload in next(batches(1, 1500)):
            found = telemetry(
                Incoming(levels=("kei", "v1", "naive", "t"), payload=payload, received_at=utc_now(), bounds=Bounds())
            ).block
            if found is not None:
                rows = zip(*found.columns.values(), strict=True)
                with conn.cursor() as cursor:
                    cursor.executemany(
                        "INSERT INTO naive VALUES (now(), 'x', %s)",
                        [(Jsonb(dict(zip(found.columns, row, strict=True))),) for row in rows],
                    )
                count += len(found)
        return count / (time.perf_counter() - began)


if __name__ == "__main__":
    main()
