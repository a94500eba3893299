"""What a fold makes: rows, and states to fold on from."""

from dataclasses import dataclass, field

from keitora.books.rows import (
    ChargeRow,
    DayRow,
    EpisodeRow,
    IdlingRow,
    StopRow,
    TankRow,
    TracePoint,
    TripDayRow,
    TripRow,
)
from keitora.books.state import State


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """The state after all samples up to and including `last_ms`: a place to fold on from when older ones arrive."""

    last_ms: int
    state: State


@dataclass(frozen=True, slots=True)
class Facts:
    """The rows of one fold: those that are settled, and those still open as far as they are known.

    They take the place of every row from `Reach.of` the state before the fold up to that of the state after it.
    """

    trips: list[TripRow] = field(default_factory=list)
    trip_days: list[TripDayRow] = field(default_factory=list)
    stops: list[StopRow] = field(default_factory=list)
    idlings: list[IdlingRow] = field(default_factory=list)
    days: list[DayRow] = field(default_factory=list)
    charges: list[ChargeRow] = field(default_factory=list)
    tank_levels: list[TankRow] = field(default_factory=list)
    trace: list[TracePoint] = field(default_factory=list)
    episodes: list[EpisodeRow] = field(default_factory=list)
    checkpoints: list[Checkpoint] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of a fold: its rows, the state after it and how many samples it took.

    `checkpoint` is where it ends, None for the last piece, whose facts hold the open rows as well.
    """

    state: State
    facts: Facts
    checkpoint: Checkpoint | None
    sample_count: int
