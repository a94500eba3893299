"""What a stored sample takes on the disk, and what packing old weeks makes of it.

    .venv/bin/python bench/storage.py [--rows 1000000]

Thirty simulated trucks at one row a second, twelve signals a row, written in batches as the ingestor does. Prints
bytes a row as it is written, and after the week is packed as the edition of the database can: compressed (Community)
or with a dense index (Apache). Then what late rows cost in a packed week. KEITORA_TEST_PG_BIN chooses another server.
"""

import argparse
import time
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import numpy as np
import psycopg
from psycopg import Connection
from rich.progress import track

from keitora.clock import instant, utc_now
from keitora.db.edition import ask_edition
from keitora.db.migrate import migrate
from keitora.local.testing import temporary_postgres
from keitora.samples.queries import Sheaf, pack_sheaf, store, store_new
from keitora.storage.packing import compress_all, tighten_next
from keitora_sim.load.stream import COLUMNS
from keitora_sim.recording import Row
from keitora_sim.truck.drive import Route, drive
from keitora_sim.truck.model import Engine, Logger, Spec

TRUCKS = 30
BATCH_S = 300
ROUNDS = (
    ("farm", "market", "cooperative", "farm"),
    ("farm", "orchard", "terraces", "farm"),
    ("farm", "village", "clinic", "school", "farm"),
    ("farm", "sawmill", "orchard", "farm"),
)
# A week's chunk begins on a Thursday (Unix time); three weeks ago it is over, and to be packed.
WEEK_S = 7 * 86_400
START_S = int((utc_now() - timedelta(days=21)).timestamp()) // WEEK_S * WEEK_S


def values_of(rows: list[Row]) -> np.ndarray[Any, Any]:
    """Return a drive's rows as columns."""
    return np.array([[row.values.get(name) for row in rows] for name in COLUMNS], np.float64)


def drives() -> list[np.ndarray[Any, Any]]:
    """Return each truck's drive, repeated from its end on."""
    truck = Spec("bench", Logger.OBD_MAP, engine=Engine())
    day = instant(START_S * 1000)
    return [values_of(drive(truck, Route(ROUNDS[seed % 4]), day, seed).rows) for seed in range(TRUCKS)]


def batches(driven: list[np.ndarray[Any, Any]], first_s: int, until_s: int) -> Iterator[Sheaf]:
    """Yield the rows between two seconds, all trucks in a batch, by truck and time."""
    for begin in range(first_s, until_s, BATCH_S):
        seconds = np.arange(begin, min(begin + BATCH_S, until_s))
        values = np.hstack([one[:, seconds % one.shape[1]] for one in driven])
        trucks = np.repeat(np.arange(1, TRUCKS + 1), len(seconds))
        every = np.tile(seconds, TRUCKS)
        size = len(every)
        boots = 1 << 32
        keys = ((START_S + every) * 1000, trucks, trucks, boots + every, np.full(size, 2), np.full(size, 3))
        yield pack_sheaf(COLUMNS, [*keys, *values], [np.isnan(one) for one in values], {})


def bytes_each(conn: Connection[Any], count: int) -> str:
    """Return the bytes a row takes, all, and of that the rows themselves where they are not compressed."""
    row = conn.execute(
        """SELECT hypertable_size('sample'), sum(pg_relation_size(c)), sum(pg_indexes_size(c))
           FROM show_chunks('sample') AS c"""
    ).fetchone() or (0, 0, 0)
    whole, heap, index = (float(one) / count for one in row)
    return f"{whole:.1f} bytes a row (rows {heap:.1f}, indexes {index:.1f})"


def late(conn: Connection[Any], driven: list[np.ndarray[Any, Any]], until_s: int) -> None:
    """Print what rows cost that come for a packed week: such as are there already, and such as are not."""
    for what, first_s in (("again", 0), ("new", until_s)):
        sheaves = list(batches(driven, first_s, first_s + 2 * BATCH_S))
        began = time.perf_counter()
        with conn.transaction():
            stored = store(conn, sheaves)
        rows, added = 2 * BATCH_S * TRUCKS, sum(one.count for one in stored)
        cost_us = (time.perf_counter() - began) / rows * 1e6
        print(f"{what:<6} {cost_us:6.1f} µs a row, {added:,} of {rows:,} added")


def main() -> None:
    """Run and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=1_000_000)
    until_s = parser.parse_args().rows // TRUCKS // BATCH_S * BATCH_S
    driven = drives()
    with temporary_postgres() as server:
        migrate(server.url)
        with psycopg.connect(server.url, autocommit=True) as conn:
            edition = ask_edition(conn)
            if edition.can_compress:
                conn.execute("SELECT remove_compression_policy('sample')")  # it would begin while rows still come
            began = time.perf_counter()
            for one in track(list(batches(driven, 0, until_s)), description="writing"):
                store_new(conn, [one], [])
            count = until_s * TRUCKS
            print(f"{edition.name} {edition.timescale_version}, {count:,} rows")
            print(f"written in {(time.perf_counter() - began) / count * 1e6:.2f} µs a row: {bytes_each(conn, count)}")
            conn.execute("ANALYZE sample")
            began = time.perf_counter()
            if edition.can_compress:
                compress_all(conn)
            else:
                tighten_next(conn, after_days=1)
            print(f"packed in {time.perf_counter() - began:.1f} s: {bytes_each(conn, count)}")
            late(conn, driven, until_s)


if __name__ == "__main__":
    main()
