"""Teltonika trackers that speak MQTT themselves (Codec JSON). One message is one record, or a list of them."""

from collections.abc import Mapping
from typing import Final

from keitora.errors import DecodeError
from keitora.samples.model import ClockQuality, Decoded, Event
from keitora_ingestor.decode.bounds import Incoming
from keitora_ingestor.decode.mapped import Row, block_of, device_key, moment_ms, read_json
from keitora_ingestor.decode.teltonika_avl import put_avl
from keitora_ingestor.decode.teltonika_events import events_of

SOURCE: Final = "teltonika"
CLOCK_UNSET_FROM_MS: Final = 1_072_915_200_000
CLOCK_UNSET_TO_MS: Final = CLOCK_UNSET_FROM_MS + 366 * 86_400_000
"""A tracker that has not heard the time yet counts from 2004-01-01."""


def record(incoming: Incoming) -> Decoded:
    """Decode a message of `teltonika/<imei>/data` (or `<…>/<…>/teltonika/<imei>/data`); the device key is the IMEI.

    Answers to commands carry no samples. Raises DecodeError `bad_json`, `bad_shape`, `bad_device_key` or
    `too_many_rows`.
    """
    key = device_key(incoming.levels[-2])
    body = incoming.body()
    records = _records(read_json(body)) if body else []
    if len(records) > incoming.bounds.max_rows:
        raise DecodeError("too_many_rows", f"{len(records)} records, at most {incoming.bounds.max_rows} are accepted")
    rows, qualities = [], [ClockQuality.SATELLITE]
    events: list[Event] = []
    for values in records:
        row, quality = _row(values, incoming.received_ms)
        rows.append(row)
        qualities.append(quality)
        events += events_of(values, at_ms=row.at_ms, quality=quality)
    block = block_of(rows, min(qualities), max_rows=incoming.bounds.max_rows)
    return Decoded(source=SOURCE, device_key=key, block=block, events=tuple(events))


def _records(message: object) -> list[Mapping[str, object]]:
    if isinstance(message, dict) and "RSP" in message:
        return []
    found: list[object] = []
    for part in message if isinstance(message, list) else [message]:
        state = part.get("state") if isinstance(part, dict) else None
        reported = state.get("reported") if isinstance(state, dict) else None
        found += reported if isinstance(reported, list) else [reported]
    records: list[Mapping[str, object]] = [values for values in found if isinstance(values, dict)]
    if len(records) != len(found):
        raise DecodeError("bad_shape", 'a record is {"state":{"reported":{…}}}; is the codec set to JSON?')
    return records


def _row(values: Mapping[str, object], received_ms: int) -> tuple[Row, ClockQuality]:
    ts_ms = moment_ms(values.get("ts"), "ms")
    if ts_ms is None:
        raise DecodeError("bad_shape", "ts: a record's time is Unix milliseconds")
    has_clock = not CLOCK_UNSET_FROM_MS <= ts_ms < CLOCK_UNSET_TO_MS
    row = Row(ts_ms if has_clock else received_ms, f"{ts_ms},{values.get('evt')!s:.20},{values.get('latlng')!s:.60}")
    has_fix = _put_position(row, values)
    row.put("satellite_count", values.get("sat"))
    if values.get("evt") not in (0, "0"):
        row.keep("evt", values.get("evt"))
    if values.get("pr") in (2, "2"):
        row.keep("pr", 2)
    for key, raw in values.items():
        if key.isascii() and key.isdigit() and len(key) < 6 and key != "24":
            put_avl(row, int(key), raw)
    if not has_clock:
        row.keep("ts", ts_ms)
        return row, ClockQuality.UPTIME
    return row, ClockQuality.SATELLITE if has_fix else ClockQuality.NETWORK


def _put_position(row: Row, values: Mapping[str, object]) -> bool:
    """Fill what the receiver measured, if it had a fix; without one it repeats zeroes."""
    latlng = values.get("latlng")
    lat, comma, lon = latlng.partition(",") if isinstance(latlng, str) else ("", "", "")
    if not comma or (_is_zero(lat) and _is_zero(lon)):
        return False
    row.put("lat", lat)
    row.put("lon", lon)
    row.put("altitude_m", values.get("alt"))
    row.put("gnss_speed_kmh", values.get("sp"))
    row.put("heading_deg", values.get("ang"))
    return True


def _is_zero(text: str) -> bool:
    return not text.strip("0. -+")
