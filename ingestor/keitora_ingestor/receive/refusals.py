"""A log of refused requests that cannot be flooded, and that holds no secrets: never a query string."""

import logging
from dataclasses import dataclass
from typing import Final

log = logging.getLogger(__name__)

EVERY_S: Final = 60.0
REMEMBERED: Final = 1000


@dataclass(slots=True)
class _Told:
    at_s: float
    since_count: int = 0


class RefusalLog:
    """Writes a line for the first refusal of a kind to an address, then one a minute with how many there were."""

    def __init__(self) -> None:
        self._told: dict[tuple[int, str], _Told] = {}

    def note(self, *, status: int, address: str, path: str, detail: str, now_s: float) -> None:
        """Note a refusal; `path` is the address without its query."""
        told = self._told.get((status, address))
        if told is not None and now_s - told.at_s < EVERY_S:
            told.since_count += 1
            return
        more = f" ({told.since_count} more since the last line)" if told is not None and told.since_count else ""
        log.warning("%d to %s for %.80r: %.200s%s", status, address, path, detail, more)
        if len(self._told) >= REMEMBERED:
            self._told.clear()
        self._told[status, address] = _Told(now_s)
