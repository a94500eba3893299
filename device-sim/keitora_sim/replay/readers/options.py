"""What a reader may need besides the file."""

from dataclasses import dataclass
from zoneinfo import ZoneInfo

from keitora_sim.replay.readers.mapping import Mapping


@dataclass(frozen=True, slots=True)
class Options:
    """`time_zone` for recordings in local time without a zone (None: the reader's own); `mapping` for plain CSV."""

    time_zone: ZoneInfo | None = None
    mapping: Mapping | None = None
