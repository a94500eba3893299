"""OVMS v3: metrics and log records as the module publishes them."""

from datetime import UTC, datetime

import pytest

from keitora.errors import DecodeError
from keitora.samples.model import Block, ClockQuality, Decoded
from keitora_ingestor.decode import decode
from keitora_ingestor.decode.bounds import Bounds, Incoming

RECEIVED_AT = datetime(2026, 4, 1, 12, 0, tzinfo=UTC)
RECEIVED_MS = 1775044800_000


def read(place: str, payload: str | bytes, prefix: str = "ovms/farm/K001") -> Decoded:
    return decode(
        Incoming(
            levels=tuple(f"{prefix}/{place}".split("/")),
            payload=payload.encode() if isinstance(payload, str) else payload,
            received_at=RECEIVED_AT,
            bounds=Bounds(),
        )
    )


def block_of(place: str, payload: str, prefix: str = "ovms/farm/K001") -> Block:
    block = read(place, payload, prefix).block
    assert block is not None
    assert len(block) == 1
    return block


def row(place: str, payload: str, prefix: str = "ovms/farm/K001") -> tuple[dict[str, object], dict[str, object]]:
    block = block_of(place, payload, prefix)
    return {column: values[0] for column, values in block.columns.items()}, dict(block.extra[0] or {})


METRICS = [
    ("v/p/altitude", "38.5", {"altitude_m": 38.5}),
    ("v/p/direction", "271.4", {"heading_deg": 271.4}),
    ("v/p/gpsspeed", "41.6", {"gnss_speed_kmh": 41.6}),
    ("v/p/gpshdop", "0.9", {"hdop_ratio": 0.9}),
    ("v/p/satcount", "11", {"satellite_count": 11}),
    ("v/p/speed", "42", {"speed_kmh": 42}),
    ("v/p/acceleration", "-1.25", {"accel_forward_ms2": -1.25}),
    ("v/p/odometer", "61234.5", {"odometer_km": 61234.5}),
    ("v/e/on", "yes", {"ignition_on": True}),
    ("v/e/on", "no", {"ignition_on": False}),
    ("v/e/throttle", "12", {"pedal_pct": 12}),
    ("v/e/gear", "-1", {"gear_number": -1}),
    ("v/e/temp", "21", {"ambient_temp_c": 21}),
    ("v/b/12v/voltage", "12.63", {"battery_v": 12.63}),
    ("v/b/soc", "64.5", {"soc_pct": 64.5}),
    ("v/b/soh", "91", {"soh_pct": 91}),
    ("v/b/voltage", "331.2", {"hv_voltage_v": 331.2}),
    ("v/b/current", "24.5", {"hv_current_a": -24.5}),  # out of the battery
    ("v/b/power", "-3.2", {"hv_power_kw": 3.2}),  # into it
    ("v/b/temp", "23", {"hv_temp_c": 23}),
    ("v/b/range/est", "88", {"range_km": 88}),
    ("v/c/charging", "yes", {"charging_on": True}),
    ("m/net/sq", "-71", {"signal_dbm": -71}),
    (
        "v/t/pressure",
        "206.8,216.4,210,209",
        {
            "tyre_front_left_kpa": 206.8,
            "tyre_front_right_kpa": 216.4,
            "tyre_rear_left_kpa": 210.0,
            "tyre_rear_right_kpa": 209.0,
        },
    ),
]


@pytest.mark.parametrize(("metric", "payload", "expected"), METRICS)
def test_metrics(metric: str, payload: str, expected: dict[str, object]) -> None:
    assert row(f"metric/{metric}", payload) == (expected, {})


def test_a_metric_is_dated_by_its_arrival() -> None:
    block = block_of("metric/v/p/speed", "42")
    assert block.at_ms == [RECEIVED_MS]
    assert block.clock_quality is ClockQuality.UPTIME
    assert block.boot is None


