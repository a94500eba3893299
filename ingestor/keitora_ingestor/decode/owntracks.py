"""OwnTracks: phones as trackers. One message is one fix; messages without a position say nothing we store."""

from typing import Final
from zlib import crc32

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from pydantic_core import from_json

from keitora.errors import DecodeError
from keitora.samples.model import Block, ClockQuality, Decoded
from keitora.signals.check import Value, plausible
from keitora.signals.registry import BY_COLUMN
from keitora_ingestor.decode.bounds import Incoming

SOURCE: Final = "owntracks"
_POSITIONAL: Final = frozenset({"location", "transition"})


class Location(BaseModel):
    """The keys of a location we read. `vel` is whole km/h, left out at 0; -1 stands for unknown on iOS."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    tst: int = Field(description="Unix time of the fix (s); some versions send it as text")
    lat: float
    lon: float
    acc: float | None = None
    alt: float | None = None
    vel: float | None = None
    cog: float | None = None
    batt: float | None = None
    bs: int | None = None
    conn: str | None = None
    t: str | None = None


def location(incoming: Incoming) -> Decoded:
    """Decode a message of `owntracks/<user>/<device>[/event]`; the device key is `<user>/<device>`."""
    device_key = f"{incoming.levels[1]}/{incoming.levels[2]}"
    body = incoming.body()
    if not body:
        return Decoded(source=SOURCE, device_key=device_key)
    try:
        message = from_json(body)
    except ValueError as error:
        raise DecodeError("bad_json", str(error)) from error
    if not isinstance(message, dict) or "_type" not in message:
        raise DecodeError("bad_shape", "an OwnTracks message is a JSON object with _type")
    if message["_type"] == "encrypted":
        raise DecodeError("encrypted", "encrypted OwnTracks messages need this device's key; none is known")
    if message["_type"] not in _POSITIONAL:
        return Decoded(source=SOURCE, device_key=device_key)
    try:
        fix = Location.model_validate(message)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        place = ".".join(str(part) for part in first["loc"])
        raise DecodeError("bad_shape", f"{place}: {first['msg']}") from error
    return Decoded(source=SOURCE, device_key=device_key, block=_block(fix))


def _block(fix: Location) -> Block:
    refused: dict[str, object] = {}
    columns: dict[str, list[Value | None]] = {}
    for column, raw in (
        ("lat", fix.lat),
        ("lon", fix.lon),
        ("accuracy_m", fix.acc),
        ("altitude_m", fix.alt),
        ("gnss_speed_kmh", None if fix.vel == -1 else fix.vel),
        ("heading_deg", None if fix.cog == -1 else fix.cog),
        ("device_battery_pct", fix.batt),
    ):
        value = None if raw is None else plausible(BY_COLUMN[column], raw)
        if raw is not None and value is None:
            refused[column] = str(raw)
        columns[column] = [value]
    if fix.lat == 0 and fix.lon == 0:
        refused["position"] = "0, 0"
        columns["lat"] = columns["lon"] = [None]
    said = {f"x_{key}": value for key in ("bs", "conn", "t") if (value := getattr(fix, key)) is not None}
    extra: dict[str, object] = {**said, **({"refused": refused} if refused else {})}
    content = f"{fix.tst},{fix.lat!r},{fix.lon!r}".encode()
    return Block(
        sequence=[crc32(content)],
        clock_quality=ClockQuality.SATELLITE,
        at_ms=[fix.tst * 1000],
        columns=columns,
        extra=[extra or None],
        refused_count=len(refused),
    )
