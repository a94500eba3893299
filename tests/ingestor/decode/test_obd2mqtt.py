"""obd2-mqtt: states as the ESP32 publishes them."""

import json
from datetime import UTC, datetime

import pytest

from keitora.errors import DecodeError
from keitora.samples.model import ClockQuality, Decoded
from keitora_ingestor.decode import decode
from keitora_ingestor.decode.bounds import Bounds, Incoming
from keitora_ingestor.decode.obd2mqtt import split_field

RECEIVED_AT = datetime(2026, 4, 1, 12, 0, tzinfo=UTC)
IDENT = "A1B2C3D4E5F6"


def read(topic: str, payload: str | bytes) -> Decoded:
    body = payload.encode() if isinstance(payload, str) else payload
    return decode(Incoming(levels=tuple(topic.split("/")), payload=body, received_at=RECEIVED_AT, bounds=Bounds()))


def row(state: str, payload: str) -> tuple[dict[str, object], dict[str, object]]:
    decoded = read(f"obd2mqtt/{IDENT}_{state}", payload)
    block = decoded.block
    assert (decoded.source, decoded.device_key) == ("obd2mqtt", IDENT)
    assert block is not None
    assert (block.at_ms, block.clock_quality) == ([1775044800_000], ClockQuality.UPTIME)
    return {column: values[0] for column, values in block.columns.items()}, dict(block.extra[0] or {})


@pytest.mark.parametrize(
    ("state", "payload", "expected"),
    [
        ("engineLoad", "31", {"engine_load_pct": 31}),
        ("throttle", "18", {"throttle_pct": 18}),
        ("rpm", "2147", {"engine_rpm": 2147}),
        ("speed", "42", {"speed_kmh": 42}),
        ("engineCoolantTemp", "88", {"coolant_temp_c": 88}),
        ("oilTemp", "90", {"oil_temp_c": 90}),
        ("ambientAirTemp", "-3", {"ambient_temp_c": -3}),
        ("mafRate", "3.40", {"maf_gs": 3.4}),
        ("fuelLevel", "61", {"fuel_level_pct": 61}),
        ("fuelRate", "2.95", {"fuel_rate_lph": 2.95}),
        ("batteryVoltage", "13.90", {"battery_v": 13.9}),
        ("intakeAirTemp", "24", {"intake_temp_c": 24}),
        ("manifoldPressure", "46", {"map_kpa": 46}),
        ("throttle", "12", {"throttle_pct": 12}),
        ("odometer", "61234", {"odometer_km": 61234}),
        ("engineRunning", "on", {"ignition_on": True}),
        ("milState", "off", {"mil_on": False}),
        ("numDTCs", "2", {"dtc_count": 2}),
        ("internalBatteryVoltage", "4.02", {"device_battery_v": 4.02}),
        ("internalBatteryLevel", "87", {"device_battery_pct": 87}),
        ("signalQuality", "-71", {"signal_dbm": -71}),
        ("gpsLocation/attributes", '{"latitude":35.68124,"longitude":139.7671,"gps_accuracy":5}',
         {"lat": 35.68124, "lon": 139.7671, "accuracy_m": 5}),
    ],
)  # fmt: skip
def test_states(state: str, payload: str, expected: dict[str, object]) -> None:
    assert row(state, payload) == (expected, {})


@pytest.mark.parametrize(
    ("state", "payload", "extra"),
    [
        ("timingAdvance", "12.50", {"x_timingAdvance": 12.5}),
        ("fuelType", "1", {"x_fuelType": 1.0}),
        ("distanceDriven", "3.21", {"x_distanceDriven": 3.21}),
        ("dtc", '{"dtc":["P0171","P0300"]}', {"x_dtc": "P0171,P0300"}),
        ("dtc", '{"dtc":[]}', {"x_dtc": ""}),
        ("my_own", "on", {"x_my_own": True}),
        ("speed", "255", {"refused": {"speed_kmh": 255.0}}),
        ("rpm", "on", {"refused": {"engine_rpm": True}}),
        ("gpsLocation/attributes", '{"latitude":0,"longitude":0}', {"refused": {"position": "0, 0"}}),
    ],
)
def test_what_has_no_column_or_cannot_be_true(state: str, payload: str, extra: dict[str, object]) -> None:
    assert row(state, payload) == ({}, extra)


def test_connection() -> None:
    assert read(f"obd2mqtt/{IDENT}_connection", "connected").state == {"on": True}
    assert read(f"obd2mqtt/{IDENT}_connection", "connection lost").state == {"on": False}


