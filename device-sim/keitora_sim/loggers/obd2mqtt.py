"""obd2-mqtt: a state a topic as plain text, QoS 0, all retained, no time; a place every half minute, in 32 bits."""

import json
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

from keitora_sim.loggers.model import Sent, float32
from keitora_sim.recording import Row

STATES: Final = {
    "engine_load_pct": "engineLoad",
    "throttle_pct": "throttle",
    "engine_rpm": "rpm",
    "speed_kmh": "speed",
    "coolant_temp_c": "engineCoolantTemp",
    "maf_gs": "mafRate",
    "fuel_level_pct": "fuelLevel",
    "battery_v": "batteryVoltage",
    "intake_temp_c": "intakeAirTemp",
    "map_kpa": "manifoldPressure",
    "ignition_on": "engineRunning",
}
"""Canonical columns by state."""
_PLACE_EVERY: Final = timedelta(seconds=30)


class Obd2Mqtt:
    """An ESP32 with a Bluetooth ELM327; the device key is the adapter's address."""

    has_clock = False
    has_backlog = False

    def __init__(self, device_key: str) -> None:
        self._prefix = f"obd2mqtt/{device_key}_"
        self._place_due_at: datetime | None = None

    def encode(self, rows: Sequence[Row]) -> list[Sent]:
        """Return each state of each row, and now and then the place."""
        sent = []
        for row in rows:
            for column, state in STATES.items():
                if column in row.values:
                    text = _text(row.values[column])
                    sent.append(Sent(row.sampled_at, self._prefix + state, text.encode(), qos=0, retain=True))
            if "lat" in row.values and (self._place_due_at is None or row.sampled_at >= self._place_due_at):
                self._place_due_at = row.sampled_at + _PLACE_EVERY
                place = {"latitude": float32(row.values["lat"]), "longitude": float32(row.values["lon"])}
                payload = json.dumps(place | {"gps_accuracy": 5}).encode()
                topic = f"{self._prefix}gpsLocation/attributes"
                sent.append(Sent(row.sampled_at, topic, payload, qos=0, retain=True))
        return sent

    def reboot(self) -> None:
        """Look for a place at once."""
        self._place_due_at = None


def _text(value: float) -> str:
    if isinstance(value, bool):
        return "on" if value else "off"
    return str(value) if isinstance(value, int) else f"{value:4.2f}"
