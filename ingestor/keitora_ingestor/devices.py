"""What the ingestor remembers of devices between two batches, to ask the database less."""

from typing import Any, Final

from psycopg import Connection

from keitora_ingestor.queries import KnownDevice, find_device, hold_registry

CLOCKS_REMEMBERED: Final = 50_000
DEVICES_REMEMBERED: Final = 50_000


class DeviceCache:
    """Remembers devices, known and unknown ones, until any device or its truck changes."""

    def __init__(self) -> None:
        self._version = 0
        self._known: dict[tuple[str, str], KnownDevice | None] = {}
        self._clocks: dict[tuple[int, int], int] = {}

    def open(self, conn: Connection[Any]) -> None:
        """Begin a transaction's look-ups: until it ends, no device changes; what changed before is forgotten now."""
        version = hold_registry(conn)
        if version != self._version or len(self._known) > DEVICES_REMEMBERED:
            self._known.clear()
            self._version = version

    def find(self, conn: Connection[Any], source: str, device_key: str) -> KnownDevice | None:
        """Return the registered device, or None."""
        key = (source, device_key)
        if key not in self._known:
            self._known[key] = find_device(conn, source=source, device_key=device_key)
        return self._known[key]

    def clock_is_settled(self, device_id: int, boot: int, uptime_ms: int) -> bool:
        """Tell whether the database knows this boot's clock from a moment not later than this uptime (ms)."""
        learnt_uptime_ms = self._clocks.get((device_id, boot))
        return learnt_uptime_ms is not None and learnt_uptime_ms <= uptime_ms

    def settle_clocks(self, learnt: dict[tuple[int, int], int]) -> None:
        """Remember boots' clocks that are committed; they only ever get better, so this never misleads."""
        if len(self._clocks) > CLOCKS_REMEMBERED:
            self._clocks.clear()
        self._clocks |= learnt
