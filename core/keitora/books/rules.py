"""The rules a vehicle's samples are folded by: the fleet's settings and what is known of the truck."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from hashlib import sha256
from json import dumps
from typing import Any, Final
from zoneinfo import ZoneInfo

from keitora.books.truck import Truck

CODE_VERSION: Final = 10
"""Raised by whoever changes what the fold makes of the same samples; stored rows of another version are remade."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """Thresholds of the fold. The defaults are explained in docs/explanation/trips.md.

    `episodes` is what the fleet has set of the rules of episodes (keitora.episodes.settings).
    """

    time_zone: str = "Asia/Tokyo"
    truck: Truck = field(default_factory=Truck)
    trip_end_s: int = 300
    dropout_s: int = 900
    gap_s: int = 60
    idling_s: int = 300
    start_distance_m: float = 100.0
    start_path_m: float = 300.0
    wheel_moving_kmh: float = 1.0
    wheel_steady_s: int = 60
    gnss_moving_kmh: float = 5.0
    gnss_step_m: float = 25.0
    gnss_step_unsure_m: float = 60.0
    gnss_overrules_m: float = 300.0
    fix_accuracy_m: float = 200.0
    fix_speed_ms: float = 50.0
    checkpoint_every_s: int = 6 * 3600
    episodes: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)

    def version(self) -> str:
        """Return a short name of these rules: equal rules, equal name. Those of episodes have a name of their own."""
        facts = {name: value for name, value in asdict(self).items() if name != "episodes"}
        digest = sha256(dumps(facts, sort_keys=True).encode()).hexdigest()
        return f"{CODE_VERSION}-{digest[:12]}"

    def zone(self) -> ZoneInfo:
        """Return the fleet's time zone."""
        return ZoneInfo(self.time_zone)
