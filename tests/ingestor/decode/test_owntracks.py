"""OwnTracks: messages of phones and trackers, and what becomes of them."""

import json
from base64 import b64encode
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from nacl.secret import SecretBox

from keitora.errors import DecodeError
from keitora.samples.model import Block, ClockQuality, Decoded
from keitora.signals.registry import BY_COLUMN
from keitora_ingestor.decode import decode as by_topic
from keitora_ingestor.decode.bounds import Bounds, Incoming
from keitora_ingestor.decode.owntracks import Unseal, location
from keitora_ingestor.decode.owntracks_secret import decrypt, unsealer

RECEIVED_AT = datetime(2026, 4, 1, 12, 0, tzinfo=UTC)
FIX: dict[str, Any] = {
    "_type": "location",
    "created_at": 1775040315,
    "_id": "a1b2c3d4",
    "t": "p",
    "batt": 82,
    "bs": 2,
    "acc": 12,
    "vac": 3,
    "lat": 35.6812405,
    "lon": 139.7671248,
    "alt": 41,
    "vel": 43,
    "cog": 87,
    "tst": 1775040312,
    "m": 2,
    "conn": "m",
    "tid": "k1",
}


def incoming(message: object, topic: str = "owntracks/ken/phone") -> Incoming:
    payload = message if isinstance(message, bytes) else json.dumps(message).encode()
    return Incoming(levels=tuple(topic.split("/")), payload=payload, received_at=RECEIVED_AT, bounds=Bounds())


def decode(message: object, unseal: Unseal | None = None) -> Decoded:
    return location(incoming(message), unseal)


def block(**changes: object) -> Block:
    found = decode({**FIX, **changes}).block
    assert found is not None
    return found


def sealed(message: object, passphrase: str = "きつね") -> dict[str, str]:
    box = SecretBox(passphrase.encode().ljust(32, b"\0"))
    text = message if isinstance(message, bytes) else json.dumps(message).encode()
    return {"_type": "encrypted", "data": b64encode(box.encrypt(text, b"n" * 24)).decode()}


def test_a_location() -> None:
    one = block()

    assert one.at_ms == [1_775_040_312_000]
    assert one.clock_quality is ClockQuality.SATELLITE
    assert {column: values[0] for column, values in one.columns.items()} == {
        "lat": 35.6812405,
        "lon": 139.7671248,
        "accuracy_m": 12.0,
        "altitude_m": 41.0,
        "gnss_speed_kmh": 43.0,
        "heading_deg": 87.0,
        "device_battery_pct": 82.0,
    }
    assert one.extra == [{"x_bs": 2, "x_conn": "m", "x_t": "p"}]


def test_unknown_speed_and_course_of_an_iphone() -> None:
    one = block(vel=-1, cog=-1)

    assert not {"gnss_speed_kmh", "heading_deg"} & set(one.columns)
    assert one.refused_count == 0


@pytest.mark.parametrize(
    ("key", "raw", "column", "expected"),
    [
        ("odometer", 12913.7, "odometer_km", 12913.7),
        ("uext", 12.6, "battery_v", 12.6),
        ("ubatt", "4.1", "device_battery_v", 4.1),
        ("rpm", 933, "engine_rpm", 933.0),
        ("flvl", 61, "fuel_level_pct", 61.0),
        ("ign", True, "ignition_on", True),
        ("ign", 0, "ignition_on", False),
    ],
)
def test_what_a_wired_tracker_adds(key: str, raw: object, column: str, expected: object) -> None:
    assert block(**{key: raw}).columns[column] == [expected]


def test_what_is_kept_and_what_names_someone_is_not() -> None:
    one = block(motion=False, fcon=5.1, vin="CHASSIS", imei="35", SSID="home", rpm="high")

    assert one.extra == [
        {
            "x_bs": 2,
            "x_conn": "m",
            "x_t": "p",
            "x_motion": False,
            "x_fcon": 5.1,
            "refused": {"engine_rpm": "high"},
        }
    ]


def test_a_place_entered_is_a_position_of_its_own() -> None:
    told = {"_type": "transition", "event": "enter", "desc": "field 3", "t": "c", "wtst": 1}
    one = block(**told)

    assert one.columns["lat"] == [35.6812405]
    assert one.extra is not None
    assert one.extra[0] == {"x_bs": 2, "x_conn": "m", "x_t": "c", "x_event": "enter", "x_desc": "field 3"}
    assert one.sequence != block().sequence
    assert decode({"_type": "transition", "event": "enter", "tst": 1}).block is None


def test_the_retry_queue_sends_the_same_row() -> None:
    again = block(_id="other", conn="o", created_at=1775049999)

    assert (again.sequence, again.at_ms) == (block().sequence, block().at_ms)
    assert block(lat=35.6812406).sequence != block().sequence


