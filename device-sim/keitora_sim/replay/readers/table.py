"""Delimited text as loggers write it: torn, with trailing delimiters, in several encodings. Pure."""

import csv
import math
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Final

from keitora_sim.recording import RecordingError

TORN: Final = "line with too few or too many fields"
_DELIMITERS: Final = (",", ";", "\t")


@dataclass(frozen=True, slots=True)
class Table:
    """The header, and the lines that have a field for every column of it; they can be gone through once."""

    header: tuple[str, ...]
    lines: Iterator[tuple[str, ...]]

    def dicts(self) -> Iterator[dict[str, str]]:
        """Yield each line by column name."""
        for line in self.lines:
            yield dict(zip(self.header, line, strict=True))


def parse(text: Iterable[str], skipped: Counter[str], *, delimiter: str | None = ",", skip_lines: int = 0) -> Table:
    """Return a table; a line with too few or too many fields is counted, not fatal.

    Without a `delimiter` it is the one the header holds most of. Raises RecordingError if there is no header.
    """
    lines = (line for line in islice(text, skip_lines, None) if line.strip())
    first = next(lines, None)
    if first is None:
        raise RecordingError("the file is empty")
    between = delimiter or delimiter_of(first)
    header = _trimmed(_fields(first, between))
    return Table(header, _lines(lines, between, len(header), skipped))


def header_of(head: str) -> tuple[str, ...]:
    """Return the fields of a text's first line that is not empty, with the delimiter it holds most of."""
    first = next((line for line in head.splitlines() if line.strip()), "")
    return _trimmed(_fields(first, delimiter_of(first)))


def delimiter_of(line: str) -> str:
    """Return the delimiter a line holds most of: comma, semicolon or tab."""
    return max(_DELIMITERS, key=line.count)


def _lines(lines: Iterable[str], delimiter: str, width: int, skipped: Counter[str]) -> Iterator[tuple[str, ...]]:
    for line in lines:
        fitted = _fitted(_fields(line, delimiter), width)
        if fitted is None:
            skipped[TORN] += 1
        else:
            yield fitted


def _fields(line: str, delimiter: str) -> tuple[str, ...]:
    if '"' not in line:
        return tuple(field.strip() for field in line.split(delimiter))
    try:
        return tuple(field.strip() for field in next(csv.reader([line], delimiter=delimiter)))
    except csv.Error:  # a field of more than 128 KiB
        return ()


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
        value = float(text)
    except ValueError:
        return None
    if not math.isfinite(value):
        return None
    if "." in text:
        return value
    try:
        return int(text)
    except ValueError:
        return value
