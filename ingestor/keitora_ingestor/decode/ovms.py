"""OVMS v3: a metric a message, as plain text; and log records that were stored on the way."""

import re
from collections.abc import Mapping
from typing import Final

from keitora.errors import DecodeError
from keitora.samples.model import Block, ClockQuality, Decoded, Event
from keitora_ingestor.decode.bounds import Incoming
from keitora_ingestor.decode.happened import event_by_arrival
from keitora_ingestor.decode.ovms_metrics import EVENTS, LOGS, O2_METRICS, TYRE_COLUMNS, is_ignored, target_of
from keitora_ingestor.decode.scalars import read_scalar
from keitora_ingestor.decode.single import block_by_arrival, extra_name, message_content, row_block, text_of

SOURCE: Final = "ovms"
_BRANCHES: Final = frozenset({"metric", "notify", "event", "client"})
_O2_MARK: Final = "-o2"
_AGE: Final = re.compile(r"-?[0-9]{1,8}")
_MAX_AGE_S: Final = 30 * 86_400
_LOW_BATTERY: Final = "batt.12v.alert"
_NAMED_LEVELS: Final = (2, 3)
"""How many levels stand before the branch: `ovms/<truck>/metric`, `ovms/<user>/<vehicleid>/metric`."""


def message(incoming: Incoming) -> Decoded:
    """Decode a message of `ovms/<user>/<vehicleid>/…`; the device key is `<user>/<vehicleid>`.

    Under a topic prefix of one level (`ovms/<truck>/`) it is that level.
    """
    levels = incoming.levels
    place = next((at for at in _NAMED_LEVELS if len(levels) > at and levels[at] in _BRANCHES), None)
    if place is None:
        raise DecodeError("bad_topic", "an OVMS topic is ovms/<user>/<vehicleid>/metric, notify, event or client/…")
    device_key = "/".join(levels[1:place])
    branch, rest = levels[place], levels[place + 1 :]
    if branch == "metric" and rest:
        return _metric(incoming, device_key, ".".join(rest))
    if branch == "notify" and rest[:1] == ("data",):
        return Decoded(source=SOURCE, device_key=device_key, block=_record(incoming, device_key, rest[-1]))
    if branch == "notify" and len(rest) > 1:
        return Decoded(source=SOURCE, device_key=device_key, events=(_notice(incoming, rest[0], ".".join(rest[1:])),))
    if branch == "event":
        return Decoded(source=SOURCE, device_key=device_key, events=tuple(_events(incoming, ".".join(rest))))
    return Decoded(source=SOURCE, device_key=device_key)


def is_o2(device_key: str) -> bool:
    """Tell whether a device's key marks it as OVMS's generic petrol module: the vehicle id ends with `-o2`."""
    return device_key.lower().endswith(_O2_MARK)


def _notice(incoming: Incoming, severity: str, subtype: str) -> Event:
    """Return a notification, which is made for people, as an event."""
    text = text_of(incoming.body())
    kind = "note" if severity == "info" else "low_battery" if subtype == _LOW_BATTERY else "alarm"
    name = subtype if kind == "alarm" else None
    identity = f"{severity}.{subtype},{text}"
    return event_by_arrival(incoming, kind, {"name": name, "text": text or None}, identity=identity)


def _events(incoming: Incoming, name: str) -> list[Event]:
    """Return an event of the truck; the many others (`ticker.60`, `system.modem…`) speak of the module.

    Sent once or not at all (QoS 0): one that comes again is another. The name alone, on the topic `event`, comes with
    each of them, and says it once more.
    """
    kind = EVENTS.get(name)
    if kind is None:
        return []
    detail = {"name": name} if kind == "alarm" else {}
    return [event_by_arrival(incoming, kind, detail, identity=name, retold_ms=1)]


def _metric(incoming: Incoming, device_key: str, metric: str) -> Decoded:
    text = text_of(incoming.body())
    if metric == "s.v3.connected":
        return Decoded(source=SOURCE, device_key=device_key, state={"on": text == "yes"})
    if metric == "v.type" and text == "O2" and not is_o2(device_key):
        raise DecodeError(
            "o2_unmarked",
            "vehicle type O2 reports a petrol engine as if it were a traction battery: let the vehicle id end with -o2",
        )
    if not text or is_ignored(metric):
        return Decoded(source=SOURCE, device_key=device_key)
    columns, extra = _values(metric, text, petrol=is_o2(device_key))
    return Decoded(source=SOURCE, device_key=device_key, block=block_by_arrival(incoming, columns, extra))


def _values(metric: str, text: str, *, petrol: bool) -> tuple[dict[str, object], dict[str, object]]:
    """Return a metric's values by column, and those without one."""
    if metric == "v.t.pressure":
        return {
            column: read_scalar(part.strip()) for column, part in zip(TYRE_COLUMNS, text.split(","), strict=False)
        }, {}
    target = target_of(metric, is_o2=petrol)
    if target is not None:
        return {target.column: target.convert(read_scalar(text))}, {}
    if petrol and metric in O2_METRICS:
        return {}, {}
    return {}, {extra_name(metric.replace(".", "_")): read_scalar(text)}


def _record(incoming: Incoming, device_key: str, age: str) -> Block | None:
    """Return the row of a log record, as old as the last level of its topic says (s, negative)."""
    record_type, *fields = text_of(incoming.body()).split(",")
    places = LOGS.get(record_type)
    if places is None:
        return None
    if not _AGE.fullmatch(age) or not -_MAX_AGE_S <= int(age) <= 0:
        raise DecodeError("bad_age", f"a record's age is 0 to -{_MAX_AGE_S} s, not {age!r}")
    columns, extra = _fields(fields[2:], places, petrol=is_o2(device_key))
    return row_block(
        at_ms=incoming.received_ms + int(age) * 1000,
        clock_quality=ClockQuality.UPTIME,
        content=message_content(incoming),
        columns=columns,
        extra=extra,
    )


def _fields(
    fields: list[str], places: Mapping[int, str], *, petrol: bool
) -> tuple[dict[str, object], dict[str, object]]:
    """Return a record's values. What the module does not know it writes as 0, so 0 is unknown here."""
    columns: dict[str, object] = {}
    extra: dict[str, object] = {}
    has_fix = fields[:1] == ["1"]
    for place, metric in places.items():
        value = read_scalar(fields[place].strip()) if place < len(fields) else None
        if not value or (metric.startswith("v.p.l") and not has_fix):
            continue
        target = target_of(metric, is_o2=petrol)
        if target is not None:
            columns[target.column] = target.convert(value)
        elif metric.startswith("v.c."):
            extra[extra_name(metric.replace(".", "_"))] = value
    return columns, extra
