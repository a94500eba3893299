"""OVMS v3: a metric a message, retained, QoS 0, no time, only what changed; 32-bit positions, discharge positive."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

from keitora_sim.loggers.model import Sent, float32
from keitora_sim.recording import Row

METRICS: Final = {
    "lat": "v.p.latitude",
    "lon": "v.p.longitude",
    "altitude_m": "v.p.altitude",
    "heading_deg": "v.p.direction",
    "gnss_speed_kmh": "v.p.gpsspeed",
    "speed_kmh": "v.p.speed",
    "odometer_km": "v.p.odometer",
    "ignition_on": "v.e.on",
    "ambient_temp_c": "v.e.temp",
    "battery_v": "v.b.12v.voltage",
    "soc_pct": "v.b.soc",
    "hv_voltage_v": "v.b.voltage",
    "hv_current_a": "v.b.current",
    "range_km": "v.b.range.est",
    "charging_on": "v.c.charging",
}
"""Canonical columns by metric."""
_ON: Final = timedelta(seconds=5)
_CHARGING: Final = timedelta(seconds=10)
_AWAKE: Final = timedelta(seconds=60)
_IDLE: Final = timedelta(seconds=600)
_AWAKE_FOR: Final = timedelta(minutes=10)
_EVERYTHING: Final = timedelta(seconds=1200)


class Ovms:
    """A module in an electric truck; its user and its name make the topic: the device key is USER/ID."""

    has_backlog = False

    def __init__(self, device_key: str) -> None:
        self._prefix = f"ovms/{device_key}/metric/"
        self._told: dict[str, str] = {}
        self._sent_at: datetime | None = None
        self._on_at: datetime | None = None
        self._everything_at: datetime | None = None

    def encode(self, rows: Sequence[Row]) -> list[Sent]:
        """Return what changed: every five seconds while on, ten while charging, seldom parked; all every 20 minutes."""
        sent = []
        for row in rows:
            if row.values.get("ignition_on"):
                self._on_at = row.sampled_at
            if self._sent_at is not None and row.sampled_at - self._sent_at < self._interval(row):
                continue
            self._sent_at = row.sampled_at
            if self._everything_at is None or row.sampled_at - self._everything_at >= _EVERYTHING:
                self._everything_at = row.sampled_at
                self._told.clear()
            for column, metric in METRICS.items():
                if column in row.values and (text := _text(column, row.values[column])) != self._told.get(metric):
                    self._told[metric] = text
                    topic = self._prefix + metric.replace(".", "/")
                    sent.append(Sent(row.sampled_at, topic, text.encode(), qos=0, retain=True))
        return sent

    def reboot(self) -> None:
        """Forget what was told: everything is sent again."""
        self._told.clear()
        self._sent_at = self._everything_at = None

    def _interval(self, row: Row) -> timedelta:
        if row.values.get("ignition_on", True):
            return _ON
        if row.values.get("charging_on"):
            return _CHARGING
        return _AWAKE if self._on_at and row.sampled_at - self._on_at < _AWAKE_FOR else _IDLE


def _text(column: str, value: float) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if column in ("lat", "lon"):
        return f"{float32(value):.6f}"
    return f"{-value if column == 'hv_current_a' else value:.6g}"
