"""What a recording is once it has been read: rows of canonical signals in the order a logger would have made them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple

from keitora.errors import KeitoraError
from keitora.signals.check import Value

Values = Mapping[str, Value]


class RecordingError(KeitoraError):
    """A file cannot be read as the kind of recording it was said to be; the text says what was missing."""


class Row(NamedTuple):
    """One row: when it was sampled (aware UTC), and the values by canonical column; what is absent was not sampled.

    A key that is no canonical column is sent as it is; the ingestor keeps it beside the signals.
    """

    sampled_at: datetime
    values: Values


@dataclass(frozen=True, slots=True)
class Drive:
    """One recording. `skipped` counts what could not be read, by reason; `notes` say what else a user should know.

    Without a clock only the distance between the rows' times means something.
    """

    name: str
    rows: Sequence[Row]
    skipped: Mapping[str, int] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    has_clock: bool = True
