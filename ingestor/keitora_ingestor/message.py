"""A message as it came from the broker, or by HTTP."""

from datetime import datetime
from typing import NamedTuple


class Message(NamedTuple):
    """A PUBLISH we have not acknowledged yet.

    `mid` is the broker's number for it within the connection `generation`: after a reconnect the same number may mean
    another message, so it is acknowledged only while its connection lives. `duplicate`: the broker says that it was
    sent before. `wants_ranges`: whoever sent it is answered with the rows that are stored for good (HTTP).
    """

    topic: str
    payload: bytes
    received_at: datetime
    mid: int
    qos: int
    generation: int
    duplicate: bool = False
    wants_ranges: bool = False

    @property
    def received_ms(self) -> int:
        """When it came (Unix ms)."""
        return round(self.received_at.timestamp() * 1000)
