"""The live view of a load: all that matters, in eighty columns, and as plain lines where there is no terminal."""

from io import StringIO

import pytest
from rich.console import Console

from keitora_sim.load.faults import Chances
from keitora_sim.load.run import Figures, Plan
from keitora_sim.load.view import line, live, table

PLAN = Plan(devices=2000, boot=1, start_ms=1, faults=Chances(garbage=0.1))
BEFORE = Figures(seconds=10, sent_rows=1_000_000, written_rows=1_000_000, acknowledged_rows=900_000)
NOW = Figures(
    seconds=12,
    sent_rows=1_300_000,
    written_rows=1_290_000,
    acknowledged_rows=1_100_000,
    confirmed_rows=1_000_000,
    broken_connections=7,
    resent_messages=1234,
    open_connections=1990,
    refused_logins=10,
    faults={"duplicates": 12_345, "garbage": 1_234, "outages": 17, "reordering": 123_456},
    newest_ms=1_775_000_000_000,
)


def test_the_table_tells_everything_in_eighty_columns() -> None:
    console = Console(record=True, width=80, file=StringIO())

    console.print(table(PLAN, NOW, BEFORE))

    text = console.export_text()
    for told in (
        *("2,000 on 1,990 connections", "10 logins refused", "1,300,000", "150,000/s", "145,000/s", "100,000/s"),
        *("7 connections", "1,234 messages sent again", "duplicates 12,345", "garbage 1,234", "outages 17"),
        *("reordering", "123,456"),
    ):
        assert told in text
    assert max(len(one) for one in text.splitlines()) <= 80


@pytest.mark.parametrize(("is_terminal", "is_quiet"), [(False, False), (True, False), (False, True)])
def test_without_a_terminal_there_are_plain_lines_and_quiet_is_quiet(*, is_terminal: bool, is_quiet: bool) -> None:
    written = StringIO()
    console = Console(file=written, force_terminal=is_terminal, width=80)

    with live(PLAN, console, is_quiet=is_quiet) as tell:
        tell(NOW)

    text = written.getvalue()
    assert ("\x1b" in text) == is_terminal
    assert ("logins refused" in text) == (not is_quiet)
    if not is_terminal and not is_quiet:
        assert line(NOW) == " ".join(text.split())
        assert "faults: duplicates 12,345, garbage 1,234" in line(NOW)
