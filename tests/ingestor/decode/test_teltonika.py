"""Teltonika's Codec JSON: records as devices send them, and what becomes of them."""

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
from keitora_ingestor.decode.teltonika import record
from keitora_ingestor.decode.teltonika_avl import AVL

TOPIC = "teltonika/350000000000017/data"
RECEIVED_AT = datetime(2026, 4, 1, 12, 0, tzinfo=UTC)
TS_MS = 1_775_040_312_030
FIX = {"ts": TS_MS, "pr": 0, "latlng": "35.6812400,139.7671250", "alt": 41, "ang": 87, "sat": 9, "sp": 43, "evt": 0}


def decode(message: object, topic: str = TOPIC, bounds: Bounds | None = None) -> Decoded:
    payload = message if isinstance(message, bytes) else json.dumps(message).encode()
    return record(
        Incoming(levels=tuple(topic.split("/")), payload=payload, received_at=RECEIVED_AT, bounds=bounds or Bounds())
    )


def block(*records: dict[str, Any]) -> Block:
    reported: object = records[0] if len(records) == 1 else list(records)
    decoded = decode({"state": {"reported": reported}})
    assert decoded.block is not None
    return decoded.block


@pytest.mark.parametrize("topic", [TOPIC, "yard/broker/teltonika/350000000000017/data"])
def test_the_topic_names_the_device(topic: str) -> None:
    decoded = decode({"state": {"reported": FIX}}, topic)

    assert (decoded.source, decoded.device_key) == ("teltonika", "350000000000017")


def test_a_record_with_a_fix() -> None:
    one = block({**FIX, "239": 1, "240": 1, "66": 13922, "67": 4110, "16": 12913760, "24": 43, "182": 8, "21": 4})

    assert one.at_ms == [TS_MS]
    assert one.clock_quality is ClockQuality.SATELLITE
    assert {column: values[0] for column, values in one.columns.items()} == {
        "lat": 35.68124,
        "lon": 139.767125,
        "altitude_m": 41.0,
        "gnss_speed_kmh": 43.0,
        "heading_deg": 87.0,
        "satellite_count": 9,
        "ignition_on": True,
        "battery_v": 13.922,
        "device_battery_v": 4.11,
        "odometer_km": 12913.76,
        "hdop_ratio": 0.8,
    }
    assert one.extra == [{"x_io240": 1, "x_io21": 4}]


@pytest.mark.parametrize("latlng", ["0.000000,0.000000", "0,0", "-0.0,0", "", "here", None])
def test_without_a_fix_only_the_inputs_count(latlng: object) -> None:
    one = block({**FIX, "latlng": latlng, "alt": 0, "ang": 0, "sat": 0, "sp": 0, "evt": 250, "pr": 2, "239": 0})

    assert {column: values[0] for column, values in one.columns.items()} == {
        "satellite_count": 0,
        "ignition_on": False,
    }
    assert one.extra == [{"x_evt": 250, "x_pr": 2}]
    assert one.clock_quality is ClockQuality.NETWORK


@pytest.mark.parametrize(
    ("avl_id", "raw", "column", "expected"),
    [
        ("32", 88, "coolant_temp_c", 88.0),
        ("32", 246, "coolant_temp_c", -10.0),
        ("32", -10, "coolant_temp_c", -10.0),
        ("33", 255, "short_fuel_trim_pct", -1.0),
        ("36", "2147", "engine_rpm", 2147.0),
        ("37", 42, "speed_kmh", 42.0),
        ("40", 908, "maf_gs", 9.08),
        ("60", 298, "fuel_rate_lph", 2.98),
        ("390", 255, "fuel_volume_l", 25.5),
        ("541", 100, "lambda_ratio", 1.0),
        ("542", 60, "map_kpa", 60.0),
        ("410", 1, "charging_on", True),
    ],
)
def test_raw_integers_get_their_scale_and_sign(avl_id: str, raw: object, column: str, expected: object) -> None:
    assert block({**FIX, avl_id: raw}).columns[column] == [expected]


