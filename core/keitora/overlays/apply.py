"""From derived trips and entries to trips as people see them. Pure.

Entries take effect in the order of the time they were made, each on what those before it have made of the trips. So the
newest wins, field by field; a split of a merged trip and a merge of split ones mean what they say; and to withdraw an
entry is to leave it out.
"""

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Final, TypeVar

from keitora.overlays.combine import combined, cut_out
from keitora.overlays.model import Entry, Piece, Purpose, Seen, SeenTrip, Shares
from keitora.trips.model import StoredTrip

_NO_SHARES: Final[Shares] = {}


def apply(trips: Iterable[StoredTrip], entries: Iterable[Entry], shares: Shares = _NO_SHARES) -> Seen:
    """Return the trips as people see them, by truck and time, and the entries that found no trip."""
    by_truck: dict[int, list[StoredTrip]] = {}
    for trip in trips:
        by_truck.setdefault(trip.vehicle_id, []).append(trip)
    spoken: dict[int, list[Entry]] = {}
    for entry in entries:
        if entry.withdrawn_at is None:
            spoken.setdefault(entry.vehicle_id, []).append(entry)
    seen: list[SeenTrip] = []
    orphans: list[Entry] = []
    for vehicle_id in sorted(by_truck.keys() | spoken.keys()):
        book = _Book(by_truck.get(vehicle_id, []), shares)
        for entry in sorted(spoken.get(vehicle_id, []), key=lambda entry: (entry.entered_at, entry.entry_id)):
            orphans += [] if book.take(entry) else [entry]
        seen += book.seen()
    return Seen(seen, orphans, shares)


@dataclass(slots=True)
class _Sheet:
    """A trip as it is seen so far. Each word is kept with the rank of the entry that said it."""

    pieces: list[Piece]
    purpose: tuple[int, Purpose] | None = None
    driver: tuple[int, int, str | None] | None = None
    note: tuple[int, str] | None = None
    start_at: datetime | None = None
    end_at: datetime | None = None
    distance_m: float | None = None
    entry_ids: tuple[int, ...] = field(default=())

    @property
    def from_at(self) -> datetime:
        return self.pieces[0].from_at

    @property
    def to_at(self) -> datetime:
        return self.pieces[-1].to_at


