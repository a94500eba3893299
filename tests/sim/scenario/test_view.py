"""The live view tells what goes on, and changes nothing of it."""

from collections import Counter
from datetime import UTC, datetime
from io import StringIO

from rich.console import Console

from keitora_sim.loggers.model import Sent
from keitora_sim.scenario.send import Count
from keitora_sim.scenario.view import shown, table

AT = datetime(2026, 4, 1, 9, tzinfo=UTC)
MESSAGES = [Sent(AT, "t", b"{}", device=f"carry-{number % 3}") for number in range(50)]


def test_the_table_tells_of_trucks_rates_answers_and_faults() -> None:
    count = Count(messages=1200, rows=9000, asked_rows=8000, confirmed_rows=7000, refused_messages=3)
    console = Console(record=True, width=120, file=StringIO())

    console.print(table("tiny", count, MESSAGES[0], 4321.0, heard=(3, 9), faults=Counter(reboot=2, flat_battery=1)))

    text = console.export_text()
    for told in ("3 of 9", "2026-04-01 09:00:00", "9,000 in 1,200", "4,321/s", "7,000 of 8,000", "3 messages refused"):
        assert told in text
    assert "reboot 2, flat battery 1" in text


def test_what_is_shown_is_sent_on_in_order_with_a_terminal_and_without() -> None:
    for is_terminal in (True, False):
        console = Console(file=StringIO(), force_terminal=is_terminal)
        with shown("tiny", 3, Count(), [], console) as view:
            assert list(view.watched(MESSAGES)) == MESSAGES
