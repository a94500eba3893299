"""From an event that was told to a row that can be stored. Pure."""

from dataclasses import dataclass
from datetime import datetime

from keitora.clock import instant
from keitora.events.model import EventRow
from keitora.samples.model import Event
from keitora_ingestor.assemble import TimeBounds
from keitora_ingestor.queries import KnownDevice


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why an event cannot be stored."""

    reason: str


def place_event(
    event: Event, at_ms: int, *, device: KnownDevice, received_at: datetime, times: TimeBounds
) -> EventRow | Refusal:
    """Return the row of an event that happened at a moment (Unix ms), on the truck the device was on then.

    Refused are `time_too_early`, `time_in_future` and `unassigned_device`, as for samples. Events are kept for ever:
    one that is older than the truck's samples is welcome.
    """
    if at_ms < times.earliest_at.timestamp() * 1000:
        return Refusal("time_too_early")
    if at_ms > (received_at.timestamp() + times.future_tolerance_s) * 1000:
        return Refusal("time_in_future")
    at = instant(at_ms)
    vehicle_id = device.vehicle_at(at_ms)
    if vehicle_id is None:
        return Refusal("unassigned_device")
    return EventRow(
        fleet_id=device.fleet_id,
        device_id=device.device_id,
        vehicle_id=vehicle_id,
        at=at,
        kind=event.kind,
        detail=event.detail,
        boot=event.boot,
        sequence=event.sequence,
        clock_quality=int(event.clock_quality),
        received_at=received_at,
    )
