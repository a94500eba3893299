"""Which topics are whose, by the rules alone. That the decoders agree is tests/ingestor/test_rights_and_decoders.py."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keitora.access.model import Rights
from keitora.access.rights import gateway_username, topics_of, username_of
from keitora.devices.keys import check_device_key
from keitora.devices.model import SOURCES
from keitora.errors import KeitoraError
from keitora.wire.filters import overlap

LEVEL = st.text(st.characters(exclude_categories=("C", "Z"), exclude_characters="/+#_"), min_size=1, max_size=64)
KEYS = st.one_of(LEVEL, st.builds("{}/{}".format, LEVEL, LEVEL))


@pytest.mark.parametrize(
    ("source", "key", "rights"),
    [
        ("native", "c-1", Rights(("kei/v1/c-1/t", "kei/v1/c-1/s", "kei/v1/c-1/e"), ("kei/v1/c-1/a", "kei/v1/c-1/c"))),
        ("owntracks", "ken/p", Rights(("owntracks/ken/p", "owntracks/ken/p/+"), ("owntracks/ken/p/cmd",))),
        ("wican", "84f703406f75", Rights(("wican/84f703406f75/#",), ("wican/84f703406f75/#",))),
        ("teltonika", "3520930", Rights(("teltonika/3520930/data",), ("teltonika/3520930/commands",))),
        ("sensorlogger", "yui", Rights(("sensor-logger/yui",))),
        ("traccar", "352093081234567", Rights()),
        ("osmand", "4711", Rights()),
        ("something-new", "x", Rights()),
    ],
)
def test_a_devices_topics(source: str, key: str, rights: Rights) -> None:
    assert topics_of(source, key) == rights


def test_ovms_writes_its_four_branches() -> None:
    rights = topics_of("ovms", "ken/K002")

    assert rights.write == tuple(f"ovms/ken/K002/{one}/#" for one in ("metric", "notify", "event", "client"))
    assert rights.read == ("ovms/ken/K002/client/#",)


def test_obd2mqtt_is_bound_state_by_state() -> None:
    rights = topics_of("obd2mqtt", "hijet")

    assert "obd2mqtt/hijet_rpm" in rights.write
    assert "homeassistant/+/obd2mqtt/hijet_speed/config" in rights.write
    assert not any(one.endswith("#") for one in rights.write)


def test_a_mapped_device_gets_its_templates_filled_in() -> None:
    rights = topics_of("mapped", "kei07", ["esphome/{device}/sensor/{field}/state", "farm/{device}/tach"])

    assert rights.write == ("esphome/kei07/sensor/+/state", "farm/kei07/tach")


@pytest.mark.parametrize(
    ("key", "templates"),
    [
        ("wican", ["{device}/sensor/{field}/state"]),  # would speak as the WiCAN device `sensor`
        ("kei07", ["+/{device}/#"]),
    ],
)
def test_a_template_by_which_a_device_could_speak_as_another_is_not_granted(key: str, templates: list[str]) -> None:
    assert topics_of("mapped", key, templates).write == ()


def test_a_filter_that_holds_another_devices_topics_is_not_granted() -> None:
    rights = topics_of("mapped", "depot", ["{device}/+/state", "depot/{device}/state"])

    assert rights.write == ("depot/depot/state",)  # and not depot/+/state, of which depot/kei07/state is one


@pytest.mark.parametrize(
    ("source", "key"),
    [
        ("native", "Carry"),
        ("native", "ab"),
        ("native", "ingestor"),
        ("native", "carry/1"),
        ("owntracks", "ken"),
        ("owntracks", "ken/phone/more"),
        ("owntracks", "ken/+"),
        ("wican", "a/b"),
        ("wican", "#"),
        ("wican", "a\ntopic write #"),
        ("wican", "a b"),
        ("wican", ""),
        ("wican", "a\x00"),
        ("ovms", "ken/metric"),
        ("ovms", "a/b/c"),
        ("obd2mqtt", "my_truck"),
        ("traccar", "+"),
        ("teltonika", "1/2"),
        ("sensorlogger", "x/y"),
        ("osmand", "ken/phone"),
        ("osmand", "a b"),
        ("osmand", "x" * 65),
        ("mapped", "a/b"),
        ("mapped", "\u2028"),
    ],
)
def test_a_key_with_tricks_is_refused(source: str, key: str) -> None:
    with pytest.raises(KeitoraError):
        check_device_key(source, key)


@pytest.mark.parametrize(
    ("source", "key", "username"),
    [
        ("native", "carry-1", "carry-1"),
        ("owntracks", "ken/phone", "owntracks.ken.phone"),
        ("owntracks", "ken.s/phone", "owntracks.ken~2es.phone"),
        ("wican", "84f703406f75", "wican.84f703406f75"),
        ("osmand", "4711", "osmand.4711"),
        ("owntracks", "健/電話", "owntracks.~e5~81~a5.~e9~9b~bb~e8~a9~b1"),
    ],
)
def test_usernames_are_stable(source: str, key: str, username: str) -> None:
    assert username_of(source, key) == username


@given(st.lists(st.tuples(st.sampled_from(SOURCES), KEYS), min_size=2, max_size=2, unique=True))
def test_no_two_devices_have_one_username_and_each_fits_an_address(devices: list[tuple[str, str]]) -> None:
    devices = [device for device in devices if is_key(*device)]
    names = [username_of(*device) for device in devices]

    assert len(set(names)) == len(devices)
    assert all(re.fullmatch(r"[A-Za-z0-9._~-]{3,64}", name) for name in names)


@given(st.lists(st.tuples(st.sampled_from(SOURCES), KEYS), min_size=2, max_size=2, unique=True))
def test_no_two_devices_of_a_source_share_a_topic(devices: list[tuple[str, str]]) -> None:
    templates = ["esphome/{device}/sensor/{field}/state", "{device}/position", "farm/{device}/tach"]
    one, other = (topics_of(*device, templates).write if is_key(*device) else () for device in devices)

    if devices[0][0] == devices[1][0]:
        assert not any(overlap(a, b) for a in one for b in other)


def is_key(source: str, key: str) -> bool:
    try:
        check_device_key(source, key)
    except KeitoraError:
        return False
    return True


def test_only_forwarders_have_a_gateway() -> None:
    assert gateway_username("traccar") == "gateway.traccar"
    with pytest.raises(KeitoraError, match="each with its own credential"):
        gateway_username("wican")


@pytest.mark.parametrize(
    ("one", "other", "do"),
    [
        ("a/b", "a/b", True),
        ("a/+", "a/b", True),
        ("a/#", "a", True),
        ("a/#", "a/b/c", True),
        ("#", "a/b", True),
        ("a/+", "+/b", True),
        ("a/b", "a/c", False),
        ("a/+", "a", False),
        ("a/+", "a/b/c", False),
    ],
)
def test_filters_that_overlap(one: str, other: str, do: bool) -> None:
    assert overlap(one, other) is do
    assert overlap(other, one) is do
