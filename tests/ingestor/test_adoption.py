"""A device that sent before it was known has, once taken in, the rows it would have had if known from the start."""

import json
from datetime import timedelta

import pytest

from keitora.access.rights import BY_HTTP_ONLY
from keitora.devices.model import SOURCES, Source
from keitora.errors import KeitoraError
from keitora_ingestor.commands import adopt
from keitora_ingestor.dead_letters import whole_moments
from keitora_ingestor.queries import Buried, list_buried
from tests.ingestor.conftest import NOW, Yard

S = 1_775_044_000  # some minutes before NOW
NATIVE = {"v": 1, "b": 1, "q": 0, "t": S * 1000, "u": 0, "un": 0, "c": 3, "f": ["spd"], "r": [[0, 7], [1000, 8]]}
EVENT = {"v": 1, "b": 1, "q": 2, "t": S * 1000, "u": 0, "un": 0, "c": 3, "ev": "tow"}
TRACCAR = {
    "position": {"fixTime": S * 1000, "deviceTime": S * 1000, "latitude": 35.5, "longitude": 139.5, "speed": 10.0},
    "device": {"uniqueId": "t1"},
}
TELTONIKA = {"state": {"reported": {"ts": S * 1000, "latlng": "35.5,139.5", "evt": 239, "239": 1, "66": 12_600}}}
LOGGER = {
    "deviceId": "p",
    "payload": [{"name": "location", "time": S * 10**9, "values": {"latitude": 35.5, "longitude": 139.5, "speed": 2}}],
}

BY_MQTT = [source for source in SOURCES if source not in BY_HTTP_ONLY]
"""By HTTP a stranger is not let in, so nothing of it is kept."""

# Each: the device's key, and what it sends, with the seconds after NOW at which it arrives.
TALK: dict[Source, tuple[str, list[tuple[float, str, bytes]]]] = {
    "native": (
        "new-1",
        [(0, "kei/v1/new-1/t", json.dumps(NATIVE).encode()), (1, "kei/v1/new-1/e", json.dumps(EVENT).encode())],
    ),
    "owntracks": (
        "ken/new",
        [(0, "owntracks/ken/new", b'{"_type":"location","tst":%d,"lat":35.5,"lon":139.5}' % S)],
    ),
    "wican": (
        "84f703406f75",
        [(second, "wican/84f703406f75/can/rx", b'{"0C-EngineRPM":2147,"0D-VehicleSpeed":42}') for second in (0, 1, 2)],
    ),
    "ovms": (
        "me/K1",
        [
            (second + part, f"ovms/me/K1/metric/v/{name}", value)
            for second in (0, 5, 10)
            for part, name, value in (
                (0.0, "p/longitude", b"139.500000"), (0.1, "b/12v/voltage", b"12.6"), (0.2, "p/latitude", b"35.500000")
            )
        ],
    ),
    "obd2mqtt": (
        "A1B2C3D4E5F6",
        [
            (second + part, f"obd2mqtt/A1B2C3D4E5F6_{name}", value)
            for second in range(150)
            for part, name, value in ((0.0, "rpm", b"850"), (0.3, "speed", b"0"))
        ],
    ),
    "traccar": ("t1", [(0, "traccar/positions", json.dumps(TRACCAR).encode())]),
    "teltonika": ("86", [(0, "teltonika/86/data", json.dumps(TELTONIKA).encode())]),
    "sensorlogger": ("p", [(0, "sensor-logger", json.dumps(LOGGER).encode())]),
    "mapped": ("kei07", [(second, "kei07/sensor/rpm/state", b"1840") for second in (0, 1)]),
}  # fmt: skip
MAPPING = """
[[entry]]
topic = "{device}/sensor/rpm/state"
payload = "scalar"
values = [{ signal = "engine_rpm" }]
"""


@pytest.fixture
def here(
    yard: Yard, database_url: str, monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory
) -> Yard:
    mapping = tmp_path_factory.mktemp("mapping") / "mapping.toml"
    mapping.write_text(MAPPING)
    monkeypatch.setenv("KEITORA_MAPPING_FILE", str(mapping))
    monkeypatch.setenv("KEITORA_DATABASE_URL", database_url)
    return yard


