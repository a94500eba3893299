"""What a reader notes beside the rows."""

from collections import Counter
from dataclasses import dataclass, field


@dataclass(slots=True)
class Remarks:
    """`skipped` counts what could not be read, by reason; `notes` are said to the user as they are.

    Without a clock (`has_clock` False) the rows' times count from 1970 and mean nothing but their distance.
    """

    skipped: Counter[str] = field(default_factory=Counter)
    notes: list[str] = field(default_factory=list)
    has_clock: bool = True
