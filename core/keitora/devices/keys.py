"""What a device's key may look like. A key becomes a part of topics and of the broker's rules, so no tricks in it."""

import re
from collections.abc import Mapping
from typing import Final

from keitora.access.model import INGESTOR
from keitora.errors import KeitoraError
from keitora.wire.topics import is_device_key

OVMS_BRANCHES: Final = ("metric", "notify", "event", "client")
"""What stands after the device's levels in a topic of OVMS, so no level of a key may be called so."""

_LEVEL: Final = r"[^/+#\s]{1,64}"
_ANY: Final = (re.compile(_LEVEL), "1 to 64 characters without space, /, + and #")
_RULES: Final[Mapping[str, tuple[re.Pattern[str], str]]] = {
    "owntracks": (re.compile(f"{_LEVEL}/{_LEVEL}"), "write it as USER/DEVICE, without space, + and #"),
    "ovms": (
        re.compile(rf"{_LEVEL}(?:/(?!(?:{'|'.join(OVMS_BRANCHES)})$){_LEVEL})?"),
        "write it as USER/VEHICLEID or as one word, without space, + and #",
    ),
    "osmand": _ANY,  # stands in addresses, not in topics; the app's own identifiers are digits
    "obd2mqtt": (re.compile(r"[^/+#\s_]{1,64}"), "1 to 64 characters without space, /, +, # and _"),
}


def check_device_key(source: str, device_key: str) -> None:
    """Raise KeitoraError, saying what it must look like, if a device of this source cannot have such a key."""
    if source == "native":
        if not is_device_key(device_key):
            raise KeitoraError(f"'{device_key}' is no device key: 3 to 32 of a-z, 0-9 and hyphen")
        if device_key == INGESTOR:
            raise KeitoraError(f"no device can be called '{INGESTOR}': that is the server's own name at the broker")
        return
    pattern, rule = _RULES.get(source, _ANY)
    if not (pattern.fullmatch(device_key) and device_key.isprintable()):
        raise KeitoraError(f"{device_key!r} is no key of a {source} device: {rule}")
