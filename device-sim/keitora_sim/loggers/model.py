"""What a logger does with rows."""

import struct
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from typing import Protocol, runtime_checkable

from keitora_sim.recording import Row


@dataclass(frozen=True, slots=True)
class Sent:
    """A message as it leaves a logger: when, and how.

    `rows` is how many rows are in it that were not sent before. `device` is its logger's key; the fleet fills it in.
    """

    at: datetime
    topic: str
    payload: bytes
    qos: int = 1
    retain: bool = False
    rows: int = 1
    device: str = ""


class Encoder(Protocol):
    """A logger's format. It may remember what it sent: some send only what changed."""

    has_backlog: bool
    """Whether the device keeps what it cannot send."""

    def encode(self, rows: Sequence[Row]) -> list[Sent]:
        """Return rows as messages, in the order of time."""

    def reboot(self) -> None:
        """Start again, as after a loss of power."""


class UnsetClock(Enum):
    """What becomes of rows that were sampled before the logger's clock was set; the value says it."""

    TOLD_LATER = "they carry uptime, and a later message of the boot dates them"
    BY_ARRIVAL = "they claim another year, and are dated by their arrival"
    WITHOUT_PLACE = "they claim another year and no satellite is heard yet: dated by their arrival, and without a place"
    REFUSED = "they claim another year, and are refused"

    @property
    def is_seen_whole(self) -> bool:
        """Whether the server can know of these rows all that it knows of others."""
        return self in (UnsetClock.TOLD_LATER, UnsetClock.BY_ARRIVAL)

    @property
    def is_live_only(self) -> bool:
        """Whether such rows can only be sent when they are made."""
        return self in (UnsetClock.BY_ARRIVAL, UnsetClock.WITHOUT_PLACE)


@runtime_checkable
class CanLoseTime(Encoder, Protocol):
    """A logger with a clock of its own that begins a boot unset."""

    unset_clock: UnsetClock

    def encode_unclocked(self, rows: Sequence[Row]) -> list[Sent]:
        """Return messages of the first rows of a boot, sampled before the clock was set."""


def float32(value: float) -> float:
    """Return a number as a device keeps it that computes in 32 bits: at 139° east, steps of 1.4 m."""
    shortened: float = struct.unpack("f", struct.pack("f", value))[0]
    return shortened
