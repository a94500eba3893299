"""OwnTracks on a phone: a fix a message, QoS 1, retained as the app's default has it, whole km/h, zeros left out."""

from collections.abc import Sequence

from keitora_sim.loggers.model import Sent
from keitora_sim.phone import fixes
from keitora_sim.recording import Row


class OwnTracks:
    """A phone. Its queue holds 100,000 fixes, so nothing is lost without coverage."""

    has_backlog = True

    def __init__(self, device_key: str, *, retain: bool = True) -> None:
        self._topic = f"owntracks/{device_key}"
        self._retain = retain

    def encode(self, rows: Sequence[Row]) -> list[Sent]:
        """Return rows with a position."""
        times = [row.sampled_at for row in rows if "lat" in row.values and "lon" in row.values]
        return [
            Sent(at, self._topic, message.payload, retain=self._retain)
            for at, message in zip(times, fixes(rows), strict=True)
        ]

    def reboot(self) -> None:
        """Do nothing: the queue is on disk."""
