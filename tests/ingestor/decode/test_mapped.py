"""The generic mapper: mapping files, and the messages they give a meaning."""

import json
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keitora.errors import DecodeError, SetupError
from keitora.samples.model import ClockQuality, Decoded
from keitora.signals.registry import BY_COLUMN
from keitora_ingestor.decode.bounds import Bounds, Incoming
from keitora_ingestor.decode.mapped import decode_mapped, moment_ms
from keitora_ingestor.decode.mapping_file import Mapping, compile_mapping, follow, steps_of

RECEIVED_AT = datetime(2026, 4, 1, 12, 0, tzinfo=UTC)
RECEIVED_MS = 1_775_044_800_000
DOCUMENT = Path(__file__).parents[3] / "docs/reference/generic-mapper.md"
EXAMPLES = [part.split("```")[0] for part in DOCUMENT.read_text().split("```toml\n")[1:]]

ESPHOME = """
[[entry]]
topic = "{device}/sensor/{field}/state"
payload = "scalar"
values = [
  { field = "engine_rpm", signal = "engine_rpm" },
  { field = "oil_f", signal = "oil_temp_c", scale = 0.5556, offset = -17.778 },
  { field = "key", signal = "ignition_on", words = { RUN = 1 } },
]
"""
NODE = """
[[entry]]
topic = "tach/{device}"
values = [
  { path = "pulses_per_minute", signal = "engine_rpm", scale = 0.5 },
  { path = "gps.pos[0]", signal = "lat" },
  { path = "gps.pos[1]", signal = "lon" },
]
time = { path = "at", format = "%s", zone = "Asia/Tokyo", clock = "satellite" }
"""


def decode(mapping: Mapping, topic: str, body: object) -> Decoded:
    payload = body if isinstance(body, bytes) else json.dumps(body).encode()
    return decode_mapped(
        Incoming(levels=tuple(topic.split("/")), payload=payload, received_at=RECEIVED_AT, bounds=Bounds()), mapping
    )


def said(decoded: Decoded) -> dict[str, object]:
    return {column: values[0] for column, values in decoded.block.columns.items()} if decoded.block else {}


@pytest.mark.parametrize(
    ("field", "payload", "expected"),
    [
        ("engine_rpm", b"1840", {"engine_rpm": 1840.0}),
        ("engine_rpm", b" 1840.5\n", {"engine_rpm": 1840.5}),
        ("oil_f", b"212", {"oil_temp_c": 100.0092}),
        ("key", b"ON", {"ignition_on": True}),
        ("key", b"run", {"ignition_on": True}),
        ("key", b"off", {"ignition_on": False}),
        ("engine_rpm", b"nan", {}),
        ("engine_rpm", b"unavailable", {}),
        ("engine_rpm", b"", {}),
        ("wifi_signal", b"-71", {}),
    ],
)
def test_scalar_topics(field: str, payload: bytes, expected: dict[str, object]) -> None:
    decoded = decode(compile_mapping(ESPHOME), f"kei07/sensor/{field}/state", payload)

    assert (decoded.source, decoded.device_key) == ("mapped", "kei07")
    assert said(decoded) == expected
    if decoded.block is not None:
        assert decoded.block.at_ms == [RECEIVED_MS]
        assert decoded.block.clock_quality is ClockQuality.UPTIME


def test_two_values_of_one_instant_are_two_rows_and_a_copy_is_none() -> None:
    mapping = compile_mapping(ESPHOME)
    first, copy, other = (
        decode(mapping, f"kei07/sensor/{field}/state", b"1") for field in ("engine_rpm", "engine_rpm", "key")
    )

    assert first.block
    assert other.block
    assert first == copy
    assert first.block.sequence != other.block.sequence


@pytest.mark.parametrize(
    ("unit", "at"),
    [
        ("s", 1_775_040_312),
        ("s", 1_775_040_312.0),
        ("s", "1775040312"),
        ("ms", 1_775_040_312_000),
        ("us", 1_775_040_312_000_999),
        ("ns", "1775040312000000999"),
        ("iso", "2026-04-01T19:45:12"),
        ("iso", "2026-04-01T10:45:12.000Z"),
    ],
)
def test_json_with_a_time_of_its_own(unit: str, at: object) -> None:
    body = {"pulses_per_minute": 3600, "gps": {"pos": [35.68124, 139.767125]}, "at": at}
    decoded = decode(compile_mapping(NODE % unit), "tach/kei-7", body)

    assert said(decoded) == {"engine_rpm": 1800.0, "lat": 35.68124, "lon": 139.767125}
    assert decoded.block
    assert decoded.block.at_ms == [1_775_040_312_000]
    assert decoded.block.clock_quality is ClockQuality.SATELLITE


