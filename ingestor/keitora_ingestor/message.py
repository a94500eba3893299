"""A message as it came from the broker."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Message:
    """A PUBLISH we have not acknowledged yet.

    `mid` is the broker's number for it within the connection `generation`: after a reconnect the same number may mean
    another message, so it is acknowledged only while its connection lives. `duplicate`: the broker says that it was
    sent before.
    """

    topic: str
    payload: bytes
    received_at: datetime
    mid: int
    qos: int
    generation: int
    duplicate: bool = False
