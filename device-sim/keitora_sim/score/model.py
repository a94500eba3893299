"""What was found, as the product tells it, and the score."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime


@dataclass(frozen=True, slots=True)
class FoundTrip:
    """A trip as the product tells it."""

    truck: str
    started_at: datetime
    ended_at: datetime
    distance_m: float | None
    fuel_l: float | None
    energy_kwh: float | None


@dataclass(frozen=True, slots=True)
class FoundEpisode:
    """An episode as the product tells it."""

    truck: str
    kind: str
    started_at: datetime
    ended_at: datetime | None


@dataclass(slots=True)
class Found:
    """All of it; `episodes` is None where the server offers none."""

    trips: list[FoundTrip] = field(default_factory=list)
    episodes: list[FoundEpisode] | None = None


@dataclass(frozen=True, slots=True)
class Errors:
    """How far off: median and 90th percentile of the absolute differences, and the sum's difference in per cent.

    None where nothing was compared.
    """

    count: int = 0
    median: float | None = None
    p90: float | None = None
    total_pct: float | None = None


@dataclass(frozen=True, slots=True)
class EventScore:
    """One kind of event: how many there were, how many of them were found, how many were told that were none."""

    true_count: int
    found_count: int
    false_count: int


@dataclass(frozen=True, slots=True)
class Score:
    """A score. Ratios are 0 to 1, None where there is nothing to divide by.

    `unseen_trips` were not, or only in part, written down by any logger; they count neither as true nor as missed.
    """

    true_trips: int
    found_trips: int
    matched_trips: int
    unseen_trips: int
    trip_precision_ratio: float | None
    trip_recall_ratio: float | None
    edge_s: Errors
    distance_pct: Errors
    fuel_pct: Errors
    energy_pct: Errors
    events: Mapping[str, EventScore] | None
    trucks: Mapping[str, "Score"] = field(default_factory=dict)
