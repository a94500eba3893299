"""One device's endless telemetry from a drive computed beforehand: only the numbers in the header change. Pure.

Numbers stand right-aligned among blanks, which JSON allows, so that a message's length depends on its rows alone.
"""

import json
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from keitora.signals.registry import BY_COLUMN
from keitora.wire import topics
from keitora_sim.load.packets import publish_head
from keitora_sim.recording import Row

COLUMNS: Final = (
    "lat",
    "lon",
    "altitude_m",
    "gnss_speed_kmh",
    "heading_deg",
    "speed_kmh",
    "engine_rpm",
    "coolant_temp_c",
    "intake_temp_c",
    "map_kpa",
    "throttle_pct",
    "battery_v",
)
"""What a truck with a scanner and a receiver sends."""
_HEAD: Final = b'{"v":1,"b":%d,"q":%%10d,"t":%%13d,"u":%%13d,"un":%%13d,"c":3,"ak":%%b,'
_ASKS, _ASKS_NOT = b" true", b"false"


@dataclass(frozen=True, slots=True)
class Lap:
    """A drive cut into messages of the same number of rows: what follows the header of each."""

    tails: tuple[bytes, ...]
    rows: int
    interval_ms: int

    @property
    def samples(self) -> int:
        """Rows in one lap."""
        return len(self.tails) * self.rows


def lap(drive: Sequence[Row], *, rows: int, interval_ms: int = 1000, columns: Sequence[str] = COLUMNS) -> Lap:
    """Return a drive as messages of `rows` rows, `interval_ms` apart; a rest that fills no message is left out."""
    if len(drive) < rows:
        raise ValueError(f"a drive of {len(drive)} rows fills no message of {rows}")
    keys = json.dumps([BY_COLUMN[column].wire for column in columns], separators=(",", ":"))
    tails = []
    for start in range(0, len(drive) - rows + 1, rows):
        body = [
            [index * interval_ms, *(row.values.get(column) for column in columns)]
            for index, row in enumerate(drive[start : start + rows])
        ]
        tails.append(f'"f":{keys},"r":{json.dumps(body, separators=(",", ":"))}}}'.encode())
    return Lap(tuple(tails), rows, interval_ms)


@dataclass(slots=True)
class Confirmed:
    """What an answer of the ingestor tells: rows that are stored for good, and how long the newest of them took."""

    rows: int = 0
    seconds: float = 0.0


class Stream:
    """The messages of one device, one boot: each row with a time and a number of its own.

    Every `ask_every`-th message asks for an answer when it is committed (0: none does).
    """

    def __init__(
        self, device_key: str, laps: Lap, *, boot: int, start_ms: int, first_message: int = 0, ask_every: int = 0
    ) -> None:
        self.device_key = device_key
        self.lap = laps
        self.boot = boot
        self.sequence = 0
        self.confirmed_sequence = 0
        self.next_ms = start_ms
        self._start_ms = start_ms
        self._at = first_message % len(laps.tails)
        self._head = _HEAD % boot
        self._topic = topics.telemetry(device_key)
        self._heads: dict[int, bytes] = {}
        self._ask_every = ask_every
        self._until_ask = ask_every
        self._asked: deque[tuple[int, float]] = deque()

    @property
    def unconfirmed_rows(self) -> int:
        """Rows sent after the last answer."""
        return self.sequence - self.confirmed_sequence

    @property
    def is_asking(self) -> bool:
        """Whether an answer is awaited."""
        return bool(self._asked)

    def message(self, now_s: float = 0.0) -> tuple[bytes, bytes]:
        """Return the next message: what `Pipe.put` wants. `now_s` is a monotonic time, kept for `confirm`."""
        laps = self.lap
        tail = laps.tails[self._at]
        self._at = (self._at + 1) % len(laps.tails)
        uptime_ms = self.next_ms - self._start_ms
        built_ms = uptime_ms + (laps.rows - 1) * laps.interval_ms
        payload = self._head % (self.sequence, self.next_ms, uptime_ms, built_ms, self._ask(now_s)) + tail
        self.sequence += laps.rows
        self.next_ms += laps.rows * laps.interval_ms
        size = len(payload)
        head = self._heads.get(size)
        if head is None:
            head = self._heads[size] = publish_head(self._topic, size)
        return head, payload

    def confirm(self, answer: bytes, now_s: float) -> Confirmed:
        """Note an answer on the device's topic, and return what it adds. One that is not of this boot adds nothing."""
        body = json.loads(answer)
        told = Confirmed()
        if body["b"] != self.boot:
            return told
        highest = max((last for _, last in body["r"]), default=-1)
        while self._asked and self._asked[0][0] <= highest:
            last, asked_at_s = self._asked.popleft()
            told.rows += last + 1 - self.confirmed_sequence
            told.seconds = now_s - asked_at_s
            self.confirmed_sequence = last + 1
        return told

    def _ask(self, now_s: float) -> bytes:
        if not self._ask_every:
            return _ASKS_NOT
        self._until_ask -= 1
        if self._until_ask > 0:
            return _ASKS_NOT
        self._until_ask = self._ask_every
        self._asked.append((self.sequence + self.lap.rows - 1, now_s))
        return _ASKS
