"""What OwnTracks messages say beyond a phone's position: the keys of Queclink trackers (qtripp), and other messages."""

from collections.abc import Mapping
from typing import Final

from keitora.samples.model import ClockQuality, Event
from keitora_ingestor.decode.bounds import Incoming
from keitora_ingestor.decode.happened import event_at, event_by_arrival
from keitora_ingestor.decode.mapped import Row, whole
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


MAX_WAYPOINTS: Final = 200
_TRIGGERS: Final[Mapping[str, tuple[str, str | None]]] = {
    "i": ("ign_on", None),
    "I": ("ign_off", None),
    "!": ("tow", None),
    "h": ("harsh", None),
    "s": ("overspeed", None),
    "e": ("alarm", "external power (e)"),
    "E": ("alarm", "external power (E)"),
}
"""Letters of `t` by which trackers (qtripp) tell why they send: the event, and its name where it has no kind."""


def put_extras(row: Row, message: Mapping[str, object]) -> None:
    """Fill a row with what a position's message says beyond the position."""
    for key, column in TRACKER_SIGNALS:
        row.put(column, message.get(key))
    for key in KEPT:
        row.keep(key, message.get(key))


def state_of(message: Mapping[str, object]) -> Mapping[str, object] | None:
    """Return what a device says of itself in a `status` message, or None for a message of another kind.

    A phone's last will (`lwt`) is no state, only an event: with an hour between its signs of life it says nothing about
    the truck.
    """
    if message.get("_type") != "status":
        return None
    return {str(storable(key)): storable(value) for key, value in message.items() if key not in ("_type", "_id")}


def events_of(message: Mapping[str, object], incoming: Incoming) -> list[Event]:
    """Return what a message says has happened: a place entered or left, or marked, a trigger of a tracker, a last will.

    What is dated wrongly or incompletely is passed over: the message's position, if it has one, is stored all the same.
    """
    kind = message.get("_type")
    if kind == "lwt":
        return [event_by_arrival(incoming, "offline", {}, identity="lwt")]
    if kind == "transition":
        to = message.get("event")
        return _events("geofence", message, {"place": message.get("desc"), "to": to}) if to in _CROSSINGS else []
    if kind == "waypoint":
        return _waypoint(message)
    if kind == "waypoints":
        places = message.get("waypoints")
        listed = places[:MAX_WAYPOINTS] if isinstance(places, list) else []
        return [one for place in listed if isinstance(place, dict) for one in _waypoint(place)]
    trigger = message.get("t")
    known = _TRIGGERS.get(trigger) if kind == "location" and isinstance(trigger, str) else None
    return [] if known is None else _events(known[0], message, {"name": known[1]})


_CROSSINGS: Final = ("enter", "leave")


def _waypoint(place: Mapping[str, object]) -> list[Event]:
    return _events("waypoint", place, {"place": place.get("desc"), "radius_m": place.get("rad")})


def _events(kind: str, message: Mapping[str, object], detail: Mapping[str, object]) -> list[Event]:
    tst = whole(message.get("tst"))
    if tst is None or not 0 <= tst < 2**40:
        return []
    lat, lon = message.get("lat"), message.get("lon")
    identity = f"{lat!s:.30},{lon!s:.30},{detail.get('place')!s:.100},{detail.get('to')!s:.10}"
    said = {**detail, "lat": lat, "lon": lon}
    return [event_at(kind, said, at_ms=tst * 1000, quality=ClockQuality.SATELLITE, identity=identity)]