@pytest.mark.parametrize(
    ("at", "refused"), [(None, None), ("soon", {"time": "soon"}), (36, {"time": 36}), (1e300, {"time": 1e300})]
)
def test_without_a_time_that_can_be_true_the_arrival_counts(at: object, refused: object) -> None:
    decoded = decode(compile_mapping(NODE % "s"), "tach/kei-7", {"pulses_per_minute": 1, "at": at})

    assert decoded.block
    assert decoded.block.at_ms == [RECEIVED_MS]
    assert decoded.block.clock_quality is ClockQuality.UPTIME
    assert decoded.block.extra == [None if refused is None else {"refused": refused}]


def test_values_that_cannot_be_true_are_set_aside() -> None:
    body = {"pulses_per_minute": "fast", "gps": {"pos": [0, 0]}}
    decoded = decode(compile_mapping(NODE % "s"), "tach/kei-7", body)

    assert decoded.block
    assert decoded.block.extra == [{"refused": {"engine_rpm": "fast", "position": "0, 0"}}]
    assert decoded.block.refused_count == 2


def test_the_first_entry_whose_conditions_hold_reads_the_message() -> None:
    mapping = compile_mapping(
        """
        [[entry]]
        topic = "autopi/{device}"
        when = { _type = "rpm" }
        values = [{ path = "value", signal = "engine_rpm" }]
        [[entry]]
        topic = "autopi/{device}"
        when = { _type = "coolant_temp" }
        values = [{ path = "value", signal = "coolant_temp_c" }]
        """
    )

    assert mapping.topic_filters == ("autopi/+",)
    assert said(decode(mapping, "autopi/kei-7", {"_type": "coolant_temp", "value": 88})) == {"coolant_temp_c": 88.0}
    assert said(decode(mapping, "autopi/kei-7", {"_type": "rpm", "value": 1204.0})) == {"engine_rpm": 1204.0}
    assert decode(mapping, "autopi/kei-7", {"_type": "dtc"}) == Decoded(source="mapped", device_key="kei-7")


@pytest.mark.parametrize(
    ("topic", "body", "reason"),
    [
        ("other/kei-7", b"1", "unknown_topic"),
        ("tach", b"1", "unknown_topic"),
        ("tach/kei-7", b"{", "bad_json"),
        ("tach/", {"pulses_per_minute": 1}, "bad_device_key"),
        ("tach/a\x00", {"pulses_per_minute": 1}, "bad_device_key"),
        ("kei07/sensor/key/state", b"\xff", "bad_text"),
    ],
)
def test_what_cannot_be_read_is_refused(topic: str, body: object, reason: str) -> None:
    with pytest.raises(DecodeError) as caught:
        decode(compile_mapping(ESPHOME + NODE % "s"), topic, body)
    assert caught.value.reason == reason


def entry(values: str = '[{ path = "a", signal = "lat" }, { path = "b", signal = "lon" }]', **keys: str) -> str:
    lines = {"topic": '"x/{device}"', "values": values, **keys}
    return "[[entry]]\n" + "\n".join(f"{key} = {text}" for key, text in lines.items())


RPM = '[{ path = "a", signal = "engine_rpm" }]'
SCALAR = '[{ signal = "engine_rpm" }]'


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("[[entry", "kei.toml: this is not TOML: "),
        ("", "kei.toml: key 'entry': is missing; add it"),
        ("entry = []", "kei.toml: key 'entry': "),
        ("entry = [1]", "kei.toml: entry 1: "),
        ("entry = 1", "kei.toml: key 'entry': "),
        (entry(RPM) + "\n" + entry('[{ path = "a", signal = "rpm" }]'), "entry 2 (topic 'x/{device}'), key 'values'"),
        (entry('[{ path = "a", signal = "rpm" }]'), "number 1, key 'signal': 'rpm' is no signal; did you mean 'engine"),
        (entry('[{ path = "a", signal = "engine_rmp" }]'), "did you mean 'engine_rpm'?"),
        (entry('[{ path = "a", signal = "☃" }]'), "'☃' is no signal; docs/reference/signals.md lists them"),
        (entry('[{ path = "a..b", signal = "engine_rpm" }]'), "'a..b' is no field path; write it like a.b[0].c"),
        (entry('[{ path = "", signal = "engine_rpm" }]'), "a field path is not empty"),
        (entry('[{ path = "a", signal = "engine_rpm", factor = 2 }]'), "key 'factor': is not known here; remove it"),
        (entry('[{ path = "a", signal = "engine_rpm", scale = "2" }]'), "key 'scale': "),
        (entry('[{ path = "a", signal = "engine_rpm", scale = inf }]'), "key 'scale': "),
        (entry("[]"), "key 'values': "),
        (entry(SCALAR), "needs its 'path'; add it, or set payload = \"scalar\""),
        (entry(RPM, payload='"scalar"'), "a scalar payload has no fields"),
        (entry(SCALAR, payload='"text"'), "key 'payload': "),
        (entry('[{ signal = "engine_rpm" }, { signal = "map_kpa" }]', payload='"scalar"'), "only one value without"),
        (entry('[{ field = "a", path = "a", signal = "engine_rpm" }]'), "'field' needs a level {field}"),
        (entry(SCALAR, payload='"scalar"', topic='"{device}/x/{field}"'), "say with 'field' which"),
        (entry('[{ path = "a", signal = "lat" }]'), "a position needs lat and lon from one JSON message"),
        (entry('[{ signal = "lat" }]', payload='"scalar"'), "a position needs lat and lon from one JSON message"),
        (entry(RPM, topic='"x/y"'), "write {device} as exactly one level"),
        (entry(RPM, topic='"x/{device}/#"'), "level '#' cannot be used"),
        (entry(RPM, topic='"x/{device}_rpm"'), "level '{device}_rpm' cannot be used"),
        (entry(RPM, topic='"/x/{device}"'), "level '' cannot be used"),
        (entry(RPM, topic='"+/{device}"'), "at least one level must be a fixed word"),
        (entry(RPM, time='{ path = "t", format = "epoch" }'), "key 'time', key 'format': "),
        (entry(RPM, time='{ path = "t", format = "iso", zone = "JST" }'), "'JST' is no time zone; write it like"),
        (entry(RPM, time='{ path = "t", format = "iso", zone = "../x" }'), "is no time zone"),
        (entry(RPM, time='{ format = "iso" }'), "key 'time', key 'path': is missing; add it"),
        (entry(RPM, when='{ "a[" = 1 }'), "is no field path"),
    ],
)
def test_mistakes_in_the_file_are_named_with_what_to_do(text: str, complaint: str) -> None:
    with pytest.raises(SetupError) as caught:
        compile_mapping(text, file="kei.toml")
    assert complaint in str(caught.value)
    assert all(line.startswith("kei.toml: ") for line in str(caught.value).splitlines())


