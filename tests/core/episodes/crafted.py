"""Crafted hours of one truck: what its sensors say, second by second, and the episodes the fold makes of it."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from keitora.books.rows import EpisodeRow
from keitora.books.rules import Rules
from keitora.books.sample import Sample
from keitora.books.state import State
from keitora.derive.fold import fold

START_MS = 1_775_005_200_000  # 2026-04-01 10:00 in Tokyo
METRES_A_DEGREE = 111_195.08


@dataclass(frozen=True)
class Span:
    """So many seconds in which the signals are these; `to` gives those that change evenly to another value by the end.

    A silent span passes without samples.
    """

    seconds: int
    values: dict[str, Any] = field(default_factory=dict)
    to: dict[str, float] = field(default_factory=dict)
    silent: bool = False


def at(seconds: int, **values: Any) -> Span:
    """So many seconds; `to`, if given, holds what the signals become by the end."""
    to = values.pop("to", {})
    return Span(seconds, values, to)


def silence(seconds: int) -> Span:
    return Span(seconds, silent=True)


def samples(spans: Iterable[Span], *, every_s: float = 1.0, device_id: int = 1) -> Iterator[Sample]:
    """Yield the samples, the truck going north where it has a speed."""
    metres, begun_s = 0.0, 0.0
    for span in spans:
        steps = round(span.seconds / every_s)
        for step in range(1, steps + 1):
            share = step / steps
            values = dict(span.values)
            for name, end in span.to.items():
                values[name] = values[name] + (end - values[name]) * share
            speed_kmh = values.get("speed_kmh", values.get("gnss_speed_kmh", 0.0)) or 0.0
            metres += speed_kmh / 3.6 * every_s
            if span.silent:
                continue
            if values.get("speed_kmh"):
                values["speed_kmh"] += step % 2 * 0.125  # a dongle that tells one speed to the last digit is hung
            place = {"lat": 35 + metres / METRES_A_DEGREE, "lon": 139.0}
            at_ms = START_MS + round((begun_s + step * every_s) * 1000)
            yield Sample(at_ms=at_ms, device_id=device_id, **(place | values))
        begun_s += span.seconds


def episodes(*spans: Span, every_s: float = 1.0, **settings: dict[str, Any]) -> list[EpisodeRow]:
    """Return what the fold makes of the spans; `settings` are the rules', by kind."""
    return fold(State(), samples(spans, every_s=every_s), Rules(episodes=settings))[1].episodes


def kinds(*spans: Span, every_s: float = 1.0, **settings: dict[str, Any]) -> list[str]:
    return [row.kind for row in episodes(*spans, every_s=every_s, **settings)]


def second(row: EpisodeRow) -> tuple[float, float | None]:
    """When it opened and closed, in seconds from the start."""
    begin = row.opened_at.timestamp() - START_MS / 1000
    end = None if row.closed_at is None else row.closed_at.timestamp() - START_MS / 1000
    return begin, end
