"""What a device may publish is read as its own, whatever levels it chooses: the rights and the decoders agree."""

from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from keitora.access.rights import OBD2MQTT_STATES, topics_of
from keitora.devices.keys import check_device_key
from keitora.devices.model import SOURCES
from keitora.errors import DecodeError, KeitoraError
from keitora.wire.filters import overlap
from keitora.wire.topics import LOGGER_FILTERS
from keitora_ingestor.decode import obd2mqtt
from keitora_ingestor.decode.bounds import Bounds, Incoming
from keitora_ingestor.decode.mapping_file import compile_mapping
from keitora_ingestor.decode.table import FORMATS, table_of

TEMPLATES = ("esphome/{device}/sensor/{field}/state", "{device}/position", "farm/{device}/tach", "x/+/{device}")
MAPPING = compile_mapping(
    "\n".join(
        f'[[entry]]\ntopic = "{template}"\nvalues = [{{ path = "v", signal = "battery_v" }}]' for template in TEMPLATES
    )
)
TABLE = table_of(mapping=MAPPING, passphrases={})
BOUNDS = Bounds(max_payload_bytes=10_000, max_body_bytes=10_000, max_rows=100)
NOW = datetime(2026, 4, 1, tzinfo=UTC)

# Words by which a device might try to be taken for another.
TRICKS = (
    "victim kei v1 t owntracks wican ovms metric event client notify obd2mqtt data homeassistant traccar positions "
    "teltonika sensor-logger esphome farm position tach sensor state x a1b2c3d4e5f6 victim_rpm config truck-7"
)
WORDS = st.sampled_from(TRICKS.split())
KEYS = st.one_of(WORDS, st.builds("{}/{}".format, WORDS, WORDS))
PAYLOADS = st.sampled_from(
    [
        b"",
        b"1",
        b'{"v":1}',
        b'{"v":1,"on":true}',
        b'{"RSP":"x"}',
        b'{"payload":[]}',
        b'{"_type":"location","lat":1,"lon":2,"tst":1775040312}',
        b'{"position":{"fixTime":1775040312000},"device":{"uniqueId":"victim"}}',
    ]
)


@given(source=st.sampled_from(SOURCES), key=KEYS, more=st.lists(WORDS, max_size=4), payload=PAYLOADS)
def test_nobody_is_read_as_another(source: str, key: str, more: list[str], payload: bytes) -> None:
    try:
        check_device_key(source, key)
    except KeitoraError:
        return
    for topic_filter in topics_of(source, key, TEMPLATES).write:
        levels = filled(topic_filter, more)
        try:
            said = TABLE.decode(Incoming(levels=levels, payload=payload, received_at=NOW, bounds=BOUNDS))
        except DecodeError:
            continue
        assert (said.source, said.device_key) == (source, key), levels


def filled(topic_filter: str, more: list[str]) -> tuple[str, ...]:
    levels: list[str] = []
    for level in topic_filter.split("/"):
        if level == "#":
            levels += more
        else:
            levels.append((more[0] if more else "x") if level == "+" else level)
    return tuple(levels)


def test_every_topic_a_device_may_publish_to_is_heard_by_the_ingestor() -> None:
    keys = {"owntracks": "ken/phone", "ovms": "ken/K002"}
    for source in SOURCES:
        for topic_filter in topics_of(source, keys.get(source, "truck-7")).write:
            assert any(overlap(topic_filter, heard) for heard in LOGGER_FILTERS), (source, topic_filter)


def test_every_state_of_obd2mqtt_that_is_read_may_be_published() -> None:
    assert set(OBD2MQTT_STATES) == obd2mqtt._KNOWN


def test_every_format_but_the_long_topics_of_teltonika_is_granted_to_someone() -> None:
    keys = {"owntracks": "ken/phone", "ovms": "ken/K002"}
    granted = [one for source in SOURCES for one in topics_of(source, keys.get(source, "truck-7")).write]

    left = {one.topic_filter for one in FORMATS if not any(overlap(one.topic_filter, topic) for topic in granted)}
    # One by the gateway; one that is shared by all phones; the long form is other formats' as well.
    assert left == {
        "traccar/positions",
        "sensor-logger",
        *(one.topic_filter for one in FORMATS if not one.is_subscribed),
    }
