"""Traccar's forwarded positions: one shared topic for all devices of a Traccar server."""

import re
from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from keitora.errors import DecodeError
from keitora.samples.model import ClockQuality, Decoded
from keitora_ingestor.decode.bounds import Incoming
from keitora_ingestor.decode.mapped import Row, block_of, device_key, moment_ms, read_json
from keitora_ingestor.decode.teltonika_avl import put_avl
from keitora_ingestor.decode.traccar_alarms import alarms_of

SOURCE: Final = "traccar"
KMH_PER_KNOT: Final = 1.852
SAME_MOMENT_MS: Final = 1000

ATTRIBUTES: Final[Mapping[str, tuple[str, float]]] = MappingProxyType(
    {
        "sat": ("satellite_count", 1),
        "hdop": ("hdop_ratio", 1),
        "power": ("battery_v", 1),
        "battery": ("device_battery_v", 1),
        "batteryLevel": ("device_battery_pct", 1),
        "odometer": ("odometer_km", 0.001),
        "fuel": ("fuel_volume_l", 1),
        "fuelLevel": ("fuel_level_pct", 1),
        "fuelConsumption": ("fuel_rate_lph", 1),
        "rpm": ("engine_rpm", 1),
        "throttle": ("throttle_pct", 1),
        "coolantTemp": ("coolant_temp_c", 1),
        "engineLoad": ("engine_load_pct", 1),
        "obdSpeed": ("speed_kmh", 1),
        "ignition": ("ignition_on", 1),
        "faultCount": ("dtc_count", 1),
    }
)
"""Attributes that are signals, with what their values are multiplied by."""

IGNORED: Final = frozenset({"raw", "distance", "totalDistance", "vin", "ip", "iccid", "phone"})
"""Attributes that are not kept: Traccar's own sums, and what names a truck or a person."""

_IO: Final = re.compile(r"io(\d{1,5})", re.ASCII)
_NOT_A_RATE: Final = frozenset({"teltonika"})


def position(incoming: Incoming) -> Decoded:
    """Decode a message of `traccar/positions`; the device key is the payload's `uniqueId`.

    Raises DecodeError `bad_json`, `bad_shape` or `bad_device_key`.
    """
    message = read_json(incoming.body())
    if not isinstance(message, dict):
        raise DecodeError("bad_shape", "a forwarded position is a JSON object with position and device")
    device, fix = message.get("device"), message.get("position")
    if not isinstance(device, dict) or not isinstance(fix, dict):
        raise DecodeError("bad_shape", 'position, device: both are objects; set forward.type to "mqtt"')
    key = device_key(device.get("uniqueId"))
    is_fix = fix.get("valid") is not False and fix.get("outdated") is not True
    quality = ClockQuality.SATELLITE if is_fix else ClockQuality.NETWORK
    raw_attributes = fix.get("attributes")
    attributes = raw_attributes if isinstance(raw_attributes, dict) else {}
    rows = _rows(fix, attributes, is_fix=is_fix)
    events = alarms_of(attributes.get("alarm"), at_ms=rows[-1].at_ms, quality=quality, identity=rows[-1].identity)
    block = block_of(rows, quality, max_rows=incoming.bounds.max_rows)
    return Decoded(source=SOURCE, device_key=key, block=block, events=tuple(events))


def _rows(fix: Mapping[str, object], attributes: Mapping[str, object], *, is_fix: bool) -> list[Row]:
    """Return the row of a position; two where the fix is older than what the device says with it."""
    found_ms, told_ms = _time_ms(fix, "fixTime"), _time_ms(fix, "deviceTime")
    fix_ms = found_ms if found_ms is not None else told_ms
    device_ms = told_ms if told_ms is not None else found_ms
    if fix_ms is None or device_ms is None:
        raise DecodeError("bad_shape", "fixTime, deviceTime: a position has a time, as 2026-04-01T10:45:12.000+0000")
    place = f"{fix_ms},{fix.get('latitude')!s:.30},{fix.get('longitude')!s:.30}"
    told = f"{device_ms},{place},{attributes.get('event')!s:.30},{attributes.get('alarm')!s:.60}"
    is_one = is_fix and abs(device_ms - fix_ms) <= SAME_MOMENT_MS
    said = Row(fix_ms if is_one else device_ms, told)
    seen = said if is_one else Row(fix_ms, place)
    if is_fix:
        _put_fix(seen, fix)
    else:
        said.keep("valid", raw=False)
    _put_attributes(said, attributes, protocol=fix.get("protocol"))
    return [said] if seen is said else [seen, said]


def _time_ms(fix: Mapping[str, object], key: str) -> int | None:
    """Return a time, written as text or (older Traccar settings) as Unix ms."""
    raw = fix.get(key)
    return moment_ms(raw, "iso" if isinstance(raw, str) else "ms")


def _put_fix(row: Row, fix: Mapping[str, object]) -> None:
    row.put("lat", fix.get("latitude"))
    row.put("lon", fix.get("longitude"))
    row.put("altitude_m", fix.get("altitude") or None)
    row.put("gnss_speed_kmh", fix.get("speed"), scale=KMH_PER_KNOT)
    row.put("heading_deg", fix.get("course"))
    row.put("accuracy_m", fix.get("accuracy") or None)


def _put_attributes(row: Row, attributes: Mapping[str, object], *, protocol: object) -> None:
    for key, raw in attributes.items():
        io = _IO.fullmatch(key)
        known = ATTRIBUTES.get(key)
        if key == "fuelConsumption" and protocol in _NOT_A_RATE:
            known = None  # Traccar gives AVL 13 this name; that is L/100 km
        if known is not None:
            row.put(known[0], raw, scale=known[1])
        elif io is not None and protocol == "teltonika":
            put_avl(row, int(io[1]), raw)
        elif key == "rssi" and isinstance(raw, int | float) and raw < 0:
            row.put("signal_dbm", raw)
        elif key not in IGNORED:
            row.keep(key, raw)
