"""Which topics are a device's own, and what the broker calls it. Pure.

No filter a device may write to overlaps one that speaks for another device; what cannot be told apart by topic is not
let through at all (the long topics of Teltonika), or is a gateway's (Traccar).
"""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from typing import Final

from keitora.access.model import Rights
from keitora.devices.keys import OVMS_BRANCHES
from keitora.errors import KeitoraError
from keitora.wire.filters import overlap
from keitora.wire.topics import LOGGER_FILTERS, PREFIX

GATEWAYS: Final[Mapping[str, Rights]] = {"traccar": Rights(write=("traccar/positions",))}
"""Sources whose devices all come through one server of the user's own, on one topic: that server has the credential."""

BY_HTTP_ONLY: Final = frozenset({"osmand"})
"""Sources that send to the HTTP receiver alone: each device has a login, but no topic and no user at the broker."""

OBD2MQTT_STATES: Final = (
    *("ambientAirTemp", "batteryVoltage", "clearDTC", "connection", "cpuTemp", "dtc", "engineCoolantTemp"),
    *("engineLoad", "engineRunning", "freeMem", "fuelLevel", "fuelRate", "gpsLocation", "gsmLocation"),
    *("intakeAirTemp", "internalBatteryLevel", "internalBatteryVoltage", "ipAddress", "mafRate", "manifoldPressure"),
    *("milState", "numDTCs", "odometer", "oilTemp", "reconnects", "rpm", "signalQuality"),
    *("speed", "startTime", "supportedPids_1_20", "supportedPids_21_40", "supportedPids_41_60"),
    *("supportedPids_61_80", "throttle", "uptime"),
)
"""The states Keitora reads. A filter cannot hold `<ident>_#`, so each is named; a user's own states are not let in."""

_OBD2MQTT_PLACES: Final = ("gpsLocation", "gsmLocation")
_LONGEST_USERNAME: Final = 64


def topics_of(source: str, device_key: str, templates: Sequence[str] = ()) -> Rights:
    """Return what a device may publish to and hear. `templates` are the topics of the generic mapper's file.

    Nothing for a source that has no topics of its own: one of a gateway, or one of `BY_HTTP_ONLY`.
    """
    if source == "mapped":
        return _mapped(device_key, templates)
    rule = _RULES.get(source)
    return rule(device_key) if rule else Rights()


def _native(key: str) -> Rights:
    own = f"{PREFIX}/{key}"
    return Rights(write=(f"{own}/t", f"{own}/s", f"{own}/e"), read=(f"{own}/a", f"{own}/c"))


def _owntracks(key: str) -> Rights:
    # Not `#`: a phone called `ken/teltonika` could then speak on `owntracks/ken/teltonika/<another>/data`.
    return Rights(write=(f"owntracks/{key}", f"owntracks/{key}/+"), read=(f"owntracks/{key}/cmd",))


def _wican(key: str) -> Rights:
    return Rights(write=(f"wican/{key}/#",), read=(f"wican/{key}/#",))


def _ovms(key: str) -> Rights:
    branches = tuple(f"ovms/{key}/{branch}/#" for branch in OVMS_BRANCHES)
    return Rights(write=branches, read=(f"ovms/{key}/client/#",))


def _obd2mqtt(key: str) -> Rights:
    states = [f"obd2mqtt/{key}_{state}" for state in OBD2MQTT_STATES]
    places = [f"obd2mqtt/{key}_{state}/attributes" for state in _OBD2MQTT_PLACES]
    told = [f"homeassistant/+/obd2mqtt/{key}_{state}/config" for state in OBD2MQTT_STATES]
    return Rights(write=(*states, *places, *told))


def _teltonika(key: str) -> Rights:
    # Not `+/+/teltonika/<imei>/data`: those topics are other formats' as well, `wican/<another>/teltonika/…` for one.
    return Rights(write=(f"teltonika/{key}/data",), read=(f"teltonika/{key}/commands",))


def _sensorlogger(key: str) -> Rights:
    return Rights(write=(f"sensor-logger/{key}",))


_RULES: Final[Mapping[str, Callable[[str], Rights]]] = {
    "native": _native,
    "owntracks": _owntracks,
    "wican": _wican,
    "ovms": _ovms,
    "obd2mqtt": _obd2mqtt,
    "teltonika": _teltonika,
    "sensorlogger": _sensorlogger,
}


def _mapped(key: str, templates: Sequence[str]) -> Rights:
    filters = dict.fromkeys(filled(template, key) for template in templates)
    return Rights(write=tuple(one for one in filters if _is_only(key, one, templates)))


def _is_only(key: str, topic_filter: str, templates: Sequence[str]) -> bool:
    """Tell whether everything published under a filter is read as this device's."""
    if any(overlap(topic_filter, taken) for taken in LOGGER_FILTERS):
        return False
    levels = topic_filter.split("/")
    return all(
        levels[template.split("/").index("{device}")] == key
        for template in templates
        if overlap(topic_filter, filled(template, "+"))
    )


def filled(template: str, device: str) -> str:
    """Return the filter a mapper's template stands for, for one device, or with `+` for all."""
    words = {"{device}": device, "{field}": "+"}
    return "/".join(words.get(level, level) for level in template.split("/"))


def username_of(source: str, device_key: str) -> str:
    """Return the broker's name for a device: stable, unique over all sources, and of A-Z a-z 0-9 . _ ~ - only.

    Native devices are called by their key. Others `<source>.<key>`, with `.` for `/` and `~` and two hexadecimal digits
    for each other byte; a key that gets too long for the settings page of a logger is called by its hash.
    """
    if source == "native":
        return device_key
    name = f"{source}.{_escaped(device_key)}"
    if len(name) <= _LONGEST_USERNAME:
        return name
    # "~~" begins no escaped byte, so no other key is called so.
    return f"{source}.~~{hashlib.sha256(device_key.encode()).hexdigest()[:32]}"


def _escaped(key: str) -> str:
    def one(character: str) -> str:
        if character == "/":
            return "."
        if character in "_-" or (character.isascii() and character.isalnum()):
            return character
        return "".join(f"~{byte:02x}" for byte in character.encode())

    return "".join(map(one, key))


def gateway_username(source: str) -> str:
    """Return the broker's name for a gateway. Raises KeitoraError if that source has none."""
    if source not in GATEWAYS:
        raise KeitoraError(f"{source} has no gateway: its devices connect themselves, each with its own credential")
    return f"gateway.{source}"
