"""Which format is spoken by what."""

import hashlib
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Final, Literal, get_args

from keitora.devices.model import Source
from keitora_sim.loggers.model import Encoder
from keitora_sim.loggers.native import NativeLogger
from keitora_sim.loggers.obd2mqtt import Obd2Mqtt
from keitora_sim.loggers.ovms import Ovms
from keitora_sim.loggers.owntracks import OwnTracks
from keitora_sim.loggers.sensorlogger import SensorLogger
from keitora_sim.loggers.teltonika import Teltonika
from keitora_sim.loggers.traccar import Traccar
from keitora_sim.loggers.wican import Wican, WicanPro

Format = Literal[
    "native", "owntracks", "wican", "wican-pro", "ovms", "obd2mqtt", "obd2mqtt-imperial", "teltonika", "traccar",
    "sensorlogger",
]  # fmt: skip
FORMATS: Final[tuple[Format, ...]] = get_args(Format)

_MAKERS: Final[Mapping[Format, Callable[[str], Encoder]]] = MappingProxyType(
    {
        "native": NativeLogger,
        "owntracks": OwnTracks,
        "wican": Wican,
        "wican-pro": WicanPro,
        "ovms": Ovms,
        "obd2mqtt": Obd2Mqtt,
        "obd2mqtt-imperial": lambda key: Obd2Mqtt(key, is_imperial=True),
        "teltonika": Teltonika,
        "traccar": Traccar,
        "sensorlogger": SensorLogger,
    }
)


_TELLS_NO_TIME: Final = "its messages tell no time"
LIVE_ONLY: Final[Mapping[Format, str]] = MappingProxyType(
    {
        "wican": _TELLS_NO_TIME,
        "wican-pro": "its messages tell a time that is believed for a day",
        "ovms": _TELLS_NO_TIME,
        "obd2mqtt": _TELLS_NO_TIME,
        "obd2mqtt-imperial": _TELLS_NO_TIME,
    }
)
"""Formats that can only be sent at the time of their rows, and why."""

NEVER_UNSET: Final[Mapping[Format, str]] = MappingProxyType(
    {
        "owntracks": "the time of a fix is the satellites' own",
        "sensorlogger": "a phone's clock is set by its network",
        "wican": _TELLS_NO_TIME,
        "ovms": _TELLS_NO_TIME,
        "obd2mqtt": _TELLS_NO_TIME,
        "obd2mqtt-imperial": _TELLS_NO_TIME,
    }
)
"""Formats whose rows no clock of the device's own can date wrongly, and why."""


def encoder(name: Format, device_key: str) -> Encoder:
    """Return a new logger of a format."""
    return _MAKERS[name](device_key)


def source_of(name: Format) -> Source:
    """Return what the ingestor calls the format."""
    match name:
        case "wican-pro":
            return "wican"
        case "obd2mqtt-imperial":
            return "obd2mqtt"
        case _:
            return name


def device_key(name: Format, slug: str) -> str:
    """Return a key as such devices have them, made from a name that is one itself."""
    number = int.from_bytes(hashlib.sha256(slug.encode()).digest()[:5], "big")
    match name:
        case "owntracks" | "ovms":
            return f"sim/{slug}"
        case "wican" | "wican-pro" | "obd2mqtt" | "obd2mqtt-imperial":
            return f"02{number:010x}"  # a locally administered address
        case "teltonika":
            return f"00{number:013d}"
        case _:
            return slug
