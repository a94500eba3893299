"""A Teltonika tracker with the JSON codec: raw whole numbers by AVL id, a record a message, a clock, a backlog."""

import json
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Final

from keitora.signals.check import Value
from keitora_sim.loggers.model import Sent, UnsetClock
from keitora_sim.recording import Row

AVL: Final = {
    "odometer_km": ("16", 1000),
    "engine_load_pct": ("31", 1),
    "coolant_temp_c": ("32", 1),
    "map_kpa": ("35", 1),
    "engine_rpm": ("36", 1),
    "speed_kmh": ("37", 1),
    "intake_temp_c": ("39", 1),
    "maf_gs": ("40", 100),
    "throttle_pct": ("41", 1),
    "fuel_level_pct": ("48", 1),
    "battery_v": ("66", 1000),
    "ignition_on": ("239", 1),
    "lambda_ratio": ("541", 100),
    "soc_pct": ("411", 1),
}
"""AVL ids by canonical column, and what the value is multiplied by."""

_IGNITION: Final = 239
_MOVES_KMH: Final = 5
_UNSET_FROM: Final = datetime(2004, 1, 1, tzinfo=UTC)
_FROM_SATELLITES: Final = ("lat", "lon", "altitude_m", "heading_deg", "gnss_speed_kmh")


class Teltonika:
    """An FMC003 with its receiver and an OBD plug; the device key is its IMEI."""

    has_backlog = True
    unset_clock = UnsetClock.WITHOUT_PLACE

    def __init__(self, device_key: str) -> None:
        self._topic = f"teltonika/{device_key}/data"
        self._was_on: Value | None = None

    def encode(self, rows: Sequence[Row]) -> list[Sent]:
        """Return a record a row; without a fix it repeats zeroes, and at the key's turn it says why it was made."""
        sent = []
        for row in rows:
            is_on = row.values.get("ignition_on")
            event = _IGNITION if self._was_on is not None and is_on is not None and is_on != self._was_on else 0
            self._was_on = is_on if is_on is not None else self._was_on
            sent.append(Sent(row.sampled_at, self._topic, _record(row, event)))
        return sent

    def encode_unclocked(self, rows: Sequence[Row]) -> list[Sent]:
        """Return records made before a satellite was heard: they count from 2004 and have no place."""
        sent = []
        for row in rows:
            seen = {column: value for column, value in row.values.items() if column not in _FROM_SATELLITES}
            claimed = Row(_UNSET_FROM + (row.sampled_at - rows[0].sampled_at), seen)
            sent.append(Sent(row.sampled_at, self._topic, _record(claimed, 0)))
        return sent

    def reboot(self) -> None:
        """Do nothing: records are in flash."""


def _record(row: Row, event: int) -> bytes:
    values = row.values
    reported: dict[str, object] = {
        "ts": round(row.sampled_at.timestamp() * 1000),
        "pr": 1 if event else 0,
        "latlng": f"{values.get('lat', 0):.6f},{values.get('lon', 0):.6f}",
        "alt": round(values.get("altitude_m", 0)),
        "ang": round(values.get("heading_deg", 0)),
        "sat": 11 if "lat" in values else 0,
        "sp": round(values.get("gnss_speed_kmh", 0)),
        "evt": event,
    }
    if "gnss_speed_kmh" in values:
        reported["240"] = int(values["gnss_speed_kmh"] > _MOVES_KMH)
    reported |= {key: round(values[column] * scale) for column, (key, scale) in AVL.items() if column in values}
    return json.dumps({"state": {"reported": reported}}, separators=(",", ":")).encode()
