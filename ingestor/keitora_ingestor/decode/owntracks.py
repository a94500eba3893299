"""OwnTracks: phones as trackers. One message is one fix, or an event, or both."""

from collections.abc import Callable, Mapping
from typing import Final

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from keitora.errors import DecodeError
from keitora.samples.model import Block, ClockQuality, Decoded
from keitora_ingestor.decode.bounds import Incoming
from keitora_ingestor.decode.mapped import Row, block_of, read_json
from keitora_ingestor.decode.owntracks_extras import events_of, put_extras, state_of

SOURCE: Final = "owntracks"
Unseal = Callable[[str, str], bytes]
"""Opens an encrypted message, given the device's key and the `data`. Raises DecodeError where it cannot."""


class Location(BaseModel):
    """The keys of a position we read. `vel` is whole km/h, left out at 0; -1 stands for unknown on iOS."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    tst: int = Field(description="Unix time of the fix (s); some versions send it as text")
    lat: float
    lon: float
    acc: float | None = None
    alt: float | None = None
    vel: float | None = None
    cog: float | None = None
    batt: float | None = None


def location(incoming: Incoming, unseal: Unseal | None = None) -> Decoded:
    """Decode a message of `owntracks/<user>/<device>[/…]`; the device key is `<user>/<device>`.

    Locations and transitions (a place entered or left) are positions, `status` is the device's state; `transition`,
    `waypoint`, `waypoints` and `lwt` are events; the others (`steps`, `cmd`, `card`, …) say nothing. `unseal` opens
    encrypted messages; without it they are refused. Raises DecodeError `bad_json`, `bad_shape`, `encrypted`, or what
    `unseal` raises.
    """
    device_key = f"{incoming.levels[1]}/{incoming.levels[2]}"
    body = incoming.body()
    if not body:
        return Decoded(source=SOURCE, device_key=device_key)
    message = _message(body)
    if message["_type"] == "encrypted":
        message = _opened(message, device_key, unseal)
    block = None
    if message["_type"] == "location" or (message["_type"] == "transition" and "lat" in message):
        block = _block(message, max_rows=incoming.bounds.max_rows)
    return Decoded(
        source=SOURCE,
        device_key=device_key,
        block=block,
        state=state_of(message),
        events=tuple(events_of(message, incoming)),
    )


def _message(body: bytes) -> Mapping[str, object]:
    message = read_json(body)
    if not isinstance(message, dict) or "_type" not in message:
        raise DecodeError("bad_shape", "an OwnTracks message is a JSON object with _type")
    return message


def _opened(message: Mapping[str, object], device_key: str, unseal: Unseal | None) -> Mapping[str, object]:
    if unseal is None:
        raise DecodeError("encrypted", "encrypted OwnTracks messages need this device's key; none is known")
    data = message.get("data")
    if not isinstance(data, str):
        raise DecodeError("bad_shape", "data: an encrypted message is base64 text")
    return _message(unseal(device_key, data))


def _block(message: Mapping[str, object], *, max_rows: int) -> Block | None:
    try:
        fix = Location.model_validate(message)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        place = ".".join(str(part) for part in first["loc"])
        raise DecodeError("bad_shape", f"{place}: {first['msg']}") from error
    row = Row(fix.tst * 1000, _identity(fix, message))
    row.put("lat", fix.lat)
    row.put("lon", fix.lon)
    row.put("accuracy_m", fix.acc)
    row.put("altitude_m", fix.alt)
    row.put("gnss_speed_kmh", None if fix.vel == -1 else fix.vel)
    row.put("heading_deg", None if fix.cog == -1 else fix.cog)
    row.put("device_battery_pct", fix.batt)
    put_extras(row, message)
    return block_of([row], ClockQuality.SATELLITE, max_rows=max_rows)


def _identity(fix: Location, message: Mapping[str, object]) -> str:
    """Return what tells a fix from others of its second: a phone's queue may send it twice, with other keys changed.

    A transition is another row than the location of the same fix.
    """
    place = f"{fix.tst},{fix.lat!r},{fix.lon!r}"
    if message["_type"] == "transition":
        return f"{place},{message.get('event')!s:.20},{message.get('desc')!s:.100}"
    return place
