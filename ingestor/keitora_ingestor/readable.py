"""A message's payload as a person can read it. Pure."""

from typing import Final

from keitora.errors import DecodeError
from keitora_ingestor.decode.bounds import Bounds, open_body

SHOWN_BYTES: Final = 4096
_ROW_BYTES: Final = 16
_BLANKS: Final = "\n\r\t"


def readable(payload: bytes, shown_bytes: int = SHOWN_BYTES) -> str:
    """Return a payload's text, decompressed if need be, or its bytes in hexadecimal where it is no text.

    Of a long one the first `shown_bytes` are shown, and how many there are. Nothing in it can move the cursor or colour
    the screen.
    """
    notes = [f"{len(payload)} bytes"]
    body = payload
    try:
        body = open_body(payload, Bounds())
    except DecodeError as error:
        notes.append(str(error))
    if body is not payload:
        notes.append(f"{len(body)} decompressed")
    shown = body[:shown_bytes]
    if len(shown) < len(body):
        notes.append(f"the first {len(shown)} are shown")
    text = _text(shown, is_cut=len(shown) < len(body))
    return f"({', '.join(notes)})\n{_hex(shown) if text is None else text}"


def printable(text: str, most: int = 100) -> str:
    """Return a text in one line of at most so many characters, its control characters visible."""
    shown = text if len(text) <= most else text[: most - 1] + "…"
    return "".join(character if character.isprintable() else repr(character)[1:-1] for character in shown)


def _text(body: bytes, *, is_cut: bool) -> str | None:
    try:
        text = body.decode()
    except UnicodeDecodeError as error:
        if not is_cut or error.start < len(body) - 3:  # a character may be cut in two at the end
            return None
        text = body[: error.start].decode()
    return text if all(character.isprintable() or character in _BLANKS for character in text) else None


def _hex(body: bytes) -> str:
    rows = []
    for begin in range(0, len(body), _ROW_BYTES):
        part = body[begin : begin + _ROW_BYTES]
        letters = "".join(chr(byte) if 0x20 <= byte < 0x7F else "." for byte in part)
        rows.append(f"{begin:08x}  {part.hex(' '):<{3 * _ROW_BYTES - 1}}  {letters}")
    return "\n".join(rows)