@pytest.mark.parametrize(
    ("avl_id", "raw", "expected"),
    [
        ("18", 64574, {"x_io18": -962}),
        ("18", -11, {"x_io18": -11}),
        ("13", 2840, {"x_io13": 2840}),
        ("389", 99, {"x_io389": 99}),
        ("281", "P0171", {"x_io281": "P0171"}),
        ("256", "CHASSIS", None),
        ("9999", 7, {"x_io9999": 7}),
    ],
)
def test_what_is_no_signal_is_kept_but_the_chassis_number(avl_id: str, raw: object, expected: object) -> None:
    assert block({**FIX, avl_id: raw}).extra == [expected]


def test_what_cannot_be_true_is_set_aside() -> None:
    one = block({**FIX, "sp": 999, "35": 0, "31": "high", "182": True})

    assert one.extra == [
        {"refused": {"gnss_speed_kmh": 999, "map_kpa": 0, "engine_load_pct": "high", "hdop_ratio": True}}
    ]
    assert one.refused_count == 4


def test_before_the_first_time_signal_the_arrival_is_the_time() -> None:
    one = block({**FIX, "ts": 1_072_915_236_000, "latlng": "0,0", "239": 1})

    assert one.at_ms == [round(RECEIVED_AT.timestamp() * 1000)]
    assert one.clock_quality is ClockQuality.UPTIME
    assert one.extra == [{"x_ts": 1_072_915_236_000}]


def test_an_old_time_that_is_no_unset_clock_is_left_to_be_refused_by_its_time() -> None:
    assert block({**FIX, "ts": 1_155_000_000_000}).at_ms == [1_155_000_000_000]


def test_several_records_in_one_message() -> None:
    first, second = FIX, {**FIX, "ts": TS_MS + 1000, "36": 900}
    many = block(first, second)

    assert many.at_ms == [TS_MS, TS_MS + 1000]
    assert many.columns["engine_rpm"] == [None, 900.0]
    assert len(set(many.sequence)) == 2
    listed = decode([{"state": {"reported": first}}, {"state": {"reported": second}}]).block
    assert listed == many


def test_a_repeated_record_is_the_same_row_and_another_event_is_another_row() -> None:
    assert block(FIX) == block(dict(FIX))
    assert block(FIX).sequence != block({**FIX, "evt": 240}).sequence


@pytest.mark.parametrize("message", [{"RSP": "Ver:03.28"}, b""])
def test_answers_to_commands_are_no_samples(message: object) -> None:
    assert decode(message).block is None


@pytest.mark.parametrize(
    ("message", "reason"),
    [
        (b"\xff", "bad_json"),
        ([1], "bad_shape"),
        ({}, "bad_shape"),
        ({"state": {"desired": {}}}, "bad_shape"),
        ({"state": {"reported": {"239": 1}}}, "bad_shape"),
        ({"state": {"reported": {"ts": "soon"}}}, "bad_shape"),
        ({"state": {"reported": [FIX, FIX, FIX]}}, "too_many_rows"),
    ],
)
def test_what_cannot_be_read_is_refused(message: object, reason: str) -> None:
    with pytest.raises(DecodeError) as caught:
        decode(message, bounds=Bounds(max_rows=2))
    assert caught.value.reason == reason


def test_an_empty_device_name_is_refused() -> None:
    with pytest.raises(DecodeError) as caught:
        decode({"state": {"reported": FIX}}, "teltonika//data")
    assert caught.value.reason == "bad_device_key"


scalars = st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=5), st.lists(st.integers()))
records = st.dictionaries(
    st.sampled_from(["ts", "pr", "latlng", "alt", "ang", "sat", "sp", "evt", "77", "²", *map(str, AVL)]),
    scalars | st.just(TS_MS) | st.just("35.1,139.2"),
)


def answer(payload: object) -> Decoded | None:
    try:
        return decode(payload)
    except DecodeError as error:
        refusal = error
    assert refusal.reason.isidentifier()
    return None


@given(message=st.one_of(records, st.lists(records, max_size=3), scalars), raw=st.binary())
def test_any_record_is_answered_or_refused(message: object, raw: bytes) -> None:
    for payload in ({"state": {"reported": message}}, message, raw):
        decoded = answer(payload)
        assert decoded == answer(payload)
        for column, values in (decoded.block.columns if decoded and decoded.block else {}).items():
            low, high = BY_COLUMN[column].minimum, BY_COLUMN[column].maximum
            assert all(value is None or low <= value <= high for value in values)
