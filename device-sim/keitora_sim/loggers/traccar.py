"""Traccar as a gateway: one shared topic, knots, ISO times, attributes; QoS 1."""

import json
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Final

from keitora_sim.loggers.model import Sent, UnsetClock
from keitora_sim.recording import Row

ATTRIBUTES: Final = {
    "battery_v": ("power", 1),
    "odometer_km": ("odometer", 1000),
    "fuel_level_pct": ("fuelLevel", 1),
    "engine_rpm": ("rpm", 1),
    "throttle_pct": ("throttle", 1),
    "coolant_temp_c": ("coolantTemp", 1),
    "engine_load_pct": ("engineLoad", 1),
    "speed_kmh": ("obdSpeed", 1),
    "ignition_on": ("ignition", 1),
}
"""Attributes by canonical column, and what the value is multiplied by."""
_KMH_PER_KNOT: Final = 1.852
_MOVES_KMH: Final = 2.0
_UNSET_FROM: Final = datetime(2000, 1, 1, tzinfo=UTC)


class Traccar:
    """A device behind a Traccar server; the device key is Traccar's unique id."""

    has_backlog = True
    unset_clock = UnsetClock.REFUSED

    def __init__(self, device_key: str) -> None:
        self._device = {"uniqueId": device_key, "name": device_key}

    def encode(self, rows: Sequence[Row]) -> list[Sent]:
        """Return a forwarded position a row that has one."""
        return [Sent(row.sampled_at, "traccar/positions", self._position(row)) for row in rows if "lat" in row.values]

    def encode_unclocked(self, rows: Sequence[Row]) -> list[Sent]:
        """Return positions of a tracker whose clock still counts from 2000; the gateway forwards what it is told."""
        sent = []
        for row in rows:
            if "lat" in row.values:
                claimed = Row(_UNSET_FROM + (row.sampled_at - rows[0].sampled_at), row.values)
                sent.append(Sent(row.sampled_at, "traccar/positions", self._position(claimed)))
        return sent

    def reboot(self) -> None:
        """Do nothing: the gateway keeps what the device sent."""

    def _position(self, row: Row) -> bytes:
        values = row.values
        at = row.sampled_at.strftime("%Y-%m-%dT%H:%M:%S.") + f"{row.sampled_at.microsecond // 1000:03d}+0000"
        attributes = {
            key: values[column] if isinstance(values[column], bool) else values[column] * scale
            for column, (key, scale) in ATTRIBUTES.items()
            if column in values
        }
        attributes["motion"] = values.get("gnss_speed_kmh", 0.0) > _MOVES_KMH
        position = {
            "protocol": "osmand",
            "deviceTime": at,
            "fixTime": at,
            "serverTime": at,
            "valid": True,
            "latitude": values["lat"],
            "longitude": values["lon"],
            "altitude": values.get("altitude_m", 0.0),
            "speed": round(values.get("gnss_speed_kmh", 0.0) / _KMH_PER_KNOT, 4),
            "course": values.get("heading_deg", 0.0),
            "accuracy": values.get("accuracy_m", 0.0),
            "attributes": attributes,
        }
        return json.dumps({"position": position, "device": self._device}, separators=(",", ":")).encode()
