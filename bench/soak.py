"""Whether memory stays flat under load.

    .venv/bin/python bench/soak.py [--minutes 60] [--rate 5000]

Sends at a steady rate through broker and ingestor and prints the resident memory of each process every five minutes,
then what it was after the first tenth and at the end.
"""

import argparse
import subprocess
import sys
import time
from pathlib import Path
from threading import Event

from ingest import ingestors, plan, prepared

from keitora_sim.load.drives import laps
from keitora_sim.load.run import Load, Plan

ROWS = 10
TELL_EVERY_S = 300


def resident_mb(pid: int) -> float:
    """Return a process's resident memory (MB)."""
    for line in Path(f"/proc/{pid}/status").read_text("ascii").splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) / 1024
    return 0.0


def send(url: str, seconds: float, rate: float) -> None:
    """Send for so long."""
    made = plan(ROWS, 1)
    steady = Plan(
        devices=made.devices,
        rows=ROWS,
        rows_per_s=rate,
        seconds=seconds,
        boot=made.boot,
        start_ms=made.start_ms,
    )
    Load(url, steady, laps(rows=ROWS)).run(Event())


def main() -> None:
    """Run and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--minutes", type=float, default=60)
    parser.add_argument("--rate", type=float, default=5000, help="samples a second")
    parser.add_argument("--send", nargs=1, metavar="URL", help=argparse.SUPPRESS)
    chosen = parser.parse_args()
    if chosen.send:
        send(chosen.send[0], chosen.minutes * 60, chosen.rate)
        return
    with prepared() as (server, broker), ingestors(1, 2, server, broker) as running:
        limits = ["--minutes", str(chosen.minutes), "--rate", str(chosen.rate)]
        sender = subprocess.Popen([sys.executable, __file__, "--send", broker.url, *limits])
        pids = {"ingestor": running.processes[0].pid, "broker": broker.pid, "sender": sender.pid}
        began, told, figures = time.monotonic(), 0.0, []
        while sender.poll() is None:
            time.sleep(1)
            passed_s = time.monotonic() - began
            if passed_s >= told:
                told += min(TELL_EVERY_S, chosen.minutes * 6)
                figures.append({name: resident_mb(pid) for name, pid in pids.items()})
                stored = running.figures()["keitora_ingest_samples_total"]
                line = ", ".join(f"{name} {size_mb:.1f} MB" for name, size_mb in figures[-1].items())
                print(f"{passed_s / 60:5.1f} min: {stored:,.0f} samples stored; {line}", flush=True)
        early, late = figures[min(1, len(figures) - 1)], figures[-1]
        for name, size_mb in early.items():
            print(f"{name}: {size_mb:.1f} MB early, {late[name]:.1f} MB at the end: × {late[name] / size_mb:.2f}")


if __name__ == "__main__":
    main()
