"""OsmAnd's live tracking and Traccar Client: HTTP requests of one fix, or a few.

Three shapes, told apart by the first character: a form (`lat=…&lon=…`, a query string is one too), an object with
`location` (Traccar Client 9: the background-geolocation SDK), and a list of such objects or of forms' keys. Meaning of
the form's keys: https://www.traccar.org/osmand/.
"""

from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Final
from urllib.parse import parse_qsl

from keitora.errors import DecodeError
from keitora.samples.model import ClockQuality, Decoded
from keitora_ingestor.decode.bounds import Incoming
from keitora_ingestor.decode.mapped import Row, block_of, device_key, moment_ms, read_json, whole
from keitora_ingestor.decode.single import text_of
from keitora_ingestor.decode.traccar import ATTRIBUTES, IGNORED, KMH_PER_KNOT

SOURCE: Final = "osmand"
ID_KEYS: Final = ("id", "deviceid", "device_id")
"""What the sender calls itself; who it is, the topic says."""
MAX_FIELDS: Final = 128
_SECONDS_UNTIL: Final = 2**31
_KMH_PER_MPS: Final = 3.6
_SPEED_UNITS: Final[Mapping[object, float]] = MappingProxyType(
    {None: KMH_PER_KNOT, "kn": KMH_PER_KNOT, "kmh": 1.0, "mps": _KMH_PER_MPS}
)
_FLAGS: Final = MappingProxyType({"true": True, "false": False})
_READ: Final = frozenset(
    {*ID_KEYS, "lat", "lon", "location", "timestamp", "speed", "speed_unit", "bearing", "heading", "altitude"}
    | {"accuracy", "batt", "valid"}
)
_NOT_KEPT: Final = frozenset({"key", "cell", "wifi", "_", *IGNORED})
"""A password; radio masts and wireless networks, which name a house; and what repeats the rest for older servers."""


def fix(incoming: Incoming) -> Decoded:
    """Decode a message of `osmand/<device>`: a request's form, or its JSON.

    A fix without a time is dated by its arrival. Raises DecodeError `bad_json`, `bad_text`, `bad_shape`,
    `bad_device_key` or `too_many_rows`.
    """
    key = device_key(incoming.levels[1])
    told = list(_told(incoming.body()))
    if len(told) > incoming.bounds.max_rows:
        raise DecodeError("too_many_rows", f"{len(told)} rows, at most {incoming.bounds.max_rows} are accepted")
    rows = [_row(one, incoming) for one in told]
    is_dated = all(_time_ms(one) is not None for one in told)
    quality = ClockQuality.SATELLITE if is_dated else ClockQuality.UPTIME
    return Decoded(source=SOURCE, device_key=key, block=block_of(rows, quality, max_rows=incoming.bounds.max_rows))


def form_of(body: bytes) -> dict[str, str]:
    """Return a form's or a query string's fields; of a key that stands twice the last. Raises DecodeError `bad_shape`.

    The bytes may be anything; what is no UTF-8 is replaced.
    """
    try:
        pairs = parse_qsl(body.decode(errors="replace"), max_num_fields=MAX_FIELDS)
    except ValueError as error:
        raise DecodeError("bad_shape", f"a form of more than {MAX_FIELDS} fields") from error
    return dict(pairs)


def is_json(body: bytes) -> bool:
    """Tell whether a body is JSON rather than a form."""
    return body.lstrip()[:1] in (b"{", b"[")


def names_of(body: bytes) -> set[str]:
    """Return what the senders of a request's fixes call themselves. Raises DecodeError as `fix` does."""
    found = (one.get(key) for one in _told(body) for key in ID_KEYS)
    return {str(name) for name in found if name is not None}


def _told(body: bytes) -> Iterator[Mapping[str, object]]:
    """Yield the fixes of a body as flat keys, those of a form."""
    if not is_json(body):
        yield form_of(text_of(body).encode())
        return
    said = read_json(body)
    for one in said if isinstance(said, list) else [said]:
        if not isinstance(one, dict):
            raise DecodeError("bad_shape", "a fix is a form, a JSON object, or a list of objects")
        location = one.get("location")
        if not isinstance(location, dict | list):
            yield one
            continue
        for place in location if isinstance(location, list) else [location]:
            yield _flat(place, one)


