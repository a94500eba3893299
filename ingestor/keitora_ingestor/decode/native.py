"""The native format, version 1."""

from collections.abc import Mapping, Sequence
from typing import Final, TypeVar

from pydantic import BaseModel, ValidationError

from keitora.errors import DecodeError
from keitora.samples.model import Block, ClockQuality, Decoded, Event
from keitora.signals.check import Value, split_column
from keitora.signals.registry import BY_WIRE
from keitora.wire.native import VERSION, EventMessage, StateMessage, Telemetry
from keitora.wire.topics import is_device_key
from keitora_ingestor.decode.bounds import Incoming
from keitora_ingestor.decode.single import extra_name, storable

SOURCE: Final = "native"
MAX_UNKNOWN_KEYS: Final = 32
MAX_OFFSET_MS: Final = 2**53
MAX_DEPTH: Final = 4
"""How deep an event's detail is kept as JSON; what lies deeper becomes text."""

_Message = TypeVar("_Message", bound=BaseModel)


def telemetry(incoming: Incoming) -> Decoded:
    """Decode a batch of rows (`kei/v1/<device>/t`)."""
    key = _device_key(incoming.levels)
    batch = _read(incoming, Telemetry)
    limit = incoming.bounds.max_rows
    if len(batch.r) > limit:
        raise DecodeError("too_many_rows", f"{len(batch.r)} rows, at most {limit} are accepted")
    return Decoded(source=SOURCE, device_key=key, block=_block(batch), wants_acknowledgement=batch.ak)


def state(incoming: Incoming) -> Decoded:
    """Decode what a device says of itself at birth, and what the broker says at its death (`kei/v1/<device>/s`)."""
    key = _device_key(incoming.levels)
    said = _read(incoming, StateMessage).model_dump(exclude_unset=True)
    return Decoded(source=SOURCE, device_key=key, state={_clean(name): storable(one) for name, one in said.items()})


def event(incoming: Incoming) -> Decoded:
    """Decode something that has happened (`kei/v1/<device>/e`)."""
    key = _device_key(incoming.levels)
    said = _read(incoming, EventMessage)
    happened = Event(
        kind=said.ev,
        detail={_clean(name): _kept_detail(value) for name, value in said.d.items()},
        sequence=said.q,
        clock_quality=ClockQuality(said.c),
        at_ms=said.t if said.c >= ClockQuality.UNSYNCHRONISED else None,
        uptime_ms=said.u,
        age_ms=said.un - said.u,
        boot=said.b,
    )
    return Decoded(source=SOURCE, device_key=key, events=(happened,), wants_acknowledgement=said.ak)


def _device_key(levels: tuple[str, ...]) -> str:
    key = levels[2]
    if not is_device_key(key):
        raise DecodeError("bad_device_key", f"{key!r} is not 3 to 32 of a-z, 0-9 and hyphen")
    return key


def _read(incoming: Incoming, model: type[_Message]) -> _Message:
    try:
        return model.model_validate_json(incoming.body())
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        if first["type"] == "json_invalid":
            raise DecodeError("bad_json", first["msg"]) from error
        place = ".".join(str(part) for part in first["loc"])
        reason = "unknown_version" if place == "v" else "bad_shape"
        expected = f"; this server reads version {VERSION}" if place == "v" else ""
        raise DecodeError(reason, f"{place or 'message'}: {first['msg']}{expected}") from error


def _block(batch: Telemetry) -> Block:
    offsets, *values = list(zip(*batch.r, strict=True)) or [()] * (len(batch.f) + 1)
    if not all(map(_is_whole, offsets)):
        raise DecodeError("bad_shape", "a row's offset is a whole number of milliseconds, 0 or more")
    offsets = tuple(map(int, offsets))
    columns: dict[str, Sequence[Value | None]] = {}
    extra: list[dict[str, object] | None] = [None] * len(batch.r)
    refused_count = 0
    unknown_count = 0
    for key, raws in zip(batch.f, values, strict=True):
        signal = BY_WIRE.get(key)
        if signal is None:
            unknown_count += 1
            if unknown_count <= MAX_UNKNOWN_KEYS:
                _keep(extra, extra_name(key), {i: raw for i, raw in enumerate(raws) if raw is not None})
            continue
        columns[signal.column], refused = split_column(signal, raws)
        if refused:
            refused_count += len(refused)
            _keep_refused(extra, signal.column, refused)
    refused_count += _refuse_null_island(columns, extra)
    known_time = batch.c >= ClockQuality.UNSYNCHRONISED and batch.t is not None
    return Block(
        sequence=range(batch.q, batch.q + len(batch.r)),
        clock_quality=ClockQuality(batch.c),
        at_ms=[(batch.t or 0) + offset for offset in offsets] if known_time else None,
        uptime_ms=[batch.u + offset for offset in offsets],
        age_ms=[batch.un - batch.u - offset for offset in offsets],
        boot=batch.b,
        columns=columns,
        extra=extra,
        refused_count=refused_count,
    )


def _is_whole(offset: object) -> bool:
    return type(offset) in {int, float} and 0 <= offset <= MAX_OFFSET_MS and offset == int(offset)  # type: ignore[operator,call-overload] # numbers


def _refuse_null_island(columns: dict[str, Sequence[Value | None]], extra: list[dict[str, object] | None]) -> int:
    """Set aside (0, 0): receivers say so before their first fix, and no truck is out at sea."""
    lats, lons = columns.get("lat"), columns.get("lon")
    if lats is None or lons is None or 0 not in lats:
        return 0
    hits = {i: "0, 0" for i, (lat, lon) in enumerate(zip(lats, lons, strict=True)) if lat == 0 and lon == 0}
    if hits:
        columns["lat"] = [None if i in hits else lat for i, lat in enumerate(lats)]
        columns["lon"] = [None if i in hits else lon for i, lon in enumerate(lons)]
        _keep_refused(extra, "position", hits)
    return len(hits)


def _keep(extra: list[dict[str, object] | None], name: str, values: Mapping[int, object]) -> None:
    for index, value in values.items():
        row = extra[index] if extra[index] is not None else {}
        row[name] = storable(value)  # type: ignore[index] # made the line before
        extra[index] = row


def _keep_refused(extra: list[dict[str, object] | None], name: str, values: Mapping[int, object]) -> None:
    for index, value in values.items():
        row = extra[index] or {}
        refused = row.setdefault("refused", {})
        refused[name] = storable(value)  # type: ignore[index] # a dict of ours
        extra[index] = row


def _clean(text: str) -> str:
    return text.replace("\x00", "\ufffd")[:64]


def _kept_detail(value: object, depth: int = 1) -> object:
    """Return a value of an event's detail as it is, as far as the database can hold it."""
    if depth < MAX_DEPTH and isinstance(value, list):
        return [_kept_detail(one, depth + 1) for one in value[:100]]
    if depth < MAX_DEPTH and isinstance(value, dict):
        return {_clean(str(name)): _kept_detail(one, depth + 1) for name, one in list(value.items())[:100]}
    return storable(value)
