"""What the ingestor remembers of devices between two batches, to ask the database less."""

from time import monotonic
from typing import Any, Final

from psycopg import Connection

from keitora_ingestor.queries import KnownDevice, find_device

REMEMBERED_S: Final = 2.0


CLOCKS_REMEMBERED: Final = 50_000


class DeviceCache:
    """Looks devices up, and again when what it knows is older than two seconds: a truck's new device works at once.

    Unknown devices are never remembered: one that is registered is believed with its next message.
    """

    def __init__(self) -> None:
        self._known: dict[tuple[str, str], tuple[float, KnownDevice]] = {}
        self._clocks: dict[tuple[int, int], int] = {}

    def find(self, conn: Connection[Any], source: str, device_key: str) -> KnownDevice | None:
        """Return the registered device, or None."""
        now = monotonic()
        found = self._known.get((source, device_key))
        if found is not None and now - found[0] < REMEMBERED_S:
            return found[1]
        device = find_device(conn, source=source, device_key=device_key)
        if device is None:
            self._known.pop((source, device_key), None)
        else:
            self._known[source, device_key] = (now, device)
        return device

    def clock_is_settled(self, device_id: int, boot: int, uptime_ms: int) -> bool:
        """Tell whether the database knows this boot's clock from a moment not later than this uptime (ms)."""
        learnt_uptime_ms = self._clocks.get((device_id, boot))
        return learnt_uptime_ms is not None and learnt_uptime_ms <= uptime_ms

    def settle_clocks(self, learnt: dict[tuple[int, int], int]) -> None:
        """Remember boots' clocks that are committed; they only ever get better, so this never misleads."""
        if len(self._clocks) > CLOCKS_REMEMBERED:
            self._clocks.clear()
        self._clocks |= learnt
