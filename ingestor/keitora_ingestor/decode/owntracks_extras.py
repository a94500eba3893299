"""What OwnTracks messages say beyond a phone's position: the keys of Queclink trackers (qtripp), and other messages."""

from collections.abc import Mapping
from typing import Final

from keitora_ingestor.decode.mapped import Row
from keitora_ingestor.decode.single import storable

TRACKER_SIGNALS: Final[tuple[tuple[str, str], ...]] = (
    ("odometer", "odometer_km"),
    ("uext", "battery_v"),
    ("ubatt", "device_battery_v"),
    ("rpm", "engine_rpm"),
    ("flvl", "fuel_level_pct"),
    ("ign", "ignition_on"),
)
"""Keys of wired trackers that are signals, in the unit of the signal."""

KEPT: Final = ("bs", "conn", "t", "motion", "fcon", "don", "doff", "event", "desc")
"""Keys kept as `x_<key>`. Not kept: `vin`, `imei`, `SSID`, `BSSID`, which name a truck, a device or a house."""


def put_extras(row: Row, message: Mapping[str, object]) -> None:
    """Fill a row with what a position's message says beyond the position."""
    for key, column in TRACKER_SIGNALS:
        row.put(column, message.get(key))
    for key in KEPT:
        row.keep(key, message.get(key))


def state_of(message: Mapping[str, object]) -> Mapping[str, object] | None:
    """Return what a device says of itself in a `status` message, or None for a message of another kind.

    A phone's last will (`lwt`) is no state: with an hour between its signs of life it says nothing about the truck.
    """
    if message.get("_type") != "status":
        return None
    return {str(storable(key)): storable(value) for key, value in message.items() if key not in ("_type", "_id")}
