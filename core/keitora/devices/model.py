"""What is known of a device."""

from dataclasses import dataclass
from typing import Final, Literal, get_args

Source = Literal[
    "native", "owntracks", "osmand", "wican", "ovms", "obd2mqtt", "traccar", "teltonika", "sensorlogger", "mapped"
]
SOURCES: Final[tuple[Source, ...]] = get_args(Source)


@dataclass(frozen=True, slots=True)
class Device:
    """A logger or phone. `device_key` is how its topic names it: native `<dev>`, OwnTracks `<user>/<device>`."""

    device_id: int
    fleet_id: int
    source: Source
    device_key: str
