"""What a logger does with rows."""

import struct
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

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

    has_clock: bool
    """Whether messages tell when their rows were sampled; without, they can only be sent live."""
    has_backlog: bool
    """Whether the device keeps what it cannot send."""

    def encode(self, rows: Sequence[Row]) -> list[Sent]:
        """Return rows as messages, in the order of time."""

    def reboot(self) -> None:
        """Start again, as after a loss of power."""


def float32(value: float) -> float:
    """Return a number as a device keeps it that computes in 32 bits: at 139° east, steps of 1.4 m."""
    shortened: float = struct.unpack("f", struct.pack("f", value))[0]
    return shortened
