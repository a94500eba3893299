"""Traccar's forwarded positions: shapes as Traccar sends them, and what becomes of them."""

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
from keitora_ingestor.decode.traccar import ATTRIBUTES, position

RECEIVED_AT = datetime(2026, 4, 1, 12, 0, tzinfo=UTC)
AT_MS = 1_775_040_312_450
POSITION: dict[str, Any] = {
    "protocol": "teltonika",
    "deviceTime": "2026-04-01T10:45:12.450+0000",
    "fixTime": "2026-04-01T10:45:12.450+0000",
    "serverTime": "2026-04-01T10:45:14.100+0000",
    "outdated": False,
    "valid": True,
    "latitude": 35.68124,
    "longitude": 139.767125,
    "altitude": 41.0,
    "speed": 23.0,
    "course": 87.0,
    "accuracy": 0.0,
    "attributes": {},
}


def decode(message: object) -> Decoded:
    payload = message if isinstance(message, bytes) else json.dumps(message).encode()
    return position(
        Incoming(levels=("traccar", "positions"), payload=payload, received_at=RECEIVED_AT, bounds=Bounds())
    )


def block(changes: dict[str, Any] | None = None, **attributes: object) -> Block:
    told = {**POSITION, **(changes or {}), "attributes": attributes}
    decoded = decode({"position": told, "device": {"uniqueId": "867000000000017", "name": "K001"}})
    assert decoded.device_key == "867000000000017"
    assert decoded.block is not None
    return decoded.block


def said(one: Block, index: int = 0) -> dict[str, object]:
    return {column: values[index] for column, values in one.columns.items() if values[index] is not None}


def test_knots_become_kmh_and_zero_accuracy_is_unknown() -> None:
    one = block()

    assert one.at_ms == [AT_MS]
    assert one.clock_quality is ClockQuality.SATELLITE
    assert said(one) == {
        "lat": 35.68124,
        "lon": 139.767125,
        "altitude_m": 41.0,
        "gnss_speed_kmh": 42.596,
        "heading_deg": 87.0,
    }


@pytest.mark.parametrize(
    ("key", "raw", "column", "expected"),
    [
        ("ignition", True, "ignition_on", True),
        ("power", 12.6, "battery_v", 12.6),
        ("battery", 4.1, "device_battery_v", 4.1),
        ("batteryLevel", 82, "device_battery_pct", 82.0),
        ("odometer", 12913760, "odometer_km", 12913.76),
        ("fuel", 24.5, "fuel_volume_l", 24.5),
        ("fuelLevel", 61, "fuel_level_pct", 61.0),
        ("rpm", 933, "engine_rpm", 933.0),
        ("coolantTemp", 88, "coolant_temp_c", 88.0),
        ("obdSpeed", 42, "speed_kmh", 42.0),
        ("rssi", -71, "signal_dbm", -71.0),
        ("io37", 42, "speed_kmh", 42.0),
        ("io39", 246, "intake_temp_c", -10.0),
        ("io48", 61, "fuel_level_pct", 61.0),
        ("io60", 298, "fuel_rate_lph", 2.98),
    ],
)
def test_attributes_that_are_signals(key: str, raw: object, column: str, expected: object) -> None:
    assert block(None, **{key: raw}).columns[column] == [expected]


@pytest.mark.parametrize(
    ("attributes", "extra"),
    [
        ({"motion": True, "alarm": "powerCut"}, {"x_motion": True, "x_alarm": "powerCut"}),
        ({"rssi": 4}, {"x_rssi": 4}),
        ({"obdOdometer": 1000, "hours": 5}, {"x_obdOdometer": 1000, "x_hours": 5}),
        ({"io281": "P0171"}, {"x_io281": "P0171"}),
        ({"fuelConsumption": 28.4}, {"x_fuelConsumption": 28.4}),
        ({"totalDistance": 5.0, "vin": "CHASSIS", "raw": "00"}, None),
        ({"rpm": 99999}, {"refused": {"engine_rpm": 99999}}),
        ({"deep": {"a": ["\x00"]}}, {"x_deep": '{"a": ["\\ufffd"]}'}),
    ],
)
def test_attributes_that_are_no_signals(attributes: dict[str, object], extra: object) -> None:
    assert block(None, **attributes).extra == [extra]


