"""OsmAnd and Traccar Client: requests as they send them, and what becomes of them."""

import json
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keitora.errors import DecodeError
from keitora.samples.model import Block, ClockQuality, Decoded
from keitora.signals.registry import BY_COLUMN
from keitora_ingestor.decode.bounds import Bounds, Incoming
from keitora_ingestor.decode.osmand import fix, names_of
from keitora_ingestor.decode.traccar import ATTRIBUTES

RECEIVED_AT = datetime(2026, 4, 1, 12, 0, tzinfo=UTC)
RECEIVED_MS = 1_775_044_800_000
AT_MS = 1_775_040_312_000
FORM: dict[str, object] = {
    "id": "4711",
    "lat": "35.68124",
    "lon": "139.767125",
    "timestamp": "1775040312",
    "speed": "23.0",
    "bearing": "87",
    "altitude": "41.0",
    "accuracy": "5",
    "batt": "82",
}
SDK: dict[str, Any] = {
    "timestamp": "2026-04-01T10:45:12.862Z",
    "coords": {
        "latitude": 35.68124,
        "longitude": 139.767125,
        "accuracy": 5.2,
        "speed": 18.67,
        "heading": 87.5,
        "altitude": 41.3,
    },
    "is_moving": True,
    "odometer": 6302.4,
    "event": "motionchange",
    "battery": {"level": 0.79, "is_charging": False},
    "activity": {"type": "in_vehicle"},
    "extras": {},
    "_": "&id=4711&lat=35.68124&lon=139.767125&timestamp=2026-04-01T10:45:12.862Z&",
}


def decode(payload: bytes, **bounds: int) -> Decoded:
    return fix(Incoming(levels=("osmand", "4711"), payload=payload, received_at=RECEIVED_AT, bounds=Bounds(**bounds)))


def block(payload: object) -> Block:
    raw = payload if isinstance(payload, bytes) else json.dumps(payload).encode()
    decoded = decode(raw)
    assert (decoded.source, decoded.device_key) == ("osmand", "4711")
    assert decoded.block is not None
    return decoded.block


def form(**changes: object) -> Block:
    return block(urlencode({key: value for key, value in {**FORM, **changes}.items() if value is not None}).encode())


def said(one: Block, index: int = 0) -> dict[str, object]:
    return {column: values[index] for column, values in one.columns.items() if values[index] is not None}


def test_a_form_is_a_row_with_knots_as_kmh() -> None:
    one = form()

    assert one.at_ms == [AT_MS]
    assert one.clock_quality is ClockQuality.SATELLITE
    assert said(one) == {
        "lat": 35.68124,
        "lon": 139.767125,
        "gnss_speed_kmh": 42.596,
        "heading_deg": 87.0,
        "altitude_m": 41.0,
        "accuracy_m": 5.0,
        "device_battery_pct": 82.0,
    }
    assert one.extra == [None]


def test_a_location_of_the_sdk_is_a_row_with_metres_a_second_as_kmh() -> None:
    one = block({"location": SDK, "device_id": "4711"})

    assert one.at_ms == [AT_MS + 862]
    assert said(one) == {
        "lat": 35.68124,
        "lon": 139.767125,
        "gnss_speed_kmh": pytest.approx(67.212),
        "heading_deg": 87.5,
        "altitude_m": 41.3,
        "accuracy_m": 5.2,
        "device_battery_pct": 79.0,
    }
    assert one.extra == [
        {
            "x_charge": False,
            "x_motion": True,
            "x_event": "motionchange",
            "x_activity": "in_vehicle",
            "x_phone_odometer_m": 6302.4,
        }
    ]


def test_what_the_sdk_does_not_know_is_unknown() -> None:
    coords = {**SDK["coords"], "speed": -1, "heading": -1}
    one = block({"location": {**SDK, "coords": coords, "battery": {"level": -1}}, "device_id": "4711"})

    assert {"gnss_speed_kmh", "heading_deg", "device_battery_pct"}.isdisjoint(one.columns)


def test_lists_of_both_kinds_are_rows() -> None:
    later = {**SDK, "timestamp": "2026-04-01T10:45:13.862Z"}

    assert block({"location": [SDK, later], "device_id": "4711"}).at_ms == [AT_MS + 862, AT_MS + 1862]
    assert block([FORM, {**FORM, "timestamp": 1775040313}]).at_ms == [AT_MS, AT_MS + 1000]
    assert decode(b"[]").block is None


@pytest.mark.parametrize(
    ("timestamp", "at_ms"),
    [
        ("1775040312", AT_MS),
        ("1775040312.5", AT_MS + 500),
        ("1775040312450", AT_MS + 450),
        ("2026-04-01T10:45:12Z", AT_MS),
        ("2026-04-01T19:45:12.450+09:00", AT_MS + 450),
        ("2026-04-01 10:45:12", AT_MS),
    ],
)
def test_times_in_every_way_the_protocol_knows(timestamp: str, at_ms: int) -> None:
    assert form(timestamp=timestamp).at_ms == [at_ms]


def test_without_a_time_the_arrival_dates_it() -> None:
    one = form(timestamp=None)

    assert one.at_ms == [RECEIVED_MS]
    assert one.clock_quality is ClockQuality.UPTIME