def talk(yard: Yard, source: Source) -> None:
    """Let the device's messages arrive, each second's in a batch of its own, as the ingestor takes them."""
    batch: list[tuple[float, str, bytes]] = []
    for one in [*TALK[source][1], None]:
        if batch and (one is None or int(one[0]) != int(batch[0][0])):
            yard.send_timed([(NOW + timedelta(seconds=at), topic, payload) for at, topic, payload in batch])
            batch = []
        if one is not None:
            batch.append(one)


def stored(yard: Yard) -> tuple[list[object], list[object]]:
    columns = "sampled_at, vehicle_id, row_key, clock_quality, lat, lon, speed_kmh, engine_rpm, battery_v, extra"
    return (
        yard.rows(f"SELECT {columns} FROM sample ORDER BY sampled_at, row_key"),
        yard.rows("SELECT at, kind, detail, sequence FROM device_event ORDER BY at, sequence"),
    )


@pytest.mark.parametrize("source", BY_MQTT)
def test_an_adopted_device_has_the_rows_it_would_have_had(here: Yard, source: Source) -> None:
    key = TALK[source][0]
    talk(here, source)
    assert stored(here) == ([], [])

    assert adopt([key, "--vehicle", "Carry"]) == 0
    adopted = stored(here)

    assert here.rows("SELECT count(*) FROM dead_letter") == [(0,)]
    here.conn.execute("TRUNCATE sample, device_event, derive_touch")
    talk(here, source)
    assert stored(here) == adopted
    assert adopted[0]


@pytest.mark.parametrize("source", BY_MQTT)
def test_a_device_that_was_registered_meanwhile_is_brought_in_without_naming_its_truck(
    here: Yard, source: Source, capsys: pytest.CaptureFixture[str]
) -> None:
    key = TALK[source][0]
    talk(here, source)
    here.device(key, source=source)
    adopt([])
    assert "  registered" in capsys.readouterr().out

    assert adopt([key]) == 0

    assert here.rows("SELECT count(*) > 0 FROM sample") == [(True,)]
    assert here.rows("SELECT count(*) FROM dead_letter") == [(0,)]


@pytest.mark.parametrize("source", ["ovms", "obd2mqtt"])
def test_values_of_one_moment_that_wait_for_a_truck_are_joined_when_it_is_known(here: Yard, source: Source) -> None:
    key = TALK[source][0]
    device_id = here.device(key, source=source)
    talk(here, source)
    expected = stored(here)
    here.conn.execute("TRUNCATE sample, device_event, derive_touch")
    here.conn.execute("DELETE FROM device_assignment WHERE device_id = %s", [device_id])
    talk(here, source)
    assert stored(here) == ([], [])

    assert adopt([key, "--vehicle", "Carry"]) == 0

    assert stored(here) == expected


def test_a_stranger_without_a_truck_is_asked_for_one(here: Yard) -> None:
    talk(here, "native")

    with pytest.raises(KeitoraError, match="--vehicle"):
        adopt(["new-1"])


def test_the_same_words_at_another_moment_are_another_letter_only_where_they_tell_no_time(here: Yard) -> None:
    talk(here, "wican")
    talk(here, "traccar")
    talk(here, "traccar")

    letters = list_buried(here.conn)
    assert [(letter.topic, letter.received_count) for letter in letters if letter.topic == "traccar/positions"] == [
        ("traccar/positions", 2)
    ]
    assert len(letters) == 1 + len(TALK["wican"][1])


def test_a_page_of_letters_ends_between_two_moments() -> None:
    def letter(second: float) -> Buried:
        at = NOW + timedelta(seconds=second)
        return Buried(1, "t", b"", "unknown_device", "", 1, at, at)

    page = [letter(0), letter(0.5), letter(5), letter(5.4), letter(6.1)]

    assert whole_moments(page) == page[:2]
    assert whole_moments(page[:2]) == page[:2]
