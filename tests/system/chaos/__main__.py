"""`python -m tests.system.chaos --runs 100 --seed 1`: promise 1 under random faults, and the figures of it."""

import argparse
import json
import os
import signal
import sys
import tempfile
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from random import Random

from keitora.db.migrate import migrate
from tests.system.chaos.disk import disk_postgres, in_own_namespace
from tests.system.chaos.run import Result, run

_INSIDE = "KEITORA_TEST_CHAOS_INSIDE"


def main() -> int:
    """Do the runs, print a line for each and a summary; return 1 if any promise was broken."""
    parser = argparse.ArgumentParser(prog="python -m tests.system.chaos", description=main.__doc__)
    parser.add_argument("--runs", type=int, default=4)
    parser.add_argument("--seed", type=int, default=1, help="the same seed brings the same faults in the same order")
    parser.add_argument("--only", type=int, metavar="RUN", help="repeat one run, by the seed its line names")
    parser.add_argument("--logs", action="store_true", help="print what the services logged")
    chosen = parser.parse_args()
    if _INSIDE not in os.environ:
        again = in_own_namespace(["-m", "tests.system.chaos", *sys.argv[1:]])
        os.execvpe(again[0], again, os.environ | {_INSIDE: "1"})
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that what is running is ended and removed
    chance = Random(chosen.seed)
    seeds = [chance.randrange(2**31) for _ in range(chosen.runs)] if chosen.only is None else [chosen.only]
    with tempfile.TemporaryDirectory(prefix="keitora-chaos-") as name:
        Path(name).chmod(0o755)  # the database runs as somebody else where we are root
        results = do(seeds, Path(name))
        if chosen.logs:
            for log in sorted(Path(name).glob("*/*.log")):
                print(f"--- {log.name}\n{log.read_text(encoding='utf-8')}")
    print(json.dumps(summary(results)), flush=True)
    return 0 if all(result.verdict.is_good for result in results) else 1


def do(seeds: Sequence[int], folder: Path) -> list[Result]:
    """Do the runs one after the other on one database server."""
    results = []
    with disk_postgres(folder) as postgres:
        migrate(postgres.url)
        for seed in seeds:
            scene = folder / str(seed)
            scene.mkdir()
            results.append(run(postgres, scene, seed))
            print(line(results[-1]), flush=True)
    return results


def line(result: Result) -> str:
    """Return a run in a line, and what was wrong with it below."""
    verdict = result.verdict
    text = (
        f"run {result.seed:<10} {'good' if verdict.is_good else 'BAD '} {result.ingestor_count} ingestors "
        f"{verdict.sent_count:>6} sent {verdict.stored_count:>6} stored {verdict.forgiven_count:>3} with the broker "
        f"{verdict.poison_count:>2} buried {result.recovery_s:5.1f} s to recover {result.lasted_s:5.1f} s "
        f"{result.peak_rss_mb:4.0f} MB {dict(result.faults)}"
    )
    return "\n    ".join([text, *verdict.faults])


def summary(results: Sequence[Result]) -> dict[str, object]:
    """Return the figures of all runs."""
    faults: Counter[str] = sum((result.faults for result in results), Counter())
    return {
        "runs": len(results),
        "bad_runs": [result.seed for result in results if not result.verdict.is_good],
        "sent": sum(result.verdict.sent_count for result in results),
        "stored": sum(result.verdict.stored_count for result in results),
        "duplicates": sum(result.verdict.duplicate_count for result in results),
        "lost_with_broker": sum(result.verdict.forgiven_count for result in results),
        "oldest_lost_with_broker_s": round(max(result.verdict.oldest_forgiven_s for result in results), 2),
        "buried": sum(result.verdict.poison_count for result in results),
        "longest_recovery_s": round(max(result.recovery_s for result in results), 1),
        "mean_run_s": round(sum(result.lasted_s for result in results) / len(results), 1),
        "peak_rss_mb": round(max(result.peak_rss_mb for result in results)),
        "disk_full_errors": sum(result.disk_full_count for result in results),
        "faults": dict(sorted(faults.items())),
    }


if __name__ == "__main__":
    sys.exit(main())