@pytest.mark.parametrize(
    ("metric", "payload", "kept"),
    [
        ("v/p/latitude", "35.681241", {"x_lat": 35.681241}),  # half a position is none
        ("v/p/longitude", "139.767125", {"x_lon": 139.767125}),
        ("v/i/temp", "19.5", {"x_v_i_temp": 19.5}),
        ("v/m/rpm", "3120", {"x_v_m_rpm": 3120.0}),  # an electric motor's
        ("v/e/handbrake", "no", {"x_v_e_handbrake": False}),
        ("v/c/state", "topoff", {"x_v_c_state": "topoff"}),
        ("v/t/temp", "21,22,20,20", {"x_v_t_temp": "21,22,20,20"}),
        ("xmi/b/power/min", "-3", {"x_xmi_b_power_min": -3.0}),
    ],
)
def test_metrics_without_a_column_are_kept(metric: str, payload: str, kept: dict[str, object]) -> None:
    assert row(f"metric/{metric}", payload) == ({}, kept)


@pytest.mark.parametrize(
    ("metric", "payload", "expected"),
    [
        ("v/b/temp", "88", {"coolant_temp_c": 88}),
        ("v/i/temp", "31", {"intake_temp_c": 31}),
        ("v/m/temp", "95", {"oil_temp_c": 95}),
        ("v/b/soc", "61", {"fuel_level_pct": 61}),
        ("v/e/on", "yes", {"ignition_on": True}),
        ("v/p/speed", "42", {"speed_kmh": 42}),
    ],
)
def test_the_generic_petrol_module_is_marked_by_its_vehicle_id(
    metric: str, payload: str, expected: dict[str, object]
) -> None:
    assert row(f"metric/{metric}", payload, "ovms/farm/K002-O2") == (expected, {})


def test_the_petrol_module_has_no_handbrake() -> None:
    assert read("metric/v/e/handbrake", "yes", "ovms/farm/K002-o2").block is None


def test_a_petrol_module_without_the_mark_is_told() -> None:
    with pytest.raises(DecodeError, match="-o2") as refusal:
        read("metric/v/type", "O2")
    assert refusal.value.reason == "o2_unmarked"
    assert read("metric/v/type", "O2", "ovms/farm/K002-o2").block is None
    assert read("metric/v/type", "MI").block is None


@pytest.mark.parametrize(
    ("metric", "payload", "refused"),
    [
        ("v/p/speed", "255", {"speed_kmh": 255.0}),
        ("v/p/speed", "nan", {"speed_kmh": "nan"}),
        ("v/p/latitude", "91", {"lat": 91.0}),
        ("v/p/speed", "yes", {"speed_kmh": True}),
        ("v/b/12v/voltage", "9" * 39, {"battery_v": 1e39}),
    ],
)
def test_what_cannot_be_true_is_set_aside(metric: str, payload: str, refused: dict[str, object]) -> None:
    block = block_of(f"metric/{metric}", payload)
    assert (block.columns, list(block.extra), block.refused_count) == ({}, [{"refused": refused}], 1)


def test_connection() -> None:
    assert read("metric/s/v3/connected", "yes").state == {"on": True}
    assert read("metric/s/v3/connected", "no").state == {"on": False}


@pytest.mark.parametrize(
    ("place", "payload"),
    [
        ("metric/v/p/gpstime", "2026-04-01 21:00:00 JST"),
        ("metric/v/vin", "DG16T-123456"),
        ("metric/v/b/c/voltage", "3.9,3.91,3.89"),
        ("metric/m/time/utc", "2026-04-01 12:00:00 UTC"),
        ("metric/m/freeram", "4012345"),
        ("metric/s/v2/connected", "no"),
        ("metric/v/p/speed", ""),
        ("metric", "1"),
        ("event", "vehicle.on"),
        ("event/vehicle/on", ""),
        ("notify/info/charge/done", "Charge done"),
        ("notify/data/debug/crash/1/-4", "*-OVM-DebugCrash,1,86400,abort"),
        ("client/app/active", "1"),
    ],
)
def test_messages_without_a_sample(place: str, payload: str) -> None:
    decoded = read(place, payload)
    assert (decoded.source, decoded.device_key) == ("ovms", "farm/K001")
    assert (decoded.block, decoded.state) == (None, None)


