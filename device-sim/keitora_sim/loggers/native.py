"""The native format: batches, numbered rows, a boot counter; the backlog is the same as what is live."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from keitora.wire import topics
from keitora_sim.loggers.model import Sent, UnsetClock
from keitora_sim.messages import BATCH_ROWS, pack
from keitora_sim.recording import Row


class NativeLogger:
    """An ESP32 with our own firmware: a message is full after ten rows, or goes out after half a minute."""

    has_backlog = True
    unset_clock = UnsetClock.TOLD_LATER

    def __init__(
        self,
        device_key: str,
        *,
        boot: int = 1,
        batch_rows: int = BATCH_ROWS,
        batch_span: timedelta | None = timedelta(seconds=30),
    ) -> None:
        self._batch_span = batch_span
        self._topic = topics.telemetry(device_key)
        self._boot = boot
        self._batch_rows = batch_rows
        self._sequence = 0
        self._booted_at: datetime | None = None

    def encode(self, rows: Sequence[Row]) -> list[Sent]:
        """Return batches of rows; what a row has not is null in its batch."""
        return self._batches(rows, has_clock=True)

    def encode_unclocked(self, rows: Sequence[Row]) -> list[Sent]:
        """Return batches of rows that were sampled before the clock was set: they carry uptime alone."""
        return self._batches(rows, has_clock=False)

    def reboot(self) -> None:
        """Begin the next boot: its rows count from 0."""
        self._boot += 1
        self._sequence = 0
        self._booted_at = None

    def _batches(self, rows: Sequence[Row], *, has_clock: bool) -> list[Sent]:
        if not rows:
            return []
        if self._booted_at is None:
            self._booted_at = rows[0].sampled_at
        messages = pack(
            rows,
            boot=self._boot,
            batch_rows=self._batch_rows,
            first_sequence=self._sequence,
            booted_at=self._booted_at,
            has_clock=has_clock,
            batch_span=self._batch_span,
        )
        first = self._sequence
        self._sequence += len(rows)
        return [
            Sent(
                rows[message.last_sequence - first].sampled_at,
                self._topic,
                message.payload,
                rows=message.last_sequence - message.first_sequence + 1,
            )
            for message in messages
        ]
