"""Sensor Logger on a phone: batches of readings, Unix nanoseconds, m/s, -1 for unknown; QoS 0 and no backlog."""

import json
from collections.abc import Sequence
from datetime import timedelta
from typing import Final

from keitora_sim.loggers.model import Sent
from keitora_sim.recording import Row

_BATCH: Final = 20
_PERIOD: Final = timedelta(seconds=30)


class SensorLogger:
    """A phone on a topic of its own, `sensor-logger/<device key>`."""

    has_backlog = False

    def __init__(self, device_key: str) -> None:
        self._topic = f"sensor-logger/{device_key}"
        self._device_key = device_key
        self._number = 0

    def encode(self, rows: Sequence[Row]) -> list[Sent]:
        """Return batches of rows with a position, of half a minute each as the app's batch period has it."""
        batches: list[list[Row]] = []
        for row in rows:
            if "lat" not in row.values:
                continue
            last = batches[-1] if batches else []
            if last and len(last) < _BATCH and row.sampled_at - last[0].sampled_at < _PERIOD:
                last.append(row)
            else:
                batches.append([row])
        return [self._batch(batch) for batch in batches]

    def reboot(self) -> None:
        """Count messages from the beginning."""
        self._number = 0

    def _batch(self, rows: Sequence[Row]) -> Sent:
        self._number += 1
        body = {
            "messageId": self._number,
            "sessionId": "simulated",
            "deviceId": self._device_key,
            "payload": [_location(row) for row in rows],
        }
        payload = json.dumps(body, separators=(",", ":")).encode()
        return Sent(rows[-1].sampled_at, self._topic, payload, qos=0, rows=len(rows))


def _location(row: Row) -> dict[str, object]:
    values = row.values
    return {
        "name": "location",
        "time": round(row.sampled_at.timestamp() * 1000) * 1_000_000,
        "values": {
            "latitude": values["lat"],
            "longitude": values["lon"],
            "altitudeAboveMeanSeaLevel": values.get("altitude_m"),
            "speed": values["gnss_speed_kmh"] / 3.6 if "gnss_speed_kmh" in values else -1,
            "bearing": values.get("heading_deg", -1),
            "horizontalAccuracy": values.get("accuracy_m", -1),
        },
    }
