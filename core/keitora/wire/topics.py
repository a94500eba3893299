"""Topics. Of the native format: the topic, never the payload, says which device speaks."""

import re
from typing import Final

PREFIX: Final = "kei/v1"
LOGGER_FILTERS: Final = (
    f"{PREFIX}/#",
    "owntracks/#",
    "wican/#",
    "ovms/#",
    "obd2mqtt/#",
    "homeassistant/+/obd2mqtt/+/config",
    "traccar/positions",
    "teltonika/+/data",
    "+/+/teltonika/+/data",
    "sensor-logger",
    "sensor-logger/+",
)
"""What loggers of all formats publish, hence what the ingestor may read; each device's own part: `access.rights`."""
_DEVICE_KEY: Final = re.compile(r"[a-z0-9-]{3,32}")


def is_device_key(text: str) -> bool:
    """Tell whether a name can be a device's: 3 to 32 of a-z, 0-9 and hyphen."""
    return _DEVICE_KEY.fullmatch(text) is not None


def telemetry(device_key: str) -> str:
    """Return the topic a device sends its rows to (QoS 1, never retained)."""
    return f"{PREFIX}/{device_key}/t"


def state(device_key: str) -> str:
    """Return the topic of a device's birth and will (QoS 1, retained)."""
    return f"{PREFIX}/{device_key}/s"


def event(device_key: str) -> str:
    """Return the topic a device tells on what has happened (QoS 1, never retained)."""
    return f"{PREFIX}/{device_key}/e"


def acknowledgement(device_key: str) -> str:
    """Return the topic on which a device hears what has been committed."""
    return f"{PREFIX}/{device_key}/a"


def control(device_key: str) -> str:
    """Return the topic on which a device hears that it sends too much."""
    return f"{PREFIX}/{device_key}/c"