TRIP = (
    "*-LOG-Trip,1,2592000,1,35.68124100,139.76712500,38,home,61234.5,12.1,1810,1,58.5,71,80,0,1.9,0.3,0,0,91,,46,"
    "0,0,0,0,21,0,24,0,31,0,0,0,0,0,0,0"
)


def test_a_trip_record_is_as_old_as_its_topic_says() -> None:
    block = block_of("notify/data/log/trip/17/-5400", TRIP)
    assert block.at_ms == [RECEIVED_MS - 5_400_000]
    assert block.columns == {
        "lat": [35.681241],
        "lon": [139.767125],
        "altitude_m": [38.0],
        "odometer_km": [61234.5],
        "soc_pct": [58.5],
        "range_km": [71.0],
        "soh_pct": [91.0],
        "ambient_temp_c": [21.0],
        "hv_temp_c": [24.0],
    }
    assert list(block.extra) == [None]


def test_a_trip_record_of_the_petrol_module() -> None:
    columns, _ = row("notify/data/log/trip/17/-5400", TRIP, "ovms/farm/K002-o2")
    assert (columns["fuel_level_pct"], columns["coolant_temp_c"], columns["oil_temp_c"]) == (58.5, 24.0, 31.0)
    assert "soc_pct" not in columns


def test_a_record_without_a_fix_has_no_position() -> None:
    columns, _ = row("notify/data/log/trip/17/0", TRIP.replace(",2592000,1,", ",2592000,0,"))
    assert "lat" not in columns
    assert columns["odometer_km"] == 61234.5


def test_a_charge_record() -> None:
    fields = ["0"] * 45
    fields[6], fields[20], fields[27], fields[31], fields[44] = "done", "7.25", "98.5", "355.1", "61234.5"
    columns, extra = row("notify/data/log/grid/3/-60", "*-LOG-Grid,2,2592000," + ",".join(fields))
    assert columns == {"soc_pct": 98.5, "hv_voltage_v": 355.1, "odometer_km": 61234.5}
    assert extra == {"x_v_c_kwh": 7.25}


@pytest.mark.parametrize(
    ("prefix", "device_key"),
    [("ovms/farm/K001", "farm/K001"), ("ovms//K001", "/K001"), ("ovms/truck7", "truck7")],
)
def test_the_device_is_named_by_the_prefix(prefix: str, device_key: str) -> None:
    assert read("metric/v/p/speed", "42", prefix).device_key == device_key


@pytest.mark.parametrize(
    ("place", "payload", "reason"),
    [
        ("elsewhere/metric/v/p/speed", b"42", "bad_topic"),
        ("elsewhere", b"42", "bad_topic"),
        ("metric/v/p/speed", b"\xff", "bad_text"),
        ("notify/data/log/trip/17/soon", TRIP.encode(), "bad_age"),
        ("notify/data/log/trip/17/60", TRIP.encode(), "bad_age"),
        ("notify/data/log/trip/17/-9999999", TRIP.encode(), "bad_age"),
        ("notify/data", TRIP.encode(), "bad_age"),
    ],
)
def test_what_cannot_be_read_is_refused(place: str, payload: bytes, reason: str) -> None:
    with pytest.raises(DecodeError) as refusal:
        read(place, payload)
    assert refusal.value.reason == reason


def test_two_metrics_of_one_instant_are_two_rows() -> None:
    assert block_of("metric/v/e/temp", "21").sequence != block_of("metric/v/b/temp", "21").sequence
    assert block_of("metric/v/e/temp", "21").sequence == block_of("metric/v/e/temp", "21").sequence
