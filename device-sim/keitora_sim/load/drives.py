"""The drives that are sent over and over: a few trucks on rounds that end where they began, computed once."""

from datetime import UTC, datetime
from typing import Final

from keitora_sim.load.stream import Lap, lap
from keitora_sim.truck.drive import Route, drive
from keitora_sim.truck.model import Engine, Logger, Spec

_TRUCK: Final = Spec("load", Logger.OBD_MAP, engine=Engine())
_ROUNDS: Final = (
    ("farm", "market", "cooperative", "farm"),
    ("farm", "orchard", "terraces", "farm"),
    ("farm", "village", "clinic", "school", "farm"),
    ("farm", "sawmill", "orchard", "farm"),
)
_DAY: Final = datetime(2026, 4, 1, tzinfo=UTC)


def laps(*, rows: int, interval_ms: int = 1000) -> list[Lap]:
    """Return the rounds as messages of `rows` rows."""
    driven = [drive(_TRUCK, Route(places), _DAY, seed).rows for seed, places in enumerate(_ROUNDS)]
    return [lap(one, rows=rows, interval_ms=interval_ms) for one in driven]
