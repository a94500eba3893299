"""WiCAN: grouped AutoPID, QoS 0 and retained. A value once read stays in the group, also with the engine off."""

import json
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

from keitora.signals.check import Value
from keitora_sim.loggers.model import Sent, UnsetClock
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
    """A WiCAN; with `is_pro` each group tells when it was published.

    With the engine off it repeats what it read last, every cycle until it sleeps.
    """

    has_backlog = False

    def __init__(self, device_key: str, *, is_pro: bool = False) -> None:
        self._is_pro = is_pro
        self._topic = f"wican/{device_key}/can/rx"
        self._held: dict[str, object] = {}
        self._sleeps_at: datetime | None = None
        self._behind_s = 0

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
        if self._is_pro:
            at += _PUBLISHED_AFTER
            body["timestamp"] = int(at.timestamp()) - self._behind_s
        payload = json.dumps(body, separators=(",", ":")).encode()
        return Sent(at, self._topic, payload, qos=0, retain=True, rows=rows)

    def reboot(self) -> None:
        """Forget what was read."""
        self._behind_s = 0
        self._held.clear()
        self._sleeps_at = None


class WicanPro(Wican):
    """A WiCAN Pro: it tells when it published, in whole seconds, by a clock that the network sets."""

    unset_clock = UnsetClock.BY_ARRIVAL

    def __init__(self, device_key: str) -> None:
        super().__init__(device_key, is_pro=True)

    def encode_unclocked(self, rows: Sequence[Row]) -> list[Sent]:
        """Return groups of a clock that counts from 1970."""
        self._behind_s = int(rows[0].sampled_at.timestamp()) if rows else 0
        sent = self.encode(rows)
        self._behind_s = 0
        return sent


def _written(value: Value) -> object:
    if isinstance(value, bool):
        return "on" if value else "off"
    return round(value, 2)
