"""Sensor Logger: a phone that sends its sensors in batches, hundreds of readings a message."""

from collections import defaultdict
from collections.abc import Mapping
from typing import Final, NamedTuple

from keitora.errors import DecodeError
from keitora.samples.model import ClockQuality, Decoded
from keitora_ingestor.decode.bounds import Incoming
from keitora_ingestor.decode.mapped import Row, block_of, device_key, read_json, whole
from keitora_ingestor.decode.single import storable

SOURCE: Final = "sensorlogger"
KMH_PER_MS: Final = 3.6
_NS_PER_MS: Final = 1_000_000


class Thinned(NamedTuple):
    """A sensor that is averaged: over how long (ms), and each value's signal with its factor."""

    bin_ms: int
    values: tuple[tuple[str, str, float], ...]


THINNED: Final[Mapping[str, Thinned]] = {
    # the phone stands upright in its cradle, its screen towards the driver: x right, y up, z back
    "accelerometer": Thinned(
        100, (("x", "accel_left_ms2", -1), ("y", "accel_up_ms2", 1), ("z", "accel_forward_ms2", -1))
    ),
    "barometer": Thinned(1000, (("pressure", "baro_kpa", 0.1),)),
}


class Reading(NamedTuple):
    """One reading: when (Unix ns), and what."""

    time_ns: int
    values: Mapping[str, object]


def batch(incoming: Incoming) -> Decoded:
    """Decode a message of `sensor-logger` or `sensor-logger/<name>`.

    The device key is `<name>`, or on the shared topic the payload's `deviceId`. Raises DecodeError `bad_json`,
    `bad_shape`, `bad_device_key` or `too_many_rows`.
    """
    message = read_json(incoming.body())
    if not isinstance(message, dict) or not isinstance(message.get("payload"), list):
        raise DecodeError("bad_shape", "payload: a batch is a JSON object with a list of readings")
    key = device_key(incoming.levels[1] if len(incoming.levels) > 1 else message.get("deviceId"))
    readings: dict[str, list[Reading]] = defaultdict(list)
    for raw in message["payload"]:
        _sort_in(readings, raw)
    rows = [_location(reading) for reading in readings["location"]]
    rows += [_battery(reading) for reading in readings["battery"]]
    for name, rule in THINNED.items():
        rows += _thin(name, rule, readings[name])
    rows.sort(key=lambda row: row.at_ms)
    block = block_of(rows, ClockQuality.NETWORK, max_rows=incoming.bounds.max_rows)
    return Decoded(source=SOURCE, device_key=key, block=block)


def _sort_in(readings: dict[str, list[Reading]], raw: object) -> None:
    if not isinstance(raw, dict) or not isinstance(raw.get("name"), str):
        raise DecodeError("bad_shape", "payload: a reading is a JSON object with name and time")
    name = raw["name"].casefold()
    if name not in ("location", "battery", *THINNED):
        return
    time_ns = whole(raw.get("time"))
    values = raw.get("values", raw)
    if time_ns is None or not isinstance(values, dict):
        raise DecodeError("bad_shape", f"{name}: a reading has a time (Unix nanoseconds) and values")
    readings[name].append(Reading(time_ns, values))


def _location(reading: Reading) -> Row:
    values = reading.values
    place = f"{values.get('latitude')!s:.30},{values.get('longitude')!s:.30}"
    row = Row(reading.time_ns // _NS_PER_MS, f"location,{reading.time_ns},{place}")
    row.put("lat", values.get("latitude"))
    row.put("lon", values.get("longitude"))
    row.put("altitude_m", values.get("altitudeAboveMeanSeaLevel"))
    row.put("altitude_m", values.get("altitude"))
    row.put("gnss_speed_kmh", _valid(values.get("speed")), scale=KMH_PER_MS)
    row.put("heading_deg", _valid(values.get("bearing")))
    row.put("accuracy_m", _valid(values.get("horizontalAccuracy")))
    return row


def _battery(reading: Reading) -> Row:
    row = Row(reading.time_ns // _NS_PER_MS, f"battery,{reading.time_ns}")
    row.put("device_battery_pct", _valid(reading.values.get("batteryLevel")), scale=100)
    row.put("device_battery_v", reading.values.get("voltage"))
    row.keep("batteryState", reading.values.get("batteryState"))
    return row


def _valid(raw: object) -> object:
    """Return None for the negative numbers that stand for unknown."""
    return None if isinstance(raw, int | float) and raw < 0 else raw


def _thin(name: str, rule: Thinned, readings: list[Reading]) -> list[Row]:
    """Return one row for each stretch of time: the mean, because picking one would turn vibration into swaying."""
    bins: dict[int, list[Reading]] = defaultdict(list)
    for reading in readings:
        bins[reading.time_ns // (rule.bin_ms * _NS_PER_MS)].append(reading)
    return [_mean(name, rule, together) for together in bins.values()]


def _mean(name: str, rule: Thinned, readings: list[Reading]) -> Row:
    first_ns = min(reading.time_ns for reading in readings)
    row = Row(first_ns // _NS_PER_MS, f"{name},{first_ns}")
    for key, column, factor in rule.values:
        raws = [reading.values[key] for reading in readings if reading.values.get(key) is not None]
        odd = [raw for raw in raws if not isinstance(raw, float) and (isinstance(raw, str) or whole(raw) is None)]
        numbers = [raw for raw in raws if isinstance(raw, int | float)]
        if odd:
            row.refused[column] = storable(odd[0])
        elif numbers:
            row.put(column, sum(numbers) / len(numbers), scale=factor)
    return row
