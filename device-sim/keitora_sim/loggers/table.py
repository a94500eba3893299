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
from keitora_sim.loggers.wican import Wican

Format = Literal[
    "native", "owntracks", "wican", "wican-pro", "ovms", "obd2mqtt", "teltonika", "traccar", "sensorlogger"
]  # fmt: skip
FORMATS: Final[tuple[Format, ...]] = get_args(Format)

_MAKERS: Final[Mapping[Format, Callable[[str], Encoder]]] = MappingProxyType(
    {
        "native": NativeLogger,
        "owntracks": OwnTracks,
        "wican": lambda key: Wican(key, is_pro=False),
        "wican-pro": Wican,
        "ovms": Ovms,
        "obd2mqtt": Obd2Mqtt,
        "teltonika": Teltonika,
        "traccar": Traccar,
        "sensorlogger": SensorLogger,
    }
)


def encoder(name: Format, device_key: str) -> Encoder:
    """Return a new logger of a format."""
    return _MAKERS[name](device_key)


def source_of(name: Format) -> Source:
    """Return what the ingestor calls the format."""
    return "wican" if name == "wican-pro" else name


def device_key(name: Format, slug: str) -> str:
    """Return a key as such devices have them, made from a name that is one itself."""
    number = int.from_bytes(hashlib.sha256(slug.encode()).digest()[:5], "big")
    match name:
        case "owntracks" | "ovms":
            return f"sim/{slug}"
        case "wican" | "wican-pro" | "obd2mqtt":
            return f"02{number:010x}"  # a locally administered address
        case "teltonika":
            return f"00{number:013d}"
        case _:
            return slug