def test_io_codes_and_fuel_consumption_mean_what_the_protocol_says() -> None:
    other = block({"protocol": "queclink"}, io37=42, fuelConsumption=2.5)

    assert "speed_kmh" not in other.columns
    assert other.columns["fuel_rate_lph"] == [2.5]
    assert other.extra == [{"x_io37": 42}]


@pytest.mark.parametrize("changes", [{"valid": False}, {"outdated": True}])
def test_an_old_or_invalid_position_is_left_out_and_the_rest_is_dated_by_the_device(changes: dict[str, Any]) -> None:
    one = block({**changes, "fixTime": "2026-04-01T09:00:00.000+0000"}, ignition=True)

    assert one.at_ms == [AT_MS]
    assert said(one) == {"ignition_on": True}
    assert one.extra == [{"x_valid": False}]
    assert one.clock_quality is ClockQuality.NETWORK


def test_a_fix_older_than_the_message_is_its_own_row() -> None:
    two = block({"fixTime": "2026-04-01T19:45:02.450+09:00"}, ignition=True)

    assert two.at_ms == [AT_MS - 10_000, AT_MS]
    assert "ignition_on" not in said(two, 0)
    assert said(two, 1) == {"ignition_on": True}


def test_a_forward_that_is_tried_again_is_the_same_row() -> None:
    again = block({"serverTime": "2026-04-01T10:46:00.000+0000"}, totalDistance=9.0)

    assert again == block(totalDistance=8.0)
    assert block(alarm="powerCut").sequence != again.sequence


def test_before_the_first_fix_there_is_no_place() -> None:
    assert block({"latitude": 0.0, "longitude": 0}).extra == [{"refused": {"position": "0, 0"}}]


def test_times_as_numbers_and_only_one_of_them() -> None:
    assert block({"fixTime": AT_MS, "deviceTime": None}).at_ms == [AT_MS]
    assert block({"fixTime": None}).at_ms == [AT_MS]


@pytest.mark.parametrize(
    ("message", "reason"),
    [
        (b"{", "bad_json"),
        (b"", "bad_json"),
        ([], "bad_shape"),
        ({"position": POSITION}, "bad_shape"),
        ({"position": [], "device": {"uniqueId": "8"}}, "bad_shape"),
        ({"position": POSITION, "device": {}}, "bad_device_key"),
        ({"position": POSITION, "device": {"uniqueId": "a\x00"}}, "bad_device_key"),
        ({"position": POSITION, "device": {"uniqueId": "8" * 65}}, "bad_device_key"),
        ({"position": {}, "device": {"uniqueId": "8"}}, "bad_shape"),
        ({"position": {"fixTime": "yesterday"}, "device": {"uniqueId": "8"}}, "bad_shape"),
    ],
)
def test_what_cannot_be_read_is_refused(message: object, reason: str) -> None:
    with pytest.raises(DecodeError) as caught:
        decode(message)
    assert caught.value.reason == reason


scalars = st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=5), st.lists(st.integers()))
times = scalars | st.datetimes().map(lambda at: at.isoformat()) | st.just("0001-01-01T00:00:00+14:00")
positions = st.fixed_dictionaries(
    {"fixTime": times, "protocol": st.sampled_from(["teltonika", "osmand"])},
    optional={
        "deviceTime": times,
        **dict.fromkeys(("latitude", "longitude", "altitude", "speed", "course", "accuracy", "valid"), scalars),
        "attributes": st.dictionaries(st.sampled_from(["io32", "io999", "event", "x", *ATTRIBUTES]), scalars) | scalars,
    },
)


def answer(payload: object) -> Decoded | None:
    try:
        return decode(payload)
    except DecodeError as error:
        refusal = error
    assert refusal.reason.isidentifier()
    return None


@given(told=positions | scalars, device=scalars | st.just({"uniqueId": "8"}), raw=st.binary())
def test_any_position_is_answered_or_refused(told: object, device: object, raw: bytes) -> None:
    for payload in ({"position": told, "device": device}, raw):
        decoded = answer(payload)
        assert decoded == answer(payload)
        for column, values in (decoded.block.columns if decoded and decoded.block else {}).items():
            low, high = BY_COLUMN[column].minimum, BY_COLUMN[column].maximum
            assert all(value is None or low <= value <= high for value in values)
