"""`keitora score`: arguments, and the floors a run must reach."""

import argparse
import json
from datetime import datetime, timedelta
from pathlib import Path

from rich.console import Console

from keitora.errors import SetupError
from keitora.local.state import running
from keitora_sim.score.api import fetch
from keitora_sim.score.compare import score
from keitora_sim.score.view import as_json, table
from keitora_sim.truth.file import Truths, read

_AROUND = timedelta(hours=1)


def main(argv: list[str], description: str) -> int:
    """Compare, and print the score."""
    parser = argparse.ArgumentParser(prog="keitora score", description=description)
    parser.add_argument("--truth", type=Path, required=True, metavar="FILE", help="the file `keitora sim run` wrote")
    parser.add_argument("--api", metavar="URL", help="the API (that of this installation)")
    parser.add_argument("--key", required=True, metavar="K", help="a key that may read the fleet's trips")
    parser.add_argument("--json", action="store_true", help="print JSON")
    arguments = parser.parse_args(argv)
    truths = read(arguments.truth)
    from_at, to_at = _span(truths, arguments.truth)
    scored = score(truths, fetch(arguments.api or _own_api(), arguments.key, from_at=from_at, to_at=to_at))
    if arguments.json:
        print(json.dumps(as_json(scored)))
    else:
        Console(width=None).print(table(scored))
    return 0


def _own_api() -> str:
    state = running()
    if state is None:
        raise SetupError("no API runs here: start Keitora with ./keitora up, or name one with --api")
    return state.api.url


def _span(truths: Truths, path: Path) -> tuple[datetime, datetime]:
    if not truths.trips:
        raise SetupError(f"{path}: there is no trip in it to compare")
    first = min(trip.started_at for trip in truths.trips)
    last = max(trip.ended_at for trip in truths.trips)
    return first - _AROUND, last + _AROUND
