"""Delimited text as loggers write it: torn, with trailing delimiters, in several encodings. Pure."""

import csv
import math
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from keitora_sim.recording import RecordingError


@dataclass(frozen=True, slots=True)
class Table:
    """The header and the lines that have a field for every column of it; `skipped` counts the others by reason."""

    header: tuple[str, ...]
    lines: tuple[tuple[str, ...], ...]
    skipped: Counter[str]

    def dicts(self) -> Iterator[dict[str, str]]:
        """Yield each line by column name."""
        for line in self.lines:
            yield dict(zip(self.header, line, strict=True))


def text_of(content: bytes, encoding: str = "utf-8-sig") -> str:
    """Return decoded text; a byte that does not fit is marked rather than fatal, as only labels hold such bytes."""
    return content.decode(encoding, errors="replace").replace("\x00", "")


def parse(text: str, *, delimiter: str = ",", skip_lines: int = 0) -> Table:
    """Return a table; a line with too few or too many fields is counted, not fatal. Raises RecordingError if empty."""
    raw = text.splitlines()[skip_lines:]
    skipped: Counter[str] = Counter()
    header: tuple[str, ...] = ()
    lines: list[tuple[str, ...]] = []
    for source in raw:
        if not source.strip():
            continue
        fields = _fields(source, delimiter)
        if not header:
            header = _trimmed(fields)
            continue
        fitted = _fitted(fields, len(header))
        if fitted is None:
            skipped["line with too few or too many fields"] += 1
        else:
            lines.append(fitted)
    if not header:
        raise RecordingError("the file is empty")
    return Table(header, tuple(lines), skipped)


def _fields(line: str, delimiter: str) -> tuple[str, ...]:
    return tuple(field.strip() for field in next(csv.reader([line], delimiter=delimiter)))


def _trimmed(fields: Sequence[str]) -> tuple[str, ...]:
    end = len(fields)
    while end and not fields[end - 1]:
        end -= 1
    return tuple(fields[:end])


def _fitted(fields: tuple[str, ...], width: int) -> tuple[str, ...] | None:
    """Cut empty fields behind the last column (a trailing delimiter); refuse anything else of another width."""
    if len(fields) > width and not any(fields[width:]):
        fields = fields[:width]
    return fields if len(fields) == width else None


def number(text: str, *, decimal: str = ".") -> float | int | None:
    """Return a finite number, or None for an empty or unreadable field."""
    if decimal in text and decimal != ".":
        text = text.replace(".", "").replace(decimal, ".")
    try:
        return int(text)
    except ValueError:
        pass
    try:
        value = float(text)
    except ValueError:
        return None
    return value if math.isfinite(value) else None
