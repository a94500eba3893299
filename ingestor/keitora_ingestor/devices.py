"""What the ingestor remembers of devices between two batches, to ask the database less."""

from dataclasses import dataclass
from typing import Any, Final

from psycopg import Connection

from keitora_ingestor.decode.table import Format, Table
from keitora_ingestor.queries import KnownDevice, find_device, hold_registry

CLOCKS_REMEMBERED: Final = 50_000
ROUTES_REMEMBERED: Final = 50_000
DEVICES_REMEMBERED: Final = 50_000


@dataclass(frozen=True, slots=True)
class Route:
    """A topic's levels, and the format that reads it."""

    levels: tuple[str, ...]
    wire_format: Format | None


class DeviceCache:
    """Remembers devices, known and unknown ones, until any device or its truck changes."""

    def __init__(self) -> None:
        self._version = 0
        self._known: dict[tuple[str, str], KnownDevice | None] = {}
        self._clocks: dict[tuple[int, int], int] = {}
        self._routes: dict[str, Route] = {}

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

    def route(self, table: Table, topic: str) -> Route:
        """Return how a topic is read."""
        known = self._routes.get(topic)
        if known is None:
            if len(self._routes) > ROUTES_REMEMBERED:
                self._routes.clear()
            levels = tuple(topic.split("/"))
            known = self._routes[topic] = Route(levels, table.format_of(levels))
        return known

    def clock_is_settled(self, device_id: int, boot: int, uptime_ms: int) -> bool:
        """Tell whether the database knows this boot's clock from a moment not later than this uptime (ms)."""
        learnt_uptime_ms = self._clocks.get((device_id, boot))
        return learnt_uptime_ms is not None and learnt_uptime_ms <= uptime_ms

    def settle_clocks(self, learnt: dict[tuple[int, int], int]) -> None:
        """Remember boots' clocks that are committed; they only ever get better, so this never misleads."""
        if len(self._clocks) > CLOCKS_REMEMBERED:
            self._clocks.clear()
        self._clocks |= learnt
