"""Simulated drives as the fold reads them."""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Any

from keitora.books.rules import Rules
from keitora.books.sample import SIGNAL_FIELDS, Sample
from keitora.books.state import State
from keitora.books.truck import Truck
from keitora.derive.facts import Facts
from keitora.derive.fold import fold
from keitora_sim.recording import Row
from keitora_sim.truck.drive import Driven, Route, drive
from keitora_sim.truck.model import Engine, Logger, Spec

START = datetime(2026, 4, 7, 0, tzinfo=UTC)
ROUNDS = (
    ("farm", "village", "market", "station"),
    ("farm", "orchard", "terraces", "farm"),
    ("station", "market", "farm"),
    ("farm", "pass"),
    ("pass", "farm"),
    ("riverside", "clinic", "farm", "hamlet"),
    ("hamlet", "farm", "station"),
    ("customer-east", "cooperative", "school", "sawmill"),
)


def driven(logger: Logger, places: Sequence[str], seed: int, *, start: datetime = START, **spec: Any) -> Driven:
    return drive(Spec("truck", logger, engine=Engine(), **spec), Route(tuple(places)), start, seed)


def samples_of(rows: Iterable[Row]) -> list[Sample]:
    return [Sample(round(row.sampled_at.timestamp() * 1000), 1, **_signals(row)) for row in rows]


def _signals(row: Row) -> dict[str, Any]:
    return {name: row.values.get(name) for name in SIGNAL_FIELDS}


def facts_of(rows: Iterable[Row], truck: Truck) -> Facts:
    return fold(State(), samples_of(rows), Rules(truck=truck))[1]
