"""obd2-mqtt: a state a topic as plain text, QoS 0, all retained, no time; a place every half minute, in 32 bits.

At its start and every five minutes it announces its states to Home Assistant, with the unit each comes in.
"""

import json
from collections.abc import Collection, Sequence
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
UNITS: Final = {
    "engineLoad": ("%", None),
    "throttle": ("%", None),
    "speed": ("km/h", "speed"),
    "engineCoolantTemp": ("°C", "temperature"),
    "mafRate": ("g/s", None),
    "fuelLevel": ("%", None),
    "batteryVoltage": ("V", "voltage"),
    "intakeAirTemp": ("°C", "temperature"),
    "manifoldPressure": ("kPa", "pressure"),
}
"""Unit and Home Assistant's class of a state, in the device's metric profile. Its imperial one has miles an hour."""
_KM_PER_MILE: Final = 1.609344
_ANNOUNCES_EVERY: Final = timedelta(seconds=300)
_SLOW: Final = frozenset({"fuelLevel", "batteryVoltage"})
_SLOW_EVERY: Final = timedelta(seconds=30)


class Obd2Mqtt:
    """An ESP32 with a Bluetooth ELM327; the device key is the adapter's address. With `is_imperial` it tells mph."""

    has_backlog = False

    def __init__(self, device_key: str, *, is_imperial: bool = False) -> None:
        self._device_key = device_key
        self._is_imperial = is_imperial
        self._prefix = f"obd2mqtt/{device_key}_"
        self._slow_due_at: datetime | None = None
        self._announced_at: datetime | None = None

    def encode(self, rows: Sequence[Row]) -> list[Sent]:
        """Return each state of each row, now and then the slow ones and the place, and that it is connected.

        What the truck has is announced first.
        """
        sent: list[Sent] = []
        supported = {column for row in rows for column in row.values}
        for row in rows:
            if self._announced_at is None or row.sampled_at - self._announced_at >= _ANNOUNCES_EVERY:
                self._announced_at = row.sampled_at
                sent += self._announcements(row.sampled_at, supported)
            is_slow_due = self._slow_due_at is None or row.sampled_at >= self._slow_due_at
            if is_slow_due:
                self._slow_due_at = row.sampled_at + _SLOW_EVERY
            told = {
                state: self._text(state, row.values[column])
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
        """Announce everything, and look for a place at once."""
        self._slow_due_at = self._announced_at = None

    def _text(self, state: str, value: float) -> str:
        if isinstance(value, bool):
            return "on" if value else "off"
        if state == "speed" and self._is_imperial:
            return str(round(value / _KM_PER_MILE))
        return str(value) if isinstance(value, int) else f"{value:4.2f}"

    def _announcements(self, at: datetime, supported: Collection[str]) -> list[Sent]:
        states = [state for column, state in STATES.items() if column in supported]
        if "lat" in supported:
            states.append("gpsLocation")
        return [self._announcement(at, state) for state in states]

    def _announcement(self, at: datetime, state: str) -> Sent:
        kind = {"engineRunning": "binary_sensor", "gpsLocation": "device_tracker"}.get(state, "sensor")
        name = f"{self._device_key}_{state}"
        told: dict[str, object] = {"~": "obd2mqtt", "unique_id": name, "object_id": name, "name": state}
        if kind == "device_tracker":
            told |= {"json_attributes_topic": f"~/{name}/attributes", "source_type": "gps"}
        else:
            told["state_topic"] = f"~/{name}"
        unit, of_class = UNITS.get(state, (None, None))
        if unit:
            is_in_miles = state == "speed" and self._is_imperial
            told |= {"unit_of_measurement": "mph" if is_in_miles else unit, "state_class": "measurement"}
        if of_class:
            told["device_class"] = of_class
        told["device"] = {"identifiers": [self._device_key], "name": self._device_key, "model": "OBD2 to MQTT"}
        payload = json.dumps(told, separators=(",", ":"), ensure_ascii=False).encode()
        return Sent(at, f"homeassistant/{kind}/obd2mqtt/{name}/config", payload, qos=0, retain=True, rows=0)