@pytest.mark.parametrize(
    ("changes", "column", "expected"),
    [
        ({"speed_unit": "kmh"}, "gnss_speed_kmh", 23.0),
        ({"speed_unit": "mps"}, "gnss_speed_kmh", 82.8),
        ({"speed": "0.0"}, "gnss_speed_kmh", 0.0),
        ({"bearing": None, "heading": "90"}, "heading_deg", 90.0),
        ({"lat": None, "lon": None, "location": "35.5,139.5"}, "lat", 35.5),
        ({"hdop": "0.9"}, "hdop_ratio", 0.9),
        ({"ignition": "true"}, "ignition_on", True),
        ({"rpm": "933"}, "engine_rpm", 933.0),
        ({"fuelLevel": "61"}, "fuel_level_pct", 61.0),
    ],
)
def test_other_ways_to_say_it(changes: dict[str, object], column: str, expected: object) -> None:
    assert said(form(**changes))[column] == pytest.approx(expected)


@pytest.mark.parametrize(
    ("changes", "missing"),
    [
        ({"altitude": "0.0"}, "altitude_m"),
        ({"accuracy": "0"}, "accuracy_m"),
        ({"speed": "-1"}, "gnss_speed_kmh"),
        ({"speed_unit": "mph"}, "gnss_speed_kmh"),
        ({"valid": "false"}, "lat"),
        ({"valid": "0"}, "gnss_speed_kmh"),
        ({"lat": "0", "lon": "0"}, "lat"),
        ({"lat": "north"}, "lat"),
    ],
)
def test_what_is_no_value_is_left_out(changes: dict[str, object], missing: str) -> None:
    assert missing not in form(**changes).columns


def test_the_rest_is_kept_but_no_password_and_nothing_that_names_a_house() -> None:
    one = form(alarm="sos", charge="true", driverUniqueId="7", key="hunter2", wifi="00-14-22,-80", cell="440,10,1,2")

    assert one.extra == [{"x_alarm": "sos", "x_charge": True, "x_driverUniqueId": "7"}]


def test_a_request_that_is_repeated_is_the_same_row_and_an_alarm_another() -> None:
    assert form(batt="81").sequence == form().sequence
    assert form(alarm="sos").sequence != form().sequence


@pytest.mark.parametrize(
    ("payload", "reason"),
    [
        (b"{", "bad_json"),
        (b"\xff=1", "bad_text"),
        (b"[1]", "bad_shape"),
        (b'{"location":{}}', "bad_shape"),
        (b'{"location":[1]}', "bad_shape"),
        (b"lat=1&lon=2&timestamp=yesterday", "bad_shape"),
        (b"lat=1&lon=2&timestamp=" + b"9" * 30, "bad_shape"),
        (b"&".join(b"a=1" for _ in range(200)), "bad_shape"),
        (json.dumps([FORM] * 3).encode(), "too_many_rows"),
    ],
)
def test_what_cannot_be_read_is_refused(payload: bytes, reason: str) -> None:
    with pytest.raises(DecodeError) as caught:
        decode(payload, max_rows=2)
    assert caught.value.reason == reason


def test_an_empty_request_says_nothing() -> None:
    assert decode(b"").block is None


def test_every_name_a_request_gives_its_sender_is_found() -> None:
    assert names_of(b"id=1&deviceid=2&lat=3") == {"1", "2"}
    assert names_of(json.dumps({"location": [SDK], "device_id": 3}).encode()) == {"3"}
    assert names_of(json.dumps([{"id": "1"}, {"id": "2"}, {}]).encode()) == {"1", "2"}


scalars = st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=5), st.lists(st.integers()))
times = scalars | st.datetimes().map(lambda at: at.isoformat()) | st.just("0001-01-01T00:00:00+14:00")
flat = st.dictionaries(
    st.sampled_from(["id", "lat", "lon", "location", "speed", "speed_unit", "valid", "alarm", "batt", *ATTRIBUTES]),
    scalars,
    max_size=6,
)
coords = st.dictionaries(st.sampled_from(["latitude", "longitude", "speed", "heading", "altitude"]), scalars)
locations = st.fixed_dictionaries(
    {"coords": coords | scalars},
    optional={"timestamp": times, "battery": flat | scalars, "activity": scalars, "extras": flat | scalars},
)
bodies = st.one_of(
    st.builds(lambda one, at: {**one, "timestamp": at}, flat, times),
    st.builds(lambda place: {"location": place}, locations | st.lists(locations, max_size=3)),
    scalars,
)


def answer(payload: bytes) -> Decoded | None:
    try:
        return decode(payload)
    except DecodeError as error:
        refusal = error
    assert refusal.reason.isidentifier()
    return None


@given(said=bodies | st.lists(bodies, max_size=3), pairs=flat, at=times, raw=st.binary())
def test_any_request_is_answered_or_refused(said: object, pairs: dict[str, object], at: object, raw: bytes) -> None:
    query = urlencode({**pairs, "timestamp": at}, errors="replace").encode()
    for payload in (json.dumps(said).encode(), query, raw):
        decoded = answer(payload)
        assert decoded == answer(payload)
        for column, values in (decoded.block.columns if decoded and decoded.block else {}).items():
            low, high = BY_COLUMN[column].minimum, BY_COLUMN[column].maximum
            assert all(value is None or low <= value <= high for value in values)
