"""The log of the services: what strangers write cannot pass for a line of ours."""

import logging

from hypothesis import given
from hypothesis import strategies as st

from keitora.logs import OneLine, one_line


def record(text: str, error: BaseException | None = None) -> logging.LogRecord:
    told = (type(error), error, error.__traceback__) if error else None
    return logging.LogRecord("api", logging.WARNING, "", 1, "asked for %s", (text,), told)


def fail(why: str) -> None:
    raise ValueError(why)


def test_a_line_break_in_what_was_asked_makes_no_second_line() -> None:
    written = OneLine("%(levelname)s %(message)s").format(record("/v1\r\n2026-11-22 INFO api: all is well\x1b[2K"))

    assert written == "WARNING asked for /v1\\r\\n2026-11-22 INFO api: all is well\\x1b[2K"


@given(st.text())
def test_whatever_is_logged_is_one_line(text: str) -> None:
    written = OneLine("%(message)s").format(record(text))

    assert len(written.splitlines()) == 1
    assert not any(ord(letter) < 0x20 or letter == "\x7f" for letter in written)


@given(st.text(st.characters(categories=["L", "N", "P", "S"])))
def test_readable_text_of_any_script_stays_as_it_is(text: str) -> None:
    assert one_line(text) == text


def test_the_trace_of_an_error_keeps_its_lines_and_none_passes_for_one_of_ours() -> None:
    try:
        fail("gone wrong\nWARNING all is well")
    except ValueError as error:
        written = OneLine("%(message)s").format(record("/v1", error))

    first, *trace = written.splitlines()
    assert first == "asked for /v1"
    assert trace[0] == "  Traceback (most recent call last):"
    assert trace[-2:] == ["  ValueError: gone wrong", "  WARNING all is well"]
