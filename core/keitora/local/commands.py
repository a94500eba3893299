"""The commands of the embedded mode."""

import argparse
import dataclasses
import json
import os
import subprocess
import sys
from typing import Final

from keitora.errors import SetupError
from keitora.local import doctor as doctors
from keitora.local import launch, options, paths, servers
from keitora.local import status as statuses
from keitora.local.console import Console


def demo(argv: list[str]) -> int:
    """Start everything with simulated trucks, and say where to look."""
    summary = "Start database, broker, ingestor, API and a simulated fleet on this box. Ctrl-C stops them."
    return launch.run(options.parse(argv, is_demo=True, summary=summary), Console())


def up(argv: list[str]) -> int:
    """Start everything for real trucks."""
    summary = "Start database, broker, ingestor and API on this box. Ctrl-C stops them; the data stay."
    return launch.run(options.parse(argv, is_demo=False, summary=summary), Console())


def status(argv: list[str]) -> int:
    """Show what runs here and where; exit code 1 if nothing does."""
    as_json = _only_json("status", status.__doc__, argv)
    found = statuses.look()
    print(statuses.as_json(found) if as_json else statuses.as_text(found))
    return 0 if found else 1


def doctor(argv: list[str]) -> int:
    """Check what this machine has and lacks; exit code 1 if something cannot be had."""
    as_json = _only_json("doctor", doctor.__doc__, argv)
    findings = doctors.examine()
    print(json.dumps([dataclasses.asdict(f) for f in findings], indent=2) if as_json else doctors.as_text(findings))
    return 0 if doctors.is_healthy(findings) else 1


_MOST_WORKERS: Final = 4
"""Each has a database server and a broker of its own."""


def test(argv: list[str]) -> int:
    """Run the tests, fetching the servers they need. All words go to pytest; without any, all tests, side by side."""
    place = paths.checkout()
    if place is None:
        raise SetupError("the tests are in the repository; this Keitora was installed as a package")
    if not (os.environ.get("KEITORA_TEST_PG_BIN") and os.environ.get("KEITORA_TEST_MOSQUITTO")):
        servers.ensure(lambda line: print(line, file=sys.stderr))
    words = argv or ["-n", str(min(_MOST_WORKERS, os.cpu_count() or 1)), "--dist", "loadfile"]
    return subprocess.run([sys.executable, "-m", "pytest", *words], cwd=place, check=False).returncode


def _only_json(name: str, summary: str | None, argv: list[str]) -> bool:
    parser = argparse.ArgumentParser(prog=f"keitora {name}", description=summary)
    parser.add_argument("--json", action="store_true", help="for programs")
    return bool(parser.parse_args(argv).json)