class _Book:
    """One truck's trips while its entries take effect, one after the other."""

    def __init__(self, trips: Sequence[StoredTrip], shares: Shares) -> None:
        ordered = sorted(trips, key=lambda trip: trip.started_at)
        self.sheets = [_Sheet([Piece(trip, trip.started_at, trip.ended_at)]) for trip in ordered]
        self.shares = shares
        self.rank = 0

    def take(self, entry: Entry) -> bool:
        """Let an entry take effect; False if it finds no trip."""
        self.rank += 1
        found = self._find(entry.anchor_at)
        if found is None:
            return False
        if entry.action == "merge":
            other = self._find(entry.other_at) if entry.other_at is not None else None
            if other is None:
                return False
            self._merge(min(found, other), max(found, other), entry)
        elif entry.action == "split":
            self._split(found, entry)
        elif entry.action == "correct":
            self._correct(self.sheets[found], entry)
        else:
            self._describe(self.sheets[found], entry)
        return True

    def _find(self, at: datetime) -> int | None:
        """Return which trip contains a moment; where one ends as the next begins, the next."""
        number = bisect_right(self.sheets, at, key=lambda sheet: sheet.from_at) - 1
        return number if number >= 0 and at <= self.sheets[number].to_at else None

    def _describe(self, sheet: _Sheet, entry: Entry) -> None:
        if entry.purpose is not None:
            sheet.purpose = (self.rank, entry.purpose)
        if entry.driver_id is not None:
            sheet.driver = (self.rank, entry.driver_id, entry.driver_name)
        if entry.note is not None:
            sheet.note = (self.rank, entry.note)
        sheet.entry_ids += (entry.entry_id,)

    def _correct(self, sheet: _Sheet, entry: Entry) -> None:
        sheet.start_at = entry.corrected_start_at or sheet.start_at
        sheet.end_at = entry.corrected_end_at or sheet.end_at
        if entry.corrected_distance_m is not None:
            sheet.distance_m = entry.corrected_distance_m
        sheet.entry_ids += (entry.entry_id,)

    def _merge(self, first: int, last: int, entry: Entry) -> None:
        parts = self.sheets[first : last + 1]
        if len(parts) == 1:  # one trip already: by an entry before, or because it was derived anew as one
            parts[0].entry_ids += (entry.entry_id,)
            return
        corrected = any(sheet.distance_m is not None for sheet in parts)
        lengths = [self._distance_m(sheet) for sheet in parts]
        self.sheets[first : last + 1] = [
            _Sheet(
                pieces=[piece for sheet in parts for piece in sheet.pieces],
                purpose=_newest(sheet.purpose for sheet in parts),
                driver=_newest(sheet.driver for sheet in parts),
                note=_newest(sheet.note for sheet in parts),
                start_at=parts[0].start_at,
                end_at=parts[-1].end_at,
                distance_m=sum(length or 0.0 for length in lengths) if corrected else None,
                entry_ids=(*(one for sheet in parts for one in sheet.entry_ids), entry.entry_id),
            )
        ]

    def _split(self, number: int, entry: Entry) -> None:
        sheet, at = self.sheets[number], entry.anchor_at
        before = [replace(piece, to_at=min(piece.to_at, at)) for piece in sheet.pieces if piece.from_at < at]
        after = [replace(piece, from_at=max(piece.from_at, at)) for piece in sheet.pieces if piece.to_at > at]
        if not before or not after:  # at the very edge: it is two already
            sheet.entry_ids += (entry.entry_id,)
            return
        ids = (*sheet.entry_ids, entry.entry_id)
        one = replace(sheet, pieces=before, end_at=None, entry_ids=ids)
        two = replace(sheet, pieces=after, start_at=None, entry_ids=ids)
        if sheet.distance_m is not None:
            lengths = (self._derived_m(one) or 0.0, self._derived_m(two) or 0.0)
            part = lengths[0] / sum(lengths) if sum(lengths) > 0 else 0.5
            one.distance_m, two.distance_m = sheet.distance_m * part, sheet.distance_m * (1 - part)
        self.sheets[number : number + 1] = [one, two]

    def _distance_m(self, sheet: _Sheet) -> float | None:
        return self._derived_m(sheet) if sheet.distance_m is None else sheet.distance_m

    def _derived_m(self, sheet: _Sheet) -> float | None:
        return combined(self._parts(sheet)).distance_m

    def _parts(self, sheet: _Sheet) -> list[StoredTrip]:
        return [cut_out(piece.trip, piece.from_at, piece.to_at, self.shares) for piece in sheet.pieces]

    def seen(self) -> list[SeenTrip]:
        """Return the trips as they are seen after all entries."""
        told: list[SeenTrip] = []
        for number, sheet in enumerate(self.sheets):
            # A corrected edge never reaches into a neighbour, whatever has become of that one since.
            earliest = told[-1].trip.ended_at if told else None
            latest = self.sheets[number + 1].from_at if number + 1 < len(self.sheets) else None
            told.append(self._seen(sheet, earliest, latest))
        return told

    def _seen(self, sheet: _Sheet, earliest: datetime | None, latest: datetime | None) -> SeenTrip:
        whole = combined(self._parts(sheet))
        derived_m = whole.distance_m
        longest = max(sheet.pieces, key=lambda piece: piece.to_at - piece.from_at)
        if sheet.distance_m is not None:
            whole = replace(whole, distance_m=sheet.distance_m, distance_source="entered")
        start_at = sheet.start_at or whole.started_at
        end_at = sheet.end_at or whole.ended_at
        start_at = start_at if earliest is None else max(start_at, earliest)
        end_at = end_at if latest is None else min(end_at, latest)
        if start_at < end_at:
            whole = replace(whole, started_at=start_at, ended_at=end_at)
        return SeenTrip(
            trip=whole,
            began_at=sheet.from_at,
            anchor_at=longest.from_at + (longest.to_at - longest.from_at) / 2,
            part_count=len(sheet.pieces),
            purpose=sheet.purpose[1] if sheet.purpose else None,
            driver_id=sheet.driver[1] if sheet.driver else None,
            driver_name=sheet.driver[2] if sheet.driver else None,
            note=sheet.note[1] if sheet.note else None,
            derived_distance_m=derived_m,
            entry_ids=tuple(sorted(set(sheet.entry_ids))),
            pieces=tuple(sheet.pieces),
        )


Word = TypeVar("Word", tuple[int, Purpose], tuple[int, int, str | None], tuple[int, str])


def _newest(words: Iterable[Word | None]) -> Word | None:
    said = [word for word in words if word is not None]
    return max(said, key=lambda word: word[0]) if said else None
