"""Payloads on a person's screen."""

from hypothesis import given
from hypothesis import strategies as st

from keitora_ingestor.readable import printable, readable


def test_text_is_shown_as_it_is() -> None:
    assert readable('{"n":"軽トラ"}'.encode()) == '(17 bytes)\n{"n":"軽トラ"}'


def test_a_long_text_is_cut_between_characters() -> None:
    shown = readable("軽".encode() * 100, shown_bytes=10)

    assert shown == "(300 bytes, the first 10 are shown)\n軽軽軽"


def test_what_is_no_text_is_shown_in_hexadecimal() -> None:
    assert readable(bytes([0xFE, 0xED, 0x41])).endswith("00000000  fe ed 41" + " " * 41 + "..A")


@given(st.binary(max_size=200))
def test_nothing_in_a_payload_moves_the_cursor(payload: bytes) -> None:
    assert all(character.isprintable() or character in "\n\r\t" for character in readable(payload))


@given(st.text(max_size=200))
def test_a_topic_stays_in_its_line(topic: str) -> None:
    assert printable(topic).isprintable()
