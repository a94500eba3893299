"""What is counted of a device. docs/reference/device-quality.md says what each count means."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from keitora.samples.model import Block

LATE_MS: Final = 3_600_000
"""A row that arrives so long after it was taken is late."""


@dataclass(slots=True, kw_only=True)
class Tally:
    """A device's counts of one batch. `numbers`: the ranges of numbers that came, by boot (first, last)."""

    device_id: int
    fleet_id: int
    received_at: datetime
    message_count: int = 0
    event_count: int = 0
    row_count: int = 0
    unnumbered_count: int = 0
    late_row_count: int = 0
    clock_counts: list[int] = field(default_factory=lambda: [0, 0, 0, 0])
    refused_counts: Counter[str] = field(default_factory=Counter)
    numbers: dict[int, list[tuple[int, int]]] = field(default_factory=dict)

    def add_rows(self, at_ms: Sequence[int], received_ms: int, clock_quality: int, refused: Mapping[int, str]) -> None:
        """Count a message's rows; `refused` are the reasons of those that were not stored, by their place."""
        self.row_count += len(at_ms)
        self.clock_counts[clock_quality] += len(at_ms)
        late_ms = received_ms - LATE_MS
        if max(at_ms) < late_ms:
            self.late_row_count += len(at_ms)
        elif min(at_ms) < late_ms:
            self.late_row_count += sum(one_ms < late_ms for one_ms in at_ms)
        if refused:
            self.refused_counts.update(refused.values())

    def add_refused(self, block: Block) -> None:
        """Count a block's values that were set aside when it was read, and its rows if they have no numbers."""
        if block.boot is None:
            self.unnumbered_count += len(block)
        if block.refused_count:
            for extra in block.extra:
                values = extra.get("refused") if extra else None
                if isinstance(values, Mapping):
                    self.refused_counts.update(str(name) for name in values)


@dataclass(frozen=True, slots=True, kw_only=True)
class Quality:
    """A device's counts of its last seven days of arrival. `missing_count`: of the boots heard in that time."""

    device_id: int
    message_count: int
    row_count: int
    new_count: int
    event_count: int
    late_row_count: int
    undated_row_count: int
    refused_count: int
    missing_count: int
