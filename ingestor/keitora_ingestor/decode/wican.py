"""WiCAN and WiCAN Pro: AutoPID groups, CAN filters and raw CAN frames. The shape of a message tells which it is."""

from collections.abc import Mapping
from typing import Final

from pydantic_core import from_json

from keitora.errors import DecodeError
from keitora.samples.model import ClockQuality, Decoded, Event
from keitora_ingestor.decode.bounds import Incoming
from keitora_ingestor.decode.happened import event_by_arrival
from keitora_ingestor.decode.pids import read_pid
from keitora_ingestor.decode.scalars import read_scalar, read_value
from keitora_ingestor.decode.single import extra_name, message_content, near_clock_ms, row_block, storable, text_of
from keitora_ingestor.decode.wican_frames import read_frames
from keitora_ingestor.decode.wican_names import is_monitor_status, is_second_choice, target_of

SOURCE: Final = "wican"
_STATUS: Final = {"online": True, "offline": False}
_COMMANDS: Final = (("cmd",), ("rsp",), ("can", "tx"))
_RAW: Final = ("can", "rx")
_ENGINE: Final = frozenset(
    {
        "speed_kmh", "engine_rpm", "map_kpa", "maf_gs", "throttle_pct", "pedal_pct", "engine_load_pct",
        "absolute_load_pct", "lambda_ratio", "short_fuel_trim_pct", "long_fuel_trim_pct", "fuel_rate_lph",
        "engine_run_s", "fuel_system_code",
    }
)  # fmt: skip


def message(incoming: Incoming) -> Decoded:
    """Decode a message of `wican/<id>/…`; the device key is `<id>`."""
    device_key, place = incoming.levels[1], incoming.levels[2:]
    if not device_key:
        raise DecodeError("bad_device_key", "the topic names no device")
    body = incoming.body()
    if not body:
        return Decoded(source=SOURCE, device_key=device_key)
    said = _read(body, place)
    if place[-1:] == ("status",):
        return Decoded(source=SOURCE, device_key=device_key, state=_state(said))
    if place in _COMMANDS:
        said = {key: said[key] for key in ("battery_voltage",) if key in said}
    if "error" in said:
        raise DecodeError("device_error", f"the device says: {storable(said['error'])}")
    return _decoded(incoming, device_key, said)


def _read(body: bytes, place: tuple[str, ...]) -> dict[str, object]:
    """Return a message as one object; a bare value is named by the last level of its topic."""
    try:
        said = from_json(body)
    except ValueError as error:
        said = read_scalar(text_of(body))
        if isinstance(said, str):
            raise DecodeError("bad_json", str(error)) from error
    if isinstance(said, dict):
        inner = said.get("autopid_data")
        return inner if isinstance(inner, dict) else said
    if isinstance(said, list) or said is None or not place or place in (_RAW, *_COMMANDS):
        raise DecodeError("bad_shape", "a message is a JSON object, or one value on a topic of its own")
    return {place[-1]: said}


def _state(said: Mapping[str, object]) -> dict[str, object]:
    on = _STATUS.get(str(said.get("status")))
    if on is None:
        raise DecodeError("bad_shape", "a status is online or offline")
    return {"on": on}


def _decoded(incoming: Incoming, device_key: str, said: dict[str, object]) -> Decoded:
    if "frame" in said:
        found = read_frames(said)
        columns: dict[str, object] = {name: value for name, value in found.items() if not name.startswith("x_")}
        extra: dict[str, object] = {name: value for name, value in found.items() if name.startswith("x_")}
    else:
        columns, extra = _sorted_out(said)
    told = said.get("timestamp")
    own_ms = near_clock_ms(incoming, told)
    wrong_clock = told is not None and own_ms is None and bool(columns or extra)
    block = row_block(
        at_ms=incoming.received_ms if own_ms is None else own_ms,
        clock_quality=ClockQuality.UPTIME if own_ms is None else ClockQuality.NETWORK,
        content=message_content(incoming),
        stale=_take_stale(columns),
        columns=columns,
        extra=extra,
        refused={"timestamp": storable(told)} if wrong_clock else None,
    )
    return Decoded(source=SOURCE, device_key=device_key, block=block, events=tuple(_alert(incoming, said)))


def _alert(incoming: Incoming, said: Mapping[str, object]) -> list[Event]:
    alert = said.get("alert")
    if not isinstance(alert, str):
        return []
    if alert == "low_battery":
        detail = {"v12": said.get("battery_voltage")}
        return [event_by_arrival(incoming, "low_battery", detail, identity=alert)]
    return [event_by_arrival(incoming, "alarm", {"name": alert[:64]}, identity=alert)]


def _sorted_out(said: Mapping[str, object]) -> tuple[dict[str, object], dict[str, object]]:
    """Return the values that have a column, and the others under their own names."""
    columns: dict[str, object] = {}
    extra: dict[str, object] = {}
    for key in sorted(said, key=is_second_choice):
        value = read_value(said[key])
        if value is None or key in ("timestamp", "alert"):
            continue
        if is_monitor_status(key) and isinstance(value, int | float) and 0 <= value < 2**32:
            columns.update(read_pid(0x01, int(value).to_bytes(4, "big")))
            continue
        target = target_of(key)
        if target is None or target.column in columns:
            extra[extra_name(key)] = value
        else:
            columns[target.column] = target.convert(value)
    return columns, extra


def _take_stale(columns: dict[str, object]) -> dict[str, object]:
    """Take the engine's values out of `columns` where the message itself says that they are old, and return them.

    A group repeats each value as last read. With the ignition off an engine cannot turn nor a truck drive: then these
    values, and all that were read along with them, are of before.
    """
    if columns.get("ignition_on") not in (False, 0):
        return {}
    running = (columns.get("engine_rpm"), columns.get("speed_kmh"))
    if not any(isinstance(value, int | float) and value > 0 for value in running):
        return {}
    return {column: storable(columns.pop(column)) for column in sorted(_ENGINE & columns.keys())}
