"""An entry about a trip, and trips as people see them."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal, get_args

from keitora.trips.model import StoredTrip

Action = Literal["describe", "merge", "split", "correct"]
Purpose = Literal["work", "farm", "private", "commute"]
PURPOSES: Final[tuple[Purpose, ...]] = get_args(Purpose)


@dataclass(frozen=True, slots=True, kw_only=True)
class EntryDraft:
    """What somebody says of a trip.

    It holds to `anchor_at`, a moment inside the trip: the trip may be derived anew and its edges may move, the entry
    finds the one that contains the moment. A merge joins it with the trip that contains `other_at`, and those between;
    a split cuts it at `anchor_at`. What is None is not spoken of.
    """

    vehicle_id: int
    action: Action
    anchor_at: datetime
    other_at: datetime | None = None
    purpose: Purpose | None = None
    driver_id: int | None = None
    note: str | None = None
    corrected_start_at: datetime | None = None
    corrected_end_at: datetime | None = None
    corrected_distance_m: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry(EntryDraft):
    """An entry as it is kept: with its author and time, and who withdrew it when."""

    entry_id: int
    driver_name: str | None
    entered_by: str
    entered_at: datetime
    withdrawn_by: str | None = None
    withdrawn_at: datetime | None = None

    def span(self) -> tuple[datetime, datetime]:
        """Return the first and the last moment it speaks of."""
        other_at = self.other_at or self.anchor_at
        return min(self.anchor_at, other_at), max(self.anchor_at, other_at)


@dataclass(frozen=True, slots=True)
class Share:
    """What part of a trip lay before a moment in it (0 to 1), and where the truck was then (degrees)."""

    time: float
    distance: float
    moving: float
    engine: float
    fuel: float
    lat: float | None = None
    lon: float | None = None


@dataclass(frozen=True, slots=True)
class Piece:
    """A derived trip from one moment to another: all of it, or what a split left."""

    trip: StoredTrip
    from_at: datetime
    to_at: datetime


@dataclass(frozen=True, slots=True)
class SeenTrip:
    """A trip as people see it.

    `pieces` are what it was made of.

    `trip` has its sums, its edges as corrected; `began_at` is its derived start, by which it is listed; `anchor_at` the
    middle of its longest part, for entries about it to hold to. `derived_distance_m` is what the parts add up to
    without a correction.
    """

    trip: StoredTrip
    began_at: datetime
    anchor_at: datetime
    part_count: int
    purpose: Purpose | None
    driver_id: int | None
    driver_name: str | None
    note: str | None
    derived_distance_m: float | None
    entry_ids: tuple[int, ...]
    pieces: tuple[Piece, ...]


Shares = Mapping[tuple[int, datetime], Share]
"""What lay before a split, by truck and moment. A split that is not there is shared out by time."""


@dataclass(frozen=True, slots=True)
class Seen:
    """Trips as people see them, and the entries that found no trip: kept, and listed, until they do again.

    `shares` is what the trips that were split were cut by.
    """

    trips: list[SeenTrip]
    orphans: list[Entry]
    shares: Shares
