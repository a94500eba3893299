"""Sensor Logger's batches: readings as the app sends them, and what becomes of them."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keitora.errors import DecodeError
from keitora.samples.model import Block, ClockQuality, Decoded
from keitora.signals.registry import BY_COLUMN
from keitora_ingestor.decode.bounds import Bounds, Incoming
from keitora_ingestor.decode.sensorlogger import batch

RECEIVED_AT = datetime(2026, 4, 1, 12, 0, tzinfo=UTC)
NS = 1_775_040_312_004_000_123
PLACE = {
    "latitude": 35.68124,
    "longitude": 139.767125,
    "altitude": 78.2,
    "altitudeAboveMeanSeaLevel": 41.0,
    "speed": 11.9,
    "bearing": 87.1,
    "horizontalAccuracy": 4.7,
    "verticalAccuracy": 3.0,
}


def decode(message: object, topic: str = "sensor-logger", max_rows: int = 10_000) -> Decoded:
    payload = message if isinstance(message, bytes) else json.dumps(message).encode()
    return batch(
        Incoming(
            levels=tuple(topic.split("/")),
            payload=payload,
            received_at=RECEIVED_AT,
            bounds=Bounds(max_rows=max_rows),
        )
    )


def message(*readings: object) -> dict[str, object]:
    return {"messageId": 17, "sessionId": "s", "deviceId": "phone-1", "payload": list(readings)}


def reading(name: str, time_ns: object = NS, **values: object) -> dict[str, object]:
    return {"name": name, "time": time_ns, "values": values}


def block(*readings: object) -> Block:
    found = decode(message(*readings)).block
    assert found is not None
    return found


@pytest.mark.parametrize(("topic", "key"), [("sensor-logger", "phone-1"), ("sensor-logger/kei-7", "kei-7")])
def test_the_topic_names_the_device_where_it_can(topic: str, key: str) -> None:
    decoded = decode(message(), topic)

    assert (decoded.source, decoded.device_key, decoded.block) == ("sensorlogger", key, None)


def test_a_location() -> None:
    one = block(reading("location", **PLACE))

    assert one.at_ms == [1_775_040_312_004]
    assert one.clock_quality is ClockQuality.NETWORK
    assert {column: values[0] for column, values in one.columns.items()} == {
        "lat": 35.68124,
        "lon": 139.767125,
        "altitude_m": 41.0,
        "gnss_speed_kmh": 42.84,
        "heading_deg": 87.1,
        "accuracy_m": 4.7,
    }


def test_negative_is_unknown_and_the_ellipsoid_stands_in_for_the_sea() -> None:
    place: dict[str, Any] = {**PLACE, "speed": -1, "bearing": -1.0, "horizontalAccuracy": -1}
    del place["altitudeAboveMeanSeaLevel"]
    one = block(reading("location", **place))

    assert set(one.columns) == {"lat", "lon", "altitude_m"}
    assert one.columns["altitude_m"] == [78.2]
    assert one.extra == [None]


def test_a_hundred_readings_a_second_become_ten_means() -> None:
    shaken = [reading("accelerometer", NS + i * 10_000_000, x=i % 2, y=0.5, z=-2.0) for i in range(100)]
    thinned = block(*shaken)

    assert 10 <= len(thinned) <= 11
    assert thinned.columns["accel_forward_ms2"] == [2.0] * len(thinned)
    assert thinned.columns["accel_up_ms2"] == [0.5] * len(thinned)
    assert all(-0.67 < value < -0.33 for value in thinned.columns["accel_left_ms2"] if value is not None)
    assert len(set(thinned.sequence)) == len(thinned)


def test_other_sensors() -> None:
    other = block(
        reading("Barometer", pressure=1008.0, relativeAltitude=1.0),
        reading("battery", NS + 2_000_000_000, batteryLevel=0.82, batteryState="charging", lowPowerMode=False),
        reading("gyroscope", x=1, y=1, z=1),
    )

    assert other.columns == {"baro_kpa": [100.8, None], "device_battery_pct": [None, 82.0]}
    assert other.extra == [None, {"x_batteryState": "charging"}]


def test_fields_beside_the_time_as_older_versions_send_them() -> None:
    assert block({"name": "location", "time": str(NS), **PLACE}) == block(reading("location", **PLACE))


def test_rows_are_in_order_of_time_and_a_copy_is_the_same() -> None:
    batch_ = (reading("location", NS + 10**9, **PLACE), reading("accelerometer", x=0, y=0, z=0))

    assert block(*batch_).at_ms == [1_775_040_312_004, 1_775_040_313_004]
    assert block(*batch_) == block(*batch_)


def test_what_cannot_be_true_is_set_aside() -> None:
    one = block(reading("location", **{**PLACE, "latitude": 91}), reading("accelerometer", x="left", y=1, z=1e9))

    assert one.extra == [
        {"x_lon": 139.767125, "refused": {"lat": 91}},
        {"refused": {"accel_left_ms2": "left", "accel_forward_ms2": 1e9}},
    ]


def test_a_flag_among_numbers_is_no_number() -> None:
    pair = (reading("accelerometer", x=1, y=1, z=1), reading("accelerometer", x=True, y=1, z=1))

    assert block(*pair).extra == [{"refused": {"accel_left_ms2": True}}]


@pytest.mark.parametrize(
    ("told", "reason"),
    [
        (b"[", "bad_json"),
        ([], "bad_shape"),
        ({"deviceId": "a"}, "bad_shape"),
        ({"payload": []}, "bad_device_key"),
        (message(1), "bad_shape"),
        (message({"time": 1}), "bad_shape"),
        (message(reading("location", None)), "bad_shape"),
        (message({"name": "location", "time": NS, "values": 1}), "bad_shape"),
        (message(*(reading("location", NS + i, **PLACE) for i in range(3))), "too_many_rows"),
    ],
)
def test_what_cannot_be_read_is_refused(told: object, reason: str) -> None:
    with pytest.raises(DecodeError) as caught:
        decode(told, max_rows=2)
    assert caught.value.reason == reason


scalars = st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=5), st.lists(st.integers()))
readings = st.builds(
    lambda name, time_ns, values: {"name": name, "time": time_ns, "values": values},
    st.sampled_from(["location", "accelerometer", "barometer", "battery", "gravity"]),
    scalars | st.integers(NS, NS + 10**9),
    scalars | st.dictionaries(st.sampled_from([*PLACE, "x", "y", "z", "pressure", "batteryLevel", "voltage"]), scalars),
)


def answer(payload: object) -> Decoded | None:
    try:
        return decode(payload)
    except DecodeError as error:
        refusal = error
    assert refusal.reason.isidentifier()
    return None


@given(told=st.lists(readings | scalars, max_size=5), raw=st.binary())
def test_any_batch_is_answered_or_refused(told: list[object], raw: bytes) -> None:
    for payload in (message(*told), raw):
        decoded = answer(payload)
        assert decoded == answer(payload)
        for column, values in (decoded.block.columns if decoded and decoded.block else {}).items():
            low, high = BY_COLUMN[column].minimum, BY_COLUMN[column].maximum
            assert all(value is None or low <= value <= high for value in values)
