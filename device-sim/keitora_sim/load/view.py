"""The live view of a load: a table in the terminal, redrawn twice a second; plain lines where there is no terminal."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Final

from rich.console import Console
from rich.live import Live
from rich.table import Table

from keitora_sim.load.run import Figures, Plan

_LINE_EVERY_S: Final = 5.0


def table(plan: Plan, now: Figures, before: Figures) -> Table:
    """Return the figures; rates are of the time since `before`."""
    span_s = max(1e-9, now.seconds - before.seconds)
    p50_s, p99_s = now.commit_quantile_s(0.5), now.commit_quantile_s(0.99)
    lines = [
        ("trucks", f"{plan.devices:,} on {now.open_connections:,} connections"),
        ("time", f"{now.seconds:.0f} of {plan.seconds:.0f} s"),
        ("samples sent", f"{now.sent_rows:,}   {(now.sent_rows - before.sent_rows) / span_s:,.0f}/s"),
        ("messages acknowledged", f"{now.acknowledged_messages:,} of {now.sent_messages:,}"),
        ("samples committed", _committed(plan, now, before, span_s)),
        ("sent to committed", f"{_ms(p50_s)} median, {_ms(p99_s)} p99"),
        ("sent again, breaks", f"{now.resent_messages:,}, {now.broken_connections:,}"),
        ("newest sample", f"{datetime.fromtimestamp(now.newest_ms / 1000, UTC):%Y-%m-%d %H:%M:%S} UTC"),
    ]
    drawn = Table(show_header=False, title="keitora sim load", caption=now.trouble, caption_style="bold red")
    for name, text in lines:
        drawn.add_row(name, text)
    return drawn


def line(now: Figures) -> str:
    """Return the figures as one line, for a log."""
    rate = now.sent_rows / now.seconds if now.seconds else 0.0
    text = f"{now.seconds:.0f} s: {now.sent_rows:,} samples sent ({rate:,.0f}/s), {now.confirmed_rows:,} committed"
    return f"{text}, {now.trouble}" if now.trouble else text


@contextmanager
def live(plan: Plan, console: Console, *, is_quiet: bool) -> Iterator[Callable[[Figures], None]]:
    """Yield what is to be told the figures."""
    if is_quiet:
        yield lambda _: None
        return
    before = Figures()
    if not console.is_terminal:

        def tell_line(now: Figures) -> None:
            nonlocal before
            if now.seconds - before.seconds >= _LINE_EVERY_S:
                before = Figures(seconds=now.seconds)
                console.print(line(now), highlight=False)

        yield tell_line
        return
    with Live(console=console, auto_refresh=False) as drawing:

        def tell_table(now: Figures) -> None:
            nonlocal before
            drawing.update(table(plan, now, before), refresh=True)
            before = Figures(seconds=now.seconds, sent_rows=now.sent_rows, confirmed_rows=now.confirmed_rows)

        yield tell_table


def _committed(plan: Plan, now: Figures, before: Figures, span_s: float) -> str:
    if not plan.ask_every:
        return "not asked"
    return f"{now.confirmed_rows:,}   {(now.confirmed_rows - before.confirmed_rows) / span_s:,.0f}/s"


def _ms(seconds: float | None) -> str:
    return "–" if seconds is None else f"{seconds * 1000:.0f} ms"
