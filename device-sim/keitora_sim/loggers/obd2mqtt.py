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
_SLOW: Final = frozenset({"fuelLevel", "batteryVoltage"})
_SLOW_EVERY: Final = timedelta(seconds=30)


class Obd2Mqtt:
    """An ESP32 with a Bluetooth ELM327; the device key is the adapter's address."""

    has_clock = False
    has_backlog = False

    def __init__(self, device_key: str) -> None:
        self._prefix = f"obd2mqtt/{device_key}_"
        self._slow_due_at: datetime | None = None

    def encode(self, rows: Sequence[Row]) -> list[Sent]:
        """Return each state of each row, now and then the slow ones and the place, and that it is connected."""
        sent = []
        for row in rows:
            is_slow_due = self._slow_due_at is None or row.sampled_at >= self._slow_due_at
            if is_slow_due:
                self._slow_due_at = row.sampled_at + _SLOW_EVERY
            told = {
                state: _text(row.values[column])
                for column, state in STATES.items()
                if column in row.values and (is_slow_due or state not in _SLOW)
            }
            if is_slow_due and "lat" in row.values:
                place = {"latitude": float32(row.values["lat"]), "longitude": float32(row.values["lon"])}
                told["gpsLocation/attributes"] = json.dumps(place | {"gps_accuracy": 5})
            told["connection"] = "connected"
            sent += [
                Sent(row.sampled_at, self._prefix + state, text.encode(), qos=0, retain=True)
                for state, text in told.items()
            ]
        return sent

    def reboot(self) -> None:
        """Look for a place at once."""
        self._slow_due_at = None


def _text(value: float) -> str:
    if isinstance(value, bool):
        return "on" if value else "off"
    return str(value) if isinstance(value, int) else f"{value:4.2f}"
