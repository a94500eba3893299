"""What is stored of an event, and how it is read back."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class EventRow:
    """An event that can be stored: its device and truck are known, and its time can be true."""

    fleet_id: int
    device_id: int
    vehicle_id: int
    at: datetime
    kind: str
    detail: Mapping[str, object]
    boot: int | None
    sequence: int
    clock_quality: int
    received_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceEvent:
    """A stored event with the names people know its device and truck by."""

    device_event_id: int
    at: datetime
    kind: str
    detail: Mapping[str, object]
    vehicle_id: int
    vehicle_name: str
    source: str
    device_key: str
