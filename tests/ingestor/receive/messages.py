"""Messages as phones and loggers send them."""

import json
from typing import Any

from keitora.wire.native import encode_telemetry


def native(first: int = 0, count: int = 3, *, boot: int = 1, compress: bool = False) -> bytes:
    """Rows a second apart; the same numbers are the same rows."""
    return encode_telemetry(
        boot=boot,
        first_sequence=first,
        unix_ms=1_775_040_000_000 + first * 1000,
        uptime_ms=first * 1000,
        built_uptime_ms=(first + count) * 1000,
        clock_quality=3,
        keys=["spd", "lat", "lon"],
        rows=[[n * 1000, 30.5, 35.68 + (first + n) * 1e-5, 139.76] for n in range(count)],
        compress=compress,
    )


def native_event(*, sequence: int, boot: int) -> bytes:
    """A trouble code that was set."""
    body = {
        "v": 1, "b": boot, "q": sequence, "t": 1_775_040_000_000, "u": 60_000, "un": 61_000, "c": 3,
        "ev": "dtc", "d": {"set": ["P0171"], "cleared": []},
    }  # fmt: skip
    return json.dumps(body).encode()


def location(number: int = 0, **more: object) -> bytes:
    """An OwnTracks position."""
    body: dict[str, Any] = {"_type": "location", "tst": 1_775_040_000 + number, "lat": 35.68, "lon": 139.76, **more}
    return json.dumps(body).encode()


def sdk_location(device_key: str, number: int = 0) -> dict[str, Any]:
    """What Traccar Client 9 sends."""
    return {
        "location": {
            "timestamp": f"2026-04-01T10:{number // 60:02}:{number % 60:02}.000Z",
            "coords": {
                "latitude": 35.68,
                "longitude": 139.76,
                "accuracy": 5,
                "speed": 10,
                "heading": 87,
                "altitude": 41,
            },
            "is_moving": True,
            "odometer": 1234,
            "event": "motionchange",
            "battery": {"level": 0.79, "is_charging": False},
            "activity": {"type": "in_vehicle"},
            "extras": {},
        },
        "device_id": device_key,
    }
