"""WiCAN: grouped AutoPID, QoS 0 and retained. A value once read stays in the group, also with the engine off."""

import json
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

from keitora.signals.check import Value
from keitora_sim.loggers.model import Sent
from keitora_sim.recording import Row

KEYS: Final = {
    "engine_load_pct": "04-CalcEngineLoad",
    "coolant_temp_c": "05-EngineCoolantTemp",
    "map_kpa": "0B-IntakeManiAbsPress",
    "engine_rpm": "0C-EngineRPM",
    "speed_kmh": "0D-VehicleSpeed",
    "intake_temp_c": "0F-IntakeAirTemperature",
    "maf_gs": "10-MAFAirFlowRate",
    "throttle_pct": "11-ThrottlePosition",
    "fuel_level_pct": "2F-FuelTankLevel",
    "baro_kpa": "33-AbsBaroPres",
    "battery_v": "42-ControlModuleVolt",
    "lambda_ratio": "44-FuelAirCmdEquiv",
    "soc_pct": "SOC",
    "hv_voltage_v": "HV_V",
    "charging_on": "CHARGING",
}
"""Canonical columns by the names the device gives them."""


_CYCLE: Final = timedelta(seconds=10)
_SLEEPS_AFTER: Final = timedelta(minutes=3)
_PUBLISHED_AFTER: Final = timedelta(seconds=0.6)


class Wican:
    """A WiCAN, or (`is_pro`) a WiCAN Pro, which tells the time of publishing in whole seconds.

    With the engine off it repeats what it read last, every cycle until it sleeps.
    """

    has_backlog = False

    def __init__(self, device_key: str, *, is_pro: bool = True) -> None:
        self.has_clock = is_pro
        self._topic = f"wican/{device_key}/can/rx"
        self._held: dict[str, object] = {}
        self._sleeps_at: datetime | None = None

    def encode(self, rows: Sequence[Row]) -> list[Sent]:
        """Return a group a row, with what was read before where the row has nothing, and what is repeated after it."""
        sent = []
        for index, row in enumerate(rows):
            self._held |= {KEYS[column]: _written(value) for column, value in row.values.items() if column in KEYS}
            if not self._held:
                continue
            sent.append(self._group(row.sampled_at, rows=1))
            if row.values.get("ignition_on") is not False:
                self._sleeps_at = row.sampled_at + _SLEEPS_AFTER
                continue
            next_at = rows[index + 1].sampled_at if index + 1 < len(rows) else None
            at = row.sampled_at + _CYCLE
            while self._sleeps_at and at < self._sleeps_at and (next_at is None or at < next_at):
                sent.append(self._group(at, rows=0))
                at += _CYCLE
        return sent

    def _group(self, at: datetime, *, rows: int) -> Sent:
        body = dict(self._held)
        if self.has_clock:
            at += _PUBLISHED_AFTER
            body["timestamp"] = int(at.timestamp())
        payload = json.dumps(body, separators=(",", ":")).encode()
        return Sent(at, self._topic, payload, qos=0, retain=True, rows=rows)

    def reboot(self) -> None:
        """Forget what was read."""
        self._held.clear()
        self._sleeps_at = None


def _written(value: Value) -> object:
    if isinstance(value, bool):
        return "on" if value else "off"
    return round(value, 2)
