"""WiCAN: messages as the firmware and its vehicle profiles send them."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from keitora.errors import DecodeError
from keitora.samples.model import Block, ClockQuality, Decoded
from keitora_ingestor.decode import decode
from keitora_ingestor.decode.bounds import Bounds, Incoming
from keitora_ingestor.decode.wican_names import ALIASES, pid_of

RECEIVED_AT = datetime(2026, 4, 1, 12, 0, tzinfo=UTC)
RECEIVED_S = 1775044800
DEVICE = "84f703406f75"
RX = f"wican/{DEVICE}/can/rx"


def read(payload: str | bytes | object, topic: str = RX) -> Decoded:
    if not isinstance(payload, str | bytes):
        payload = json.dumps(payload)
    body = payload.encode() if isinstance(payload, str) else payload
    return decode(Incoming(levels=tuple(topic.split("/")), payload=body, received_at=RECEIVED_AT, bounds=Bounds()))


def block_of(payload: str | bytes | object, topic: str = RX) -> Block:
    decoded = read(payload, topic)
    assert (decoded.source, decoded.device_key) == ("wican", DEVICE)
    assert decoded.block is not None
    return decoded.block


def row(payload: object, topic: str = RX) -> tuple[dict[str, object], dict[str, Any]]:
    block = block_of(payload, topic)
    assert len(block) == 1
    return {column: values[0] for column, values in block.columns.items()}, dict(block.extra[0] or {})


GROUP = (
    '{"0C-EngineRPM":2147,"0D-VehicleSpeed":42,"05-EngineCoolantTemp":88,"0B-IntakeManiAbsPress":46,'
    '"2F-FuelTankLevel":61.18,"SOC":64.5,"CHARGING":"off","timestamp":%d}'
)


def test_a_group_of_standard_pids_and_profile_names() -> None:
    block = block_of(GROUP % (RECEIVED_S - 3))
    assert block.columns == {
        "engine_rpm": [2147.0],
        "speed_kmh": [42.0],
        "coolant_temp_c": [88.0],
        "map_kpa": [46.0],
        "fuel_level_pct": [61.18],
        "soc_pct": [64.5],
        "charging_on": [False],
    }
    assert list(block.extra) == [None]
    assert block.at_ms == [(RECEIVED_S - 3) * 1000]
    assert block.clock_quality is ClockQuality.NETWORK
    assert block.boot is None


def test_without_a_timestamp_the_time_is_the_arrival() -> None:
    block = block_of({"ENGINE_RPM": 2147})
    assert block.at_ms == [RECEIVED_S * 1000]
    assert block.clock_quality is ClockQuality.UPTIME


@pytest.mark.parametrize("told", [4, RECEIVED_S - 86_401, RECEIVED_S + 301, "soon", True, float("nan"), 10**400])
def test_a_clock_that_was_not_set_is_not_believed(told: object) -> None:
    block = block_of({"ENGINE_RPM": 2147, "timestamp": told})
    assert block.at_ms == [RECEIVED_S * 1000]
    assert block.clock_quality is ClockQuality.UPTIME
    assert block.refused_count == 1
    assert "timestamp" in (block.extra[0] or {})["refused"]  # type: ignore[operator]


NAMES = [
    ({"010C": 900}, {"engine_rpm": 900}),
    ({"0x0C": 900}, {"engine_rpm": 900}),
    ({"0c-rpm": 900}, {"engine_rpm": 900}),
    ({"010D-Speed": 30}, {"speed_kmh": 30}),
    ({"rpm": 900}, {"engine_rpm": 900}),
    ({"EngineRPM": 900}, {"engine_rpm": 900}),
    ({"engine_rpm": 900}, {"engine_rpm": 900}),
    ({"Engine Speed": 900}, {"engine_rpm": 900}),
    ({"SPEED": 42}, {"speed_kmh": 42}),
    ({"speed_kmh": 42}, {"speed_kmh": 42}),
    ({"COOLANT_TMP": 88}, {"coolant_temp_c": 88}),
    ({"INTAKE_AIR_TMP": 21}, {"intake_temp_c": 21}),
    ({"THROTTLE": 20}, {"throttle_pct": 20}),
    ({"MAF": 3.4}, {"maf_gs": 3.4}),
    ({"FUEL": 55}, {"fuel_level_pct": 55}),
    ({"FUEL_L": 20.5}, {"fuel_volume_l": 20.5}),
    ({"FUEL_RATE": 1}, {"fuel_rate_lph": pytest.approx(4.8322, abs=1e-4)}),
    ({"5E-EngineFuelRate": 3.05}, {"fuel_rate_lph": 3.05}),
    ({"ODOMETER": 120345}, {"odometer_km": 120345}),
    ({"ODOMETER_MI": 1000}, {"odometer_km": pytest.approx(1609.344)}),
    ({"A6-Odometer": 120345.6}, {"odometer_km": 120345.6}),
    ({"RANGE": 90}, {"range_km": 90}),
    ({"LV_V": 12.6}, {"battery_v": 12.6}),
    ({"42-ControlModuleVolt": 13.9}, {"battery_v": 13.9}),
    ({"SoC": 64.5}, {"soc_pct": 64.5}),
    ({"SOC_D": 66}, {"soc_pct": 66}),
    ({"SOH": 91}, {"soh_pct": 91}),
    ({"HV_V": 330}, {"hv_voltage_v": 330}),
    ({"HV_T_A": 24}, {"hv_temp_c": 24}),
    ({"IGNITION": "on"}, {"ignition_on": True}),
    ({"GEAR": 3}, {"gear_number": 3}),
    ({"STFT": -3.1}, {"short_fuel_trim_pct": -3.1}),
    ({"TMP_A": -5}, {"ambient_temp_c": -5}),
    ({"TYRE_P_FL": 30}, {"tyre_front_left_kpa": pytest.approx(206.84, abs=0.01)}),
    ({"TYRE_P_RR": 30}, {"tyre_rear_right_kpa": pytest.approx(206.84, abs=0.01)}),
    ({"ENGINE_OIL_TEMP": 95}, {"oil_temp_c": 95}),
    ({"33-AbsBaroPres": 101}, {"baro_kpa": 101}),
    ({"44-FuelAirCmdEquiv": 1.0}, {"lambda_ratio": 1.0}),
    ({"01-MonitorStatus": 0x83076500}, {"mil_on": True, "dtc_count": 3}),
    ({"VehicleSpeed": "23.000000"}, {"speed_kmh": 23}),  # a number written as text
]


@pytest.mark.parametrize(("said", "expected"), NAMES)
def test_names(said: dict[str, object], expected: dict[str, object]) -> None:
    assert row(said) == (expected, {})


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        ({"PARK_BRAKE": "on"}, {"x_PARK_BRAKE": True}),
        ({"0E-TimingAdvance": 12.5}, {"x_0E-TimingAdvance": 12.5}),
        ({"9D-EngineFuelRate": 123}, {"x_9D-EngineFuelRate": 123}),  # raw
        ({"HV_A": -12.5}, {"x_HV_A": -12.5}),  # each profile has its own sign
        ({"AC_P": 1}, {"x_AC_P": 1}),
        ({"DRIVE_MODE": "ECO"}, {"x_DRIVE_MODE": "ECO"}),
        ({"cells": [3.9, 4.0]}, {"x_cells": "[3.9, 4.0]"}),
        ({"nu\x00l": "a\x00b"}, {"x_nu\ufffdl": "a\ufffdb"}),
        ({"inf": float("inf")}, {"x_inf": "inf"}),
    ],
)
def test_what_has_no_column_is_kept(said: dict[str, object], kept: dict[str, object]) -> None:
    assert row(said) == ({}, kept)


def test_the_better_of_two_values_has_the_column() -> None:
    columns, extra = row({"42-ControlModuleVolt": 13.4, "SOC_D": 66, "LV_V": 13.9, "SOC": 64})
    assert columns == {"battery_v": 13.9, "soc_pct": 64.0}
    assert extra == {"x_42-ControlModuleVolt": 13.4, "x_SOC_D": 66}


@pytest.mark.parametrize(
    ("said", "refused"),
    [
        ({"SPEED": 255}, {"speed_kmh": 255}),
        ({"0B-IntakeManiAbsPress": 0}, {"map_kpa": 0}),
        ({"ENGINE_RPM": "on"}, {"engine_rpm": True}),
        ({"GEAR": "D"}, {"gear_number": "D"}),
        ({"SPEED": float("nan")}, {"speed_kmh": "nan"}),
        ({"FUEL_RATE": 10**400}, {"fuel_rate_lph": hex(10**400)}),
        ({"lat": 0, "lon": 0}, {"position": "0, 0"}),
    ],
)
def test_what_cannot_be_true_is_set_aside(said: dict[str, object], refused: dict[str, object]) -> None:
    columns, extra = row(said)
    assert columns == {}
    assert extra == {"refused": refused}


def test_a_repeated_group_with_the_ignition_off_says_nothing_of_the_engine() -> None:
    block = block_of({"IGNITION": "off", "ENGINE_RPM": 850, "SPEED": 0, "LV_V": 12.5, "COOLANT_TMP": 70})
    assert block.columns == {"ignition_on": [False], "battery_v": [12.5], "coolant_temp_c": [70.0]}
    assert list(block.extra) == [{"stale": {"engine_rpm": 850, "speed_kmh": 0}}]
    assert block.refused_count == 0


def test_a_standing_engine_with_the_ignition_off_is_no_contradiction() -> None:
    assert row({"IGNITION": "off", "ENGINE_RPM": 0, "SPEED": 0})[0]["engine_rpm"] == 0


def test_many_values_are_bounded() -> None:
    _, extra = row({f"CELL_{number}": 3.9 for number in range(200)})
    assert len(extra) == 129
    assert extra["dropped_count"] == 72


def test_the_body_for_https_is_read_without_its_secrets() -> None:
    said = {"autopid_data": {"SPEED": 42}, "status": {"wifi_password": "secret"}, "config": {}}
    assert row(said) == ({"speed_kmh": 42}, {})


def frames(*entries: tuple[int, str], kind: str = "rx") -> str:
    listed = [
        {"id": number, "dlc": 8, "rtr": False, "extd": number > 0x7FF, "data": list(bytes.fromhex(data))}
        for number, data in entries
    ]
    return json.dumps({"bus": "0", "type": kind, "ts": 34610, "frame": listed})


def test_raw_frames() -> None:
    said = (
        '{"bus":"0","type":"rx","ts":34610,"frame":[{"id":2024,"dlc":8,"rtr":false,"extd":false,'
        '"data":[4,65,12,18,52,170,170,170]}]}'
    )
    assert row(said) == ({"engine_rpm": 1165}, {})
    assert block_of(said).at_ms == [RECEIVED_S * 1000]  # ts is uptime modulo a minute


def test_raw_frames_of_several_ecus_and_29_bit_addresses() -> None:
    said = frames(
        (0x7E9, "03410D2DAAAAAAAA"),
        (0x7E8, "03410D2AAAAAAAAA"),
        (0x18DAF110, "06410C1234052AAA"),
        (0x7E8, "03410D2BAAAAAAAA"),
        (0x7E8, "04410E94AAAAAAAA"),
        (0x130, "03410D63AAAAAAAA"),
    )
    columns, extra = row(said)
    assert columns == {"engine_rpm": 1165, "coolant_temp_c": 2, "speed_kmh": 43}
    assert extra == {"x_timing_advance_deg": 10}


@pytest.mark.parametrize(
    "said",
    [
        frames((0x130, "0011223344556677")),  # the bus's own traffic
        frames((0x7E8, "1014490201574156")),  # a vehicle's number, first of several frames
        frames((0x7E8, "037F011200000000")),
        frames((0x7DF, "02010C0000000000")),
        frames((0x7E8, "03410D2AAAAAAAAA"), kind="tx"),
        '{"bus":0,"type":"rx","ts":1,"frame":[{"id":2024,"dlc":2,"data":[3,65,13,42,0,0,0,0]}]}',  # dlc cuts it
        '{"bus":0,"type":"rx","ts":1,"frame":[{"id":2024,"dlc":4,"data":[3,65,13,999]}]}',
        '{"frame":[]}',
    ],
)
def test_frames_without_an_answer(said: str) -> None:
    assert read(said).block is None


@pytest.mark.parametrize(
    ("topic", "payload", "expected"),
    [
        ("battery", '{"battery_voltage": 12.63}', ({"battery_v": 12.63}, {})),
        ("rsp", '{"battery_voltage": 12.630000}', ({"battery_v": 12.63}, {})),
        ("cmd", '{"battery_voltage": 12.630000}', ({"battery_v": 12.63}, {})),
        (
            "voltage",
            '{"alert": "low_battery", "battery_voltage": 11.532000}',
            ({"battery_v": 11.532}, {}),  # and an event
        ),
        ("can/rx", '{"VehicleSpeed": 23.000000}', ({"speed_kmh": 23}, {})),
        ("ENGINE_RPM", '{"ENGINE_RPM":2147}', ({"engine_rpm": 2147}, {})),
        ("engine/rpm", "2147.00", ({"engine_rpm": 2147}, {})),
        ("evcc/soc", "64.50", ({"soc_pct": 64.5}, {})),
        ("CHARGING", "on", ({"charging_on": True}, {})),
    ],
)
def test_other_topics(topic: str, payload: str, expected: object) -> None:
    assert row(payload, f"wican/{DEVICE}/{topic}") == expected


@pytest.mark.parametrize("place", ["status", "can/status"])
def test_status(place: str) -> None:
    decoded = read('{"status": "online"}', f"wican/{DEVICE}/{place}")
    assert (decoded.block, decoded.state) == (None, {"on": True})
    assert read('{"status": "offline"}', f"wican/{DEVICE}/{place}").state == {"on": False}


@pytest.mark.parametrize(
    ("place", "payload"),
    [("cmd", '{"cmd":"get_vbatt"}'), ("rsp", '{"rsp": "ok"}'), ("can/tx", '{"frame":[]}'), ("can/rx", ""), ("x", "{}")],
)
def test_messages_without_a_sample(place: str, payload: str) -> None:
    decoded = read(payload, f"wican/{DEVICE}/{place}")
    assert (decoded.device_key, decoded.block, decoded.state) == (DEVICE, None, None)


@pytest.mark.parametrize(
    ("place", "payload", "reason"),
    [
        ("can/rx", b"{", "bad_json"),
        ("can/rx", b"\xff\xfe", "bad_text"),
        ("can/rx", b"64.5", "bad_shape"),
        ("can/rx", b"[1]", "bad_shape"),
        ("can/rx", b"null", "bad_shape"),
        ("can/rx", b'{"frame": 3}', "bad_shape"),
        ("can/rx", b'{"frame": [{"id": "x"}]}', "bad_shape"),
        ("status", b'{"status": "asleep"}', "bad_shape"),
        ("soc", b"unknown", "bad_json"),
        ("can/rx", b'{"error": "Data length exceeds the data size"}', "device_error"),
        ("can/rx", b"\x1f\x8b\x00", "bad_compression"),
    ],
)
def test_what_cannot_be_read_is_refused(place: str, payload: bytes, reason: str) -> None:
    with pytest.raises(DecodeError) as refusal:
        read(payload, f"wican/{DEVICE}/{place}")
    assert refusal.value.reason == reason


def test_a_topic_without_a_device_is_refused() -> None:
    with pytest.raises(DecodeError, match="no device"):
        read("{}", "wican//can/rx")


def test_the_same_message_is_the_same_row_and_another_is_another() -> None:
    first, again, other = (block_of({"SPEED": speed}) for speed in (42, 42, 43))
    assert first.sequence == again.sequence
    assert first.sequence != other.sequence
    assert block_of({"SPEED": 42}, f"wican/{DEVICE}/elsewhere").sequence != first.sequence


def test_no_name_is_taken_for_a_pid() -> None:
    assert [name for name in ALIASES if pid_of(name) is not None] == []