def test_all_mistakes_are_named_at_once() -> None:
    with pytest.raises(SetupError) as caught:
        compile_mapping(entry('[{ path = "a", signal = "x" }, { path = "b", signal = "y" }]'))
    assert len(str(caught.value).splitlines()) == 2


@pytest.mark.parametrize(
    ("path", "steps"), [("a", ("a",)), ("a.b[0].c", ("a", "b", 0, "c")), ("[1][2]", (1, 2)), ("a b", ("a b",))]
)
def test_field_paths(path: str, steps: tuple[str | int, ...]) -> None:
    assert steps_of(path) == steps


@pytest.mark.parametrize("path", ["", ".a", "a.", "a[b]", "a[0", "a.[0]", "[0]a", "a]"])
def test_what_is_no_field_path(path: str) -> None:
    with pytest.raises(ValueError, match="field path"):
        steps_of(path)


def test_following_a_path_into_nothing() -> None:
    assert follow({"a": [1]}, ("a", 1)) is None
    assert follow({"a": 1}, ("a", "b")) is None
    assert follow([1], ("a",)) is None


def test_impossible_times_are_none() -> None:
    assert moment_ms(float("nan"), "s") is None
    assert moment_ms(10**400, "ms") is None
    assert moment_ms(True, "ms") is None
    assert moment_ms("2026-13-01", "iso") is None
    assert moment_ms("0001-01-01T00:00:00+14:00", "iso") == -62_135_647_200_000


@pytest.mark.parametrize("text", EXAMPLES)
def test_the_documented_examples_are_understood(text: str) -> None:
    assert compile_mapping(text).topic_filters


def test_the_document_has_its_three_examples() -> None:
    filters = {name for text in EXAMPLES for name in compile_mapping(text).topic_filters}

    assert {"+/sensor/+/state", "autopi/+", "farm/+/tach"} <= filters


scalars = st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=5))
anything = st.recursive(
    scalars,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["pulses_per_minute", "gps", "pos", "at", "_type"]), inner, max_size=4)
    ),
)


def answer(mapping: Mapping, topic: str, payload: object) -> Decoded | None:
    try:
        return decode(mapping, topic, payload)
    except DecodeError as error:
        refusal = error
    assert refusal.reason.isidentifier()
    return None


@given(body=anything, raw=st.binary(), unit=st.sampled_from(["s", "ms", "us", "ns", "iso"]))
def test_any_message_is_answered_or_refused(body: object, raw: bytes, unit: str) -> None:
    mapping = compile_mapping(ESPHOME + NODE % unit)
    for topic, payload in (("tach/kei-7", body), ("tach/kei-7", raw), ("kei07/sensor/key/state", raw)):
        decoded = answer(mapping, topic, payload)
        assert decoded == answer(mapping, topic, payload)
        for column, values in (decoded.block.columns if decoded and decoded.block else {}).items():
            low, high = BY_COLUMN[column].minimum, BY_COLUMN[column].maximum
            assert all(value is None or low <= value <= high for value in values)


@given(text=st.text() | st.text(alphabet='[]entry={}"topicdevice/ \n.', max_size=60))
def test_any_file_is_understood_or_explained(text: str) -> None:
    with suppress(SetupError):
        compile_mapping(text)
