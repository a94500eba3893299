"""From spans that overlap to the moments at which the state changes. Pure."""

from collections.abc import Iterable
from datetime import datetime
from itertools import groupby
from operator import attrgetter

from keitora.timeline.model import Change, Level, Span


def changes(spans: Iterable[Span], *, from_at: datetime, to_at: datetime) -> list[Change]:
    """Return each truck's state at `from_at` or when it is first known, and every change before `to_at`, by time.

    An idling lies inside a trip or a stop and hides it; a silence hides everything.
    """
    found: list[Change] = []
    by_truck = sorted(spans, key=attrgetter("vehicle_id"))
    for _, group in groupby(by_truck, key=attrgetter("vehicle_id")):
        found.extend(_of_truck(list(group), from_at, to_at))
    return sorted(found, key=lambda change: (change.at, change.vehicle_id))


def _of_truck(spans: list[Span], from_at: datetime, to_at: datetime) -> list[Change]:
    edges = {max(span.started_at, from_at) for span in spans}
    edges |= {max(span.ended_at, from_at) for span in spans if span.ended_at is not None}
    made: list[Change] = []
    waiting = sorted(spans, key=lambda span: span.started_at, reverse=True)
    lasting: list[Span] = []
    for at in sorted(edge for edge in edges if edge < to_at):
        while waiting and waiting[-1].started_at <= at:
            lasting.append(waiting.pop())
        lasting = [span for span in lasting if span.ended_at is None or span.ended_at > at]
        level = _shown([span.level for span in lasting])
        if level != (made[-1].level if made else None):
            made.append(Change(at, spans[0].vehicle_id, spans[0].vehicle_name, level))
    return made


def _shown(levels: list[Level]) -> Level | None:
    if Level.SILENT in levels:
        return Level.SILENT
    if Level.IDLING in levels:
        return Level.IDLING
    return max(levels, default=None)
