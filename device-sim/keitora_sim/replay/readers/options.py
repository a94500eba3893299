"""What a reader may need besides the file."""

from dataclasses import dataclass
from typing import Final
from zoneinfo import ZoneInfo

from keitora_sim.replay.readers.mapping import Mapping

_UTC: Final = ZoneInfo("UTC")


@dataclass(frozen=True, slots=True)
class Options:
    """`zone` is named for times without one; else the format's own is taken, else `fleet_zone`. `mapping` is of CSV."""

    zone: ZoneInfo | None = None
    fleet_zone: ZoneInfo = _UTC
    mapping: Mapping | None = None

    @property
    def usual_zone(self) -> ZoneInfo:
        """Return the zone of times of a format that is used the world over."""
        return self.zone or self.fleet_zone