@pytest.mark.parametrize(
    ("place", "payload"),
    [
        ("uptime", "812"),
        ("ipAddress", "10.0.0.7"),
        ("gsmLocation/attributes", '{"latitude":35.6,"longitude":139.7,"gps_accuracy":550}'),
        ("gpsLocation/attributes", ""),
        ("gpsLocation/attributes", "{}"),
        ("supportedPids_1_20", "10111110"),
        ("clearDTC/ctrl", "PRESS"),
        ("speed", ""),
    ],
)
def test_messages_without_a_sample(place: str, payload: str) -> None:
    decoded = read(f"obd2mqtt/{IDENT}_{place}", payload)
    assert (decoded.device_key, decoded.block, decoded.state) == (IDENT, None, None)


@pytest.mark.parametrize(
    ("field", "ident", "state"),
    [
        ("A1B2C3D4E5F6_rpm", "A1B2C3D4E5F6", "rpm"),
        ("A1B2C3D4E5F6_my_own", "A1B2C3D4E5F6", "my_own"),
        ("A1B2C3D4E5F6_supportedPids_1_20", "A1B2C3D4E5F6", "supportedPids_1_20"),
        ("A1B2C3D4E5F6-1234_rpm", "A1B2C3D4E5F6-1234", "rpm"),
        ("carry_rpm", "carry", "rpm"),
        ("my_truck_rpm", "my_truck", "rpm"),
        ("truck_supportedPids_21_40", "truck", "supportedPids_21_40"),
        ("carry_some_thing", "carry", "some_thing"),
    ],
)
def test_identifier_and_state(field: str, ident: str, state: str) -> None:
    assert split_field(field) == (ident, state)


@pytest.mark.parametrize(
    ("topic", "payload", "reason"),
    [
        ("obd2mqtt", b"1", "bad_topic"),
        ("obd2mqtt/rpm", b"1", "bad_topic"),
        ("obd2mqtt/_rpm", b"1", "bad_topic"),
        (f"obd2mqtt/{IDENT}_rpm", b"\xff", "bad_text"),
        (f"obd2mqtt/{IDENT}_connection", b"perhaps", "bad_shape"),
        (f"obd2mqtt/{IDENT}_dtc", b"P0171", "bad_json"),
        (f"obd2mqtt/{IDENT}_dtc", b"{}", "bad_shape"),
        (f"obd2mqtt/{IDENT}_gpsLocation/attributes", b"[]", "bad_shape"),
        (f"homeassistant/sensor/obd2mqtt/{IDENT}_speed/config", b'{"unit_of_measurement":"knots"}', "foreign_unit"),
        (f"homeassistant/sensor/obd2mqtt/{IDENT}_odometer/config", b'{"unit_of_meas":"chains"}', "foreign_unit"),
        (f"homeassistant/sensor/obd2mqtt/{IDENT}_speed/config", b"{", "bad_json"),
    ],
)
def test_what_cannot_be_read_is_refused(topic: str, payload: bytes, reason: str) -> None:
    with pytest.raises(DecodeError) as refusal:
        read(topic, payload)
    assert refusal.value.reason == reason


@pytest.mark.parametrize(
    ("state", "config"),
    [
        ("speed", {"unit_of_measurement": "km/h"}),
        ("fuelRate", {"unit_of_meas": "l/h"}),
        ("rpm", {"name": "Revolutions per minute"}),
        ("oilTemp", {"name": "no unit told"}),
    ],
)
def test_an_announcement_carries_no_sample(state: str, config: dict[str, str]) -> None:
    decoded = read(f"homeassistant/sensor/obd2mqtt/{IDENT}_{state}/config", json.dumps(config))
    assert (decoded.source, decoded.device_key, decoded.block) == ("obd2mqtt", IDENT, None)


@pytest.mark.parametrize(
    ("state", "unit", "sent", "column", "stored"),
    [
        ("speed", "mph", "35", "speed_kmh", 56.32704),
        ("odometer", "mi", "38000", "odometer_km", 61155.072),
        ("fuelRate", "gal/h", "0.50", "fuel_rate_lph", 1.892705892),
        ("engineCoolantTemp", "°F", "190", "coolant_temp_c", 87.7777778),
        ("manifoldPressure", "psi", "14.5", "map_kpa", 99.9739765),
        ("mafRate", "lb/min", "1", "maf_gs", 7.5598728),
        ("speed", "km/h", "35", "speed_kmh", 35),
    ],
)
def test_a_value_is_read_in_the_unit_that_was_announced(
    state: str, unit: str, sent: str, column: str, stored: float
) -> None:
    config = read(f"homeassistant/sensor/obd2mqtt/{IDENT}_{state}/config", json.dumps({"unit_of_meas": unit}))
    assert config.units == {state: unit}

    incoming = Incoming(
        levels=("obd2mqtt", f"{IDENT}_{state}"),
        payload=sent.encode(),
        received_at=RECEIVED_AT,
        bounds=Bounds(),
        units_of=lambda source, key: config.units if (source, key) == ("obd2mqtt", IDENT) else {},
    )
    block = decode(incoming).block

    assert block is not None
    assert block.columns[column][0] == pytest.approx(stored)
