"""What became of a batch of messages."""

from collections import Counter
from collections.abc import Hashable, Sequence
from dataclasses import dataclass, field

from keitora.samples.queries import Stored
from keitora.wire.native import Committed
from keitora_ingestor.flood import Sender
from keitora_ingestor.message import Message


@dataclass(frozen=True, slots=True)
class SetAside:
    """Why a message is kept as a dead letter.

    `is_whole`: it was kept aside as a whole. Otherwise it was read, and only rows of it were set aside.
    """

    message: Message
    reason: str
    detail: str
    is_whole: bool


@dataclass(frozen=True, slots=True)
class TurnedAway:
    """A message of which nothing is kept: its sender is over its budget, and may send it again after `wait_s`."""

    message: Message
    sender: Sender
    wait_s: float


@dataclass(slots=True)
class Outcome:
    """What became of a batch: what was stored, what to answer to devices (device key, rows), what was buried.

    `had_known_rows`: it was said to be all new, and was not. `newest_ms`: the newest time (Unix ms) of each device.
    `format_counts` count messages by wire format, `reason_counts` dead letters by their reason. `cpu_s`: this thread's
    time at each stage. `ranges`: the answer to each message that wants it.
    """

    stored: list[Stored] = field(default_factory=list)
    committed: list[tuple[str, Committed]] = field(default_factory=list)
    ranges: list[tuple[Message, Committed]] = field(default_factory=list)
    set_aside: list[SetAside] = field(default_factory=list)
    message_count: int = 0
    row_count: int = 0
    event_count: int = 0
    had_known_rows: bool = False
    newest_ms: dict[int, int] = field(default_factory=dict)
    format_counts: Counter[str] = field(default_factory=Counter)
    reason_counts: Counter[str] = field(default_factory=Counter)
    refused_value_count: int = 0
    cpu_s: dict[str, float] = field(default_factory=dict)
    turned_away: list[TurnedAway] = field(default_factory=list)

    @property
    def flooding(self) -> dict[Hashable, Sender]:
        """Return who was refused something, each once."""
        return {one.sender.key: one.sender for one in self.turned_away}

    @property
    def stored_count(self) -> int:
        """Return how many samples were new."""
        return sum(one.count for one in self.stored)

    @property
    def dead_letter_count(self) -> int:
        """Return how many messages were kept aside."""
        return self.reason_counts.total()

    def answer(self, message: Message, boot: int, rows: Sequence[int]) -> None:
        """Note the answer to a message that wants one, without ranges where it has no rows."""
        self.ranges.append((message, Committed(b=boot, r=[(rows[0], rows[-1])] if len(rows) else [])))

    def add(self, part: "Outcome") -> None:
        """Add what became of other messages."""
        self.stored += part.stored
        self.committed += part.committed
        self.ranges += part.ranges
        self.set_aside += part.set_aside
        self.message_count += part.message_count
        self.row_count += part.row_count
        self.event_count += part.event_count
        self.newest_ms |= part.newest_ms
        self.format_counts += part.format_counts
        self.reason_counts += part.reason_counts
        self.refused_value_count += part.refused_value_count
        self.turned_away += part.turned_away
        self.cpu_s = {stage: self.cpu_s.get(stage, 0.0) + used_s for stage, used_s in part.cpu_s.items()}
