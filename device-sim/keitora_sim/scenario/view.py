"""The live view of a scenario that is being sent: a table in the terminal; nothing where there is no terminal."""

import time
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Final, Protocol

from rich.console import Console
from rich.live import Live
from rich.table import Table

from keitora_sim.loggers.model import Sent
from keitora_sim.scenario.send import Count
from keitora_sim.truth.model import FaultTruth, Line

_DRAW_EVERY_S: Final = 0.5


class View(Protocol):
    """What is told of the sending."""

    def watched(self, messages: Iterable[Sent]) -> Iterator[Sent]:
        """Yield messages on, and show them."""


class _Silent:
    def watched(self, messages: Iterable[Sent]) -> Iterator[Sent]:
        yield from messages


class _Drawn:
    def __init__(self, drawing: Live, title: str, trucks: int, count: Count, truth: list[Line]) -> None:
        self._drawing = drawing
        self._title = title
        self._trucks = trucks
        self._count = count
        self._truth = truth
        self._seen = 0
        self._faults: Counter[str] = Counter()
        self._heard: set[str] = set()

    def watched(self, messages: Iterable[Sent]) -> Iterator[Sent]:
        drawn_s, drawn_rows = time.monotonic(), 0
        for message in messages:
            self._heard.add(message.device)
            yield message
            span_s = time.monotonic() - drawn_s
            if span_s >= _DRAW_EVERY_S:
                self._faults.update(line.fault for line in self._truth[self._seen :] if isinstance(line, FaultTruth))
                self._seen = len(self._truth)
                rate = (self._count.rows - drawn_rows) / span_s
                self._drawing.update(
                    table(
                        self._title,
                        self._count,
                        message,
                        rate,
                        heard=(len(self._heard), self._trucks),
                        faults=self._faults,
                    ),
                    refresh=True,
                )
                drawn_s, drawn_rows = time.monotonic(), self._count.rows


def table(
    title: str, count: Count, last: Sent, rows_per_s: float, *, heard: tuple[int, int], faults: Counter[str]
) -> Table:
    """Return how the sending stands; `heard` is how many trucks of how many have spoken."""
    struck = ", ".join(f"{name.replace('_', ' ')} {number:,}" for name, number in faults.most_common())
    refused = f", {count.refused_messages:,} messages refused" if count.refused_messages else ""
    lines = [
        ("trucks heard of", f"{heard[0]:,} of {heard[1]:,}"),
        ("told until", f"{last.at:%Y-%m-%d %H:%M:%S} UTC"),
        ("rows sent", f"{count.rows:,} in {count.messages:,} messages   {rows_per_s:,.0f}/s"),
        ("rows stored", f"{count.confirmed_rows:,} of {count.asked_rows:,} that are answered for{refused}"),
        ("faults so far", struck or "none"),
    ]
    drawn = Table(show_header=False, title=f"keitora sim: {title}")
    for name, text in lines:
        drawn.add_row(name, text)
    return drawn


@contextmanager
def shown(title: str, trucks: int, count: Count, truth: list[Line], console: Console) -> Iterator[View]:
    """Yield what shows the messages on their way; `count` and `truth` are filled by others meanwhile."""
    if not console.is_terminal:
        yield _Silent()
        return
    with Live(console=console, auto_refresh=False, transient=True) as drawing:
        yield _Drawn(drawing, title, trucks, count, truth)