@pytest.mark.parametrize("kind", ["waypoints", "steps", "cmd", "card", "beacon", "dump", "new"])
def test_other_messages_are_no_samples(kind: str) -> None:
    told = {"_type": kind, "tst": 1775040312, "lat": 35.0, "lon": 139.0, "desc": "depot"}

    assert decode(told) == Decoded(source="owntracks", device_key="ken/phone")


def test_a_status_is_the_devices_state() -> None:
    told = {"_type": "status", "_id": "1", "android": {"wifi": 1, "ps": False}}

    assert decode(told).state == {"android": '{"wifi": 1, "ps": false}'}


@pytest.mark.parametrize("level", ["event", "waypoint", "waypoints", "status", "step"])
def test_every_topic_below_the_device_is_read(level: str) -> None:
    assert by_topic(incoming(b"", f"owntracks/ken/phone/{level}")).device_key == "ken/phone"


@pytest.mark.parametrize(
    ("message", "reason"),
    [
        (b"{", "bad_json"),
        ([], "bad_shape"),
        ({"lat": 1}, "bad_shape"),
        ({"_type": "location"}, "bad_shape"),
        ({**FIX, "tst": "soon"}, "bad_shape"),
        ({**FIX, "lat": None}, "bad_shape"),
        ({"_type": "encrypted", "data": "AAAA"}, "encrypted"),
    ],
)
def test_what_cannot_be_read_is_refused(message: object, reason: str) -> None:
    with pytest.raises(DecodeError) as caught:
        decode(message)
    assert caught.value.reason == reason


def test_a_sealed_message_is_opened_with_its_devices_passphrase() -> None:
    unseal = unsealer({"ken/phone": "きつね"}.get)

    assert decode(sealed(FIX), unseal) == decode(FIX)
    assert decode(sealed({"_type": "lwt"}), unseal).block is None


def test_a_passphrase_of_all_32_bytes() -> None:
    assert decrypt(sealed(b"{}", "p" * 32)["data"], "p" * 32) == b"{}"


@pytest.mark.parametrize(
    ("message", "passphrase", "reason"),
    [
        (sealed(FIX), None, "encrypted"),
        (sealed(FIX), "tanuki", "wrong_key"),
        (sealed(FIX), "", "wrong_key"),
        (sealed(FIX), "p" * 33, "wrong_key"),
        ({"_type": "encrypted"}, "きつね", "bad_shape"),
        ({"_type": "encrypted", "data": 5}, "きつね", "bad_shape"),
        ({"_type": "encrypted", "data": "é"}, "きつね", "bad_encryption"),
        ({"_type": "encrypted", "data": "AAA"}, "きつね", "bad_encryption"),
        ({"_type": "encrypted", "data": "AAAA"}, "きつね", "bad_encryption"),
        ({"_type": "encrypted", "data": "A" * 80}, "きつね", "wrong_key"),
        (sealed(b"\xff"), "きつね", "bad_json"),
        (sealed(b"[]"), "きつね", "bad_shape"),
    ],
)
def test_what_cannot_be_opened_is_refused(message: object, passphrase: str | None, reason: str) -> None:
    with pytest.raises(DecodeError) as caught:
        decode(message, unsealer(lambda _: passphrase))
    assert caught.value.reason == reason


scalars = st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=5), st.lists(st.integers()))
messages = st.fixed_dictionaries(
    {"_type": st.sampled_from(["location", "transition", "status", "lwt", "waypoint"]) | scalars},
    optional={
        "tst": st.integers() | st.integers().map(str),
        "lat": st.floats() | scalars,
        "lon": st.floats() | scalars,
        **dict.fromkeys(("acc", "vel", "cog", "batt", "bs", "odometer", "uext", "rpm", "ign", "motion", "x"), scalars),
    },
)


def answer(payload: object) -> Decoded | None:
    try:
        return decode(payload, unsealer(lambda _: "きつね"))
    except DecodeError as error:
        refusal = error
    assert refusal.reason.isidentifier()
    return None


@given(message=messages | scalars, raw=st.binary())
def test_any_message_open_or_sealed_is_answered_or_refused(message: object, raw: bytes) -> None:
    payloads = (message, raw, sealed(message), sealed(raw), {"_type": "encrypted", "data": b64encode(raw).decode()})
    for payload in payloads:
        decoded = answer(payload)
        assert decoded == answer(payload)
        for column, values in (decoded.block.columns if decoded and decoded.block else {}).items():
            low, high = BY_COLUMN[column].minimum, BY_COLUMN[column].maximum
            assert all(value is None or low <= value <= high for value in values)
