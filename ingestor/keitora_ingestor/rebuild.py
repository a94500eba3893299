"""`keitora rebuild`: fold samples anew, and tell what changed."""

import argparse
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import psycopg
from psycopg import Connection
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from keitora.derive.queries import Sampled, list_sampled, touch_all
from keitora.errors import NotFoundError
from keitora.local.state import database_url
from keitora_ingestor.deriver import Derived, derive_vehicle


def rebuild(argv: list[str]) -> int:
    """Fold samples anew and tell how many rows changed; where nothing was wrong, none does."""
    parser = argparse.ArgumentParser(prog="keitora rebuild", description=rebuild.__doc__)
    parser.add_argument("--since", type=date.fromisoformat, metavar="DATE", help="from this local day on (2026-04-01)")
    parser.add_argument("--vehicle", metavar="NAME", help="only this truck (default: every truck)")
    parser.add_argument("--fleet", metavar="NAME", help="only this fleet (default: every fleet)")
    chosen = parser.parse_args(argv)
    with psycopg.connect(database_url(), autocommit=True) as conn:
        trucks = list_sampled(conn, vehicle_name=chosen.vehicle, fleet_name=chosen.fleet)
        if chosen.vehicle is not None and not trucks:
            raise NotFoundError(f"no truck '{chosen.vehicle}' has samples; names are listed by: keitora vehicle list")
        return _rebuild(conn, trucks, chosen.since)


def _rebuild(conn: Connection[Any], trucks: list[Sampled], since: date | None) -> int:
    console = Console()
    changed_count = folded_count = 0
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, transient=True) as progress:
        for truck in trucks:
            task = progress.add_task(truck.vehicle_name, total=truck.sample_count)
            done = _rebuild_one(conn, truck, since, lambda count, task=task: progress.advance(task, count))
            progress.remove_task(task)
            if done is None:
                continue
            folded_count += done.folded_count
            changed_count += done.changed_count
            console.print(
                f"{truck.vehicle_name}: {done.folded_count:,} samples folded, {done.changed_count:,} rows changed",
                highlight=False,
            )
    console.print(f"{len(trucks)} trucks, {folded_count:,} samples, {changed_count:,} rows changed", highlight=False)
    return 0


def _rebuild_one(conn: Connection[Any], truck: Sampled, since: date | None, progress: Any) -> Derived | None:
    """Touch and fold a truck in one transaction, so that no running worker takes it away."""
    begin = None
    if since is not None:
        begin = datetime.combine(since, datetime.min.time(), ZoneInfo(truck.time_zone))
    with conn.transaction():
        if touch_all(conn, truck.vehicle_id, begin) == 0:
            return None
        return derive_vehicle(conn, truck.vehicle_id, progress)
