"""What a sample costs in a database of a hundred million, against one of a million.

    .venv/bin/python bench/scale.py [--rows 100000000]

Thirty trucks at one row a second. The database is filled by COPY, then batches of 20,000 new rows are written as the
ingestor writes them, and the same batches once more. Prints medians and the ratio. Needs about 200 bytes of disk a row.
"""

import argparse
import os
import statistics
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import psycopg
from psycopg import Connection
from rich.progress import track

from keitora.clock import instant
from keitora.db.migrate import migrate
from keitora.local.testing import temporary_postgres
from keitora.samples.queries import Sheaf, Stored, pack_sheaf, store, store_new

TRUCKS = 30
START_MS = 1_700_000_000_000
SIGNALS = (
    "lat", "lon", "altitude_m", "gnss_speed_kmh", "heading_deg", "speed_kmh", "engine_rpm", "coolant_temp_c",
    "intake_temp_c", "map_kpa", "throttle_pct", "battery_v",
)  # fmt: skip
BATCH_ROWS = 20_010


def sheaf(first_s: int, count: int) -> Sheaf:
    """Return so many seconds of all trucks' rows, by truck and time."""
    seconds = np.tile(np.arange(first_s, first_s + count), TRUCKS)
    trucks = np.repeat(np.arange(1, TRUCKS + 1), count)
    size = len(seconds)
    wave = np.sin(seconds / 50 + trucks) * 20
    keys = (START_MS + seconds * 1000, trucks, trucks, seconds, np.zeros(size), np.full(size, 3))
    values = [
        35 + wave / 1000, 139 + wave / 900, 100 + wave, 30 + wave, (wave + 20) * 9, 30 + wave, 2000 + wave * 40,
        np.full(size, 88.0), 25 + wave / 10, 50 + wave, 20 + wave / 2, np.full(size, 14.1),
    ]  # fmt: skip
    return pack_sheaf(SIGNALS, [*keys, *values], [np.zeros(size, np.bool_)] * len(values), {})


def batches(first_s: int, count: int) -> Iterator[Sheaf]:
    """Yield so many batches from a second on."""
    each_s = BATCH_ROWS // TRUCKS
    return (sheaf(first_s + number * each_s, each_s) for number in range(count))


def fill(conn: Connection[Any], first_s: int, until_s: int) -> None:
    """Fill with rows between two seconds."""
    for begin in track(range(first_s, until_s, 2000), description=f"filling to {until_s * TRUCKS:,} rows"):
        store_new(conn, [sheaf(begin, min(2000, until_s - begin))], [])


def cost(conn: Connection[Any], first_s: int) -> dict[str, float]:
    """Return microseconds a row: elapsed and of the database's CPU, for new rows and for the same again."""
    found: dict[str, float] = {}
    made = list(batches(first_s, 25))
    for name in ("new", "again"):
        elapsed_us, cpu_s = [], backend_cpu_s(conn)
        for one in made:
            began = time.perf_counter()
            if name == "new":
                store_new(conn, [one], [Stored(1, 1, instant(START_MS), instant(START_MS))])
            else:
                with conn.transaction():  # what is staged lives until the commit
                    store(conn, [one])
            elapsed_us.append((time.perf_counter() - began) / BATCH_ROWS * 1e6)
        found[f"{name}, elapsed"] = statistics.median(elapsed_us[5:])
        found[f"{name}, database CPU"] = (backend_cpu_s(conn) - cpu_s) / len(made) / BATCH_ROWS * 1e6
    return found


def backend_cpu_s(conn: Connection[Any]) -> float:
    """Return the CPU seconds the connection's server process has used."""
    fields = Path(f"/proc/{conn.info.backend_pid}/stat").read_text("ascii").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def main() -> None:
    """Run and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=100_000_000)
    rows = parser.parse_args().rows
    with temporary_postgres() as server:
        migrate(server.url)
        with psycopg.connect(server.url, autocommit=True) as conn:
            fill(conn, 0, 1_000_000 // TRUCKS)
            small = cost(conn, 1_000_000 // TRUCKS)
            done_s = 1_000_000 // TRUCKS + 25 * (BATCH_ROWS // TRUCKS)
            fill(conn, done_s, rows // TRUCKS)
            conn.execute("CHECKPOINT")
            large = cost(conn, rows // TRUCKS)
            size = conn.execute("SELECT hypertable_size('sample'), count(*) FROM sample").fetchone() or (0, 1)
    for name, before in small.items():
        after = large[name]
        print(f"{name:<20} {before:6.2f} µs a row at 1 M, {after:6.2f} at {rows / 1e6:.0f} M: × {after / before:.2f}")
    print(f"{size[0] / size[1]:.0f} bytes a row with its index")


if __name__ == "__main__":
    main()
