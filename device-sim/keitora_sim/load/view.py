"""The live view of a load: a table in the terminal, redrawn twice a second; plain lines where there is no terminal."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from typing import Final

from rich.console import Console
from rich.live import Live
from rich.table import Table

from keitora_sim.load.run import Figures, Plan

_LINE_EVERY_S: Final = 5.0


def table(plan: Plan, now: Figures, before: Figures) -> Table:
    """Return the figures, for eighty columns; rates are of the time since `before`."""
    span_s = max(1e-9, now.seconds - before.seconds)
    p50_s, p99_s = now.commit_quantile_s(0.5), now.commit_quantile_s(0.99)

    def rows(number: int, earlier: int) -> str:
        return f"{number:>15,}  {max(0, number - earlier) / span_s:>11,.0f}/s"

    lines = [
        ("trucks", f"{plan.devices:,} on {now.open_connections:,} connections{_logins(now)}"),
        ("time", f"{now.seconds:.0f} of {plan.seconds:.0f} s"),
        ("samples made", rows(now.sent_rows, before.sent_rows)),
        ("sent", rows(now.written_rows, before.written_rows)),
        ("acknowledged", rows(now.acknowledged_rows, before.acknowledged_rows)),
        ("committed", rows(now.confirmed_rows, before.confirmed_rows) if plan.ask_every else "not asked"),
        ("sent to committed", f"{_ms(p50_s)} median, {_ms(p99_s)} p99"),
        ("broken off", f"{now.broken_connections:,} connections, {now.resent_messages:,} messages sent again"),
        ("faults played", _faults(now) or ("none yet" if plan.faults else "none asked for")),
        ("newest sample", f"{datetime.fromtimestamp(now.newest_ms / 1000, UTC):%Y-%m-%d %H:%M:%S} UTC"),
    ]
    drawn = Table(show_header=False, title="keitora sim load", caption=now.trouble, caption_style="bold red")
    drawn.add_column(no_wrap=True)
    drawn.add_column(overflow="fold")
    for name, text in lines:
        drawn.add_row(name, text)
    return drawn


def line(now: Figures) -> str:
    """Return the figures as one line, for a log."""
    rate = now.sent_rows / now.seconds if now.seconds else 0.0
    told = [
        f"{now.seconds:.0f} s: {now.sent_rows:,} samples sent ({rate:,.0f}/s)",
        f"{now.acknowledged_rows:,} acknowledged",
        f"{now.confirmed_rows:,} committed",
    ]
    if now.broken_connections:
        told.append(f"{now.broken_connections:,} connections broken off")
    if faults := _faults(now):
        told.append(f"faults: {faults}")
    return ", ".join(told) + _logins(now) + (f", {now.trouble}" if now.trouble else "")


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
            before = replace(now)

        yield tell_table


def _logins(now: Figures) -> str:
    return f", {now.refused_logins:,} logins refused" if now.refused_logins else ""


def _faults(now: Figures) -> str:
    return ", ".join(f"{name} {number:,}" for name, number in sorted(now.faults.items()))


def _ms(seconds: float | None) -> str:
    return "–" if seconds is None else f"{seconds * 1000:.0f} ms"
