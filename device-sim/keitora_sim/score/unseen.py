"""What no logger wrote down: the product cannot be asked for it. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final, Self

from keitora_sim.score.model import FoundTrip
from keitora_sim.truth.file import Truths
from keitora_sim.truth.model import EventTruth, TripTruth

_LOSES_ROWS: Final = frozenset({"flat_battery", "lost_without_coverage", "unseen_by_wrong_clock"})
_NOTICEABLE: Final = timedelta(seconds=60)
_SHOWS_HARSHNESS_S: Final = 1.6
_FIRST: Final = datetime.min.replace(tzinfo=UTC)
_LAST: Final = datetime.max.replace(tzinfo=UTC)

Span = tuple[datetime, datetime]


@dataclass(frozen=True, slots=True)
class Unseen:
    """Times by truck of which rows are missing for good, and what lies outside of what was sent at all.

    `seldom_heard` are trucks whose rows are too far apart for what lasts a second or two.
    """

    from_at: datetime
    until_at: datetime
    spans: Mapping[str, Sequence[Span]]
    seldom_heard: frozenset[str] = frozenset()

    @classmethod
    def of(cls, truths: Truths) -> Self:
        """Return what was not seen of a run: faults that lose rows for a minute or longer, and what was not sent."""
        spans: dict[str, list[Span]] = {}
        for fault in truths.faults:
            if fault.fault in _LOSES_ROWS and fault.until - fault.at >= _NOTICEABLE:
                spans.setdefault(fault.truck, []).append((fault.at, fault.until))
        run = truths.run
        seldom_heard = frozenset(truck.truck for truck in truths.trucks if truck.row_every_s > _SHOWS_HARSHNESS_S)
        return cls((run and run.from_at) or _FIRST, (run and run.until_at) or _LAST, spans, seldom_heard)

    def is_outside(self, told: FoundTrip) -> bool:
        """Tell whether a found trip is of another time than what was sent, so of something else."""
        return told.ended_at <= self.from_at or told.started_at >= self.until_at

    def hides(self, one: TripTruth | EventTruth) -> bool:
        """Tell whether a part of it was not seen."""
        if one.started_at < self.from_at or one.ended_at > self.until_at:
            return True
        if isinstance(one, EventTruth) and one.event.startswith("harsh_") and one.truck in self.seldom_heard:
            return True
        return any(begins < one.ended_at and one.started_at < ends for begins, ends in self.spans.get(one.truck, ()))
