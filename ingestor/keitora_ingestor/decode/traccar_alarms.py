"""Which events Traccar's alarms are."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from keitora.samples.model import ClockQuality, Event
from keitora_ingestor.decode.happened import event_at

ALARMS: Final[Mapping[str, tuple[str, Mapping[str, object]]]] = MappingProxyType(
    {
        "sos": ("button", {"name": "sos"}),
        "powerCut": ("power_cut", {}),
        "powerRestored": ("power_back", {}),
        "lowPower": ("low_battery", {}),
        "tow": ("tow", {}),
        "accident": ("crash", {}),
        "hardAcceleration": ("harsh", {"what": "accelerate"}),
        "hardBraking": ("harsh", {"what": "brake"}),
        "hardCornering": ("harsh", {"what": "corner"}),
        "overspeed": ("overspeed", {}),
        "geofenceEnter": ("geofence", {"to": "enter"}),
        "geofenceExit": ("geofence", {"to": "leave"}),
        "tampering": ("tamper", {}),
        "removing": ("tamper", {"what": "removing"}),
        "jamming": ("tamper", {"what": "jamming"}),
        "gpsAntennaCut": ("tamper", {"what": "antenna"}),
    }
)
"""Kinds of events, with what is known of their detail, by the alarm's name; any other is an `alarm`."""
MAX_ALARMS: Final = 16


def alarms_of(raw: object, *, at_ms: int, quality: ClockQuality, identity: str) -> list[Event]:
    """Return the events of an `alarm` attribute, which may name several with commas between them."""
    names = [name.strip() for name in raw.split(",")][:MAX_ALARMS] if isinstance(raw, str) else []
    events = []
    for name in dict.fromkeys(name for name in names if name):
        kind, detail = ALARMS.get(name, ("alarm", {"name": name[:64]}))
        events.append(event_at(kind, detail, at_ms=at_ms, quality=quality, identity=f"{identity},{name}"))
    return events