def _flat(location: object, envelope: Mapping[str, object]) -> Mapping[str, object]:
    """Return a location of the SDK as the keys of a form: -1 stands for unknown there."""
    coords = location.get("coords") if isinstance(location, dict) else None
    if not isinstance(location, dict) or not isinstance(coords, dict):
        raise DecodeError("bad_shape", "location.coords: an object with latitude and longitude")
    battery, activity, extras = (location.get(name) for name in ("battery", "activity", "extras"))
    level = battery.get("level") if isinstance(battery, dict) else None
    return {
        **(extras if isinstance(extras, dict) else {}),
        **{name: envelope[name] for name in ID_KEYS if name in envelope},
        "timestamp": location.get("timestamp"),
        "lat": coords.get("latitude"),
        "lon": coords.get("longitude"),
        "accuracy": coords.get("accuracy"),
        "altitude": coords.get("altitude"),
        "speed": coords.get("speed"),
        "speed_unit": "mps",
        "bearing": coords.get("heading"),
        "batt": level * 100 if isinstance(level, int | float) and level >= 0 else None,
        "charge": battery.get("is_charging") if isinstance(battery, dict) else None,
        "motion": location.get("is_moving"),
        "event": location.get("event"),
        "activity": activity.get("type") if isinstance(activity, dict) else None,
        "phone_odometer_m": location.get("odometer"),
    }


def _row(told: Mapping[str, object], incoming: Incoming) -> Row:
    lat, lon = _place(told)
    at_ms = _time_ms(told)
    if at_ms is None:
        at_ms = incoming.received_ms
    row = Row(at_ms, f"{at_ms},{lat!s:.30},{lon!s:.30},{told.get('alarm')!s:.60},{told.get('event')!s:.30}")
    if str(told.get("valid")).lower() in ("false", "0"):
        row.keep("valid", raw=False)
    else:
        _put_fix(row, told, lat, lon)
    row.put("device_battery_pct", told.get("batt"))
    for key, raw in told.items():
        known = ATTRIBUTES.get(key)
        value = _FLAGS.get(raw, raw) if isinstance(raw, str) else raw
        if known is not None:
            row.put(known[0], value, scale=known[1])
        elif key not in _READ and key not in _NOT_KEPT:
            row.keep(key, value)
    return row


def _put_fix(row: Row, told: Mapping[str, object], lat: object, lon: object) -> None:
    unit = told.get("speed_unit")
    factor = _SPEED_UNITS.get(unit) if unit is None or isinstance(unit, str) else None
    row.put("lat", lat)
    row.put("lon", lon)
    row.put("altitude_m", _unless(told.get("altitude"), zero=True))
    row.put("accuracy_m", _unless(told.get("accuracy"), zero=True))
    row.put("heading_deg", _unless(told.get("bearing", told.get("heading"))))
    if factor is None:
        row.keep("speed", told.get("speed"))
    else:
        row.put("gnss_speed_kmh", _unless(told.get("speed")), scale=factor)


def _place(told: Mapping[str, object]) -> tuple[object, object]:
    both = told.get("location")
    if isinstance(both, str):
        lat, _, lon = both.partition(",")
        return lat, lon
    return told.get("lat"), told.get("lon")


def _time_ms(told: Mapping[str, object]) -> int | None:
    """Return a fix's time: Unix s, Unix ms, or ISO 8601; a time without a zone is UTC. None where none is told.

    Raises DecodeError `bad_shape` where it is no time: a retry would be dated by another arrival, hence be doubled.
    """
    raw = told.get("timestamp")
    if raw is None or raw == "":
        return None
    number = whole(raw)
    unit = "iso" if number is None else "s" if number < _SECONDS_UNTIL else "ms"
    found = moment_ms(raw, unit)
    if found is None:
        raise DecodeError("bad_shape", f"timestamp: {raw!s:.60} is neither Unix time (s or ms) nor ISO 8601")
    return found


def _unless(raw: object, *, zero: bool = False) -> object:
    """Return a value, or None where it stands for unknown: -1, and 0 where senders say so (`zero`)."""
    try:
        number = float(raw)  # type: ignore[arg-type] # text and numbers; anything else is refused further down
    except (TypeError, ValueError, OverflowError):
        return raw
    return None if number == -1 or (zero and number == 0) else raw
