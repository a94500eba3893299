"""`keitora device add`, `renew`, `revoke` and `keitora gateway`: what is printed opens the broker's door."""

import base64
import json
from collections.abc import Iterator
from urllib.parse import parse_qs, urlsplit

import pytest

from keitora.access.address import BrokerAddress, ReceiverAddress
from keitora.access.broker_files import device_part
from keitora.access.commands import gateway
from keitora.access.handover import Ways, handover
from keitora.access.model import Login
from keitora.access.passwords import matches
from keitora.access.queries import list_accounts
from keitora.access.rights import topics_of
from keitora.errors import KeitoraError
from keitora.local.testing import TemporaryBroker, temporary_broker
from keitora_ingestor.fitting.command import device
from tests.core.access.conftest import wait_until_let_in
from tests.core.access.visitor import Visitor
from tests.ingestor.conftest import Yard

WAYS = Ways(
    BrokerAddress("trucks.example.org", 8883, is_encrypted=True, is_guess=False),
    ReceiverAddress("https://trucks.example.org", is_guess=False),
)


@pytest.fixture(scope="module")
def own_broker() -> Iterator[TemporaryBroker]:
    with temporary_broker() as server:
        yield server


@pytest.fixture
def here(yard: Yard, database_url: str, monkeypatch: pytest.MonkeyPatch) -> Yard:
    monkeypatch.setenv("KEITORA_DATABASE_URL", database_url)
    monkeypatch.setenv("KEITORA_PUBLIC_HOST", "trucks.example.org")
    return yard


def said(capsys: pytest.CaptureFixture[str]) -> dict[str, object]:
    answer: dict[str, object] = json.loads(capsys.readouterr().out)
    return answer


def test_a_native_device_gets_all_it_needs(
    here: Yard, capsys: pytest.CaptureFixture[str], own_broker: TemporaryBroker
) -> None:
    assert device(["add", "--vehicle", "Carry", "--key", "dongle-7", "--json"]) == 0
    told = said(capsys)

    assert (told["username"], told["host"], told["port"], told["tls"]) == (
        "dongle-7",
        "trucks.example.org",
        1883,
        False,
    )
    assert told["write"] == ["kei/v1/dongle-7/t", "kei/v1/dongle-7/s", "kei/v1/dongle-7/e"]
    assert here.rows(
        "SELECT v.name FROM device_assignment JOIN device AS d USING (device_id) JOIN vehicle AS v USING"
        " (vehicle_id) WHERE d.device_key = 'dongle-7'"
    ) == [("Carry",)]
    login = Login(str(told["username"]), str(told["password"]))
    own_broker.follow(here.conn)
    wait_until_let_in(own_broker, login)
    with Visitor(own_broker.device_url(login)) as dongle:
        assert dongle.publish("kei/v1/dongle-7/t") == "Success"


def test_only_a_hash_is_kept(here: Yard, capsys: pytest.CaptureFixture[str]) -> None:
    device(["add", "--vehicle", "Carry", "--json"])
    password = str(said(capsys)["password"])

    [(kept,)] = here.rows("SELECT password_hash FROM device_credential")
    assert matches(password, kept)
    assert password not in str(here.rows("SELECT * FROM device_credential"))


def test_without_a_key_the_trucks_name_makes_one_that_is_free(here: Yard, capsys: pytest.CaptureFixture[str]) -> None:
    keys = []
    for _ in range(2):
        device(["add", "--vehicle", "Carry", "--json"])
        keys.append(said(capsys)["device"])
    device(["add", "--vehicle", "Carry", "--source", "owntracks", "--json"])

    assert keys == ["carry", "carry-2"]
    assert said(capsys)["device"] == "carry/phone"


def test_a_phone_is_set_up_by_a_link(here: Yard, capsys: pytest.CaptureFixture[str]) -> None:
    device(["add", "--vehicle", "Carry", "--source", "owntracks", "--key", "yui/phone", "--json"])
    told = said(capsys)

    link = urlsplit(str(told["link"]))
    assert (link.scheme, link.path) == ("owntracks", "/config")
    configuration = json.loads(base64.b64decode(parse_qs(link.query, strict_parsing=True)["inline"][0], validate=True))
    assert configuration["_type"] == "configuration"
    assert configuration["pubTopicBase"] == "owntracks/yui/phone"
    assert configuration["username"] == "owntracks.yui.phone"
    assert configuration["password"] == told["password"]
    assert configuration["host"] == "trucks.example.org"


def test_a_person_sees_a_table_a_qr_code_and_what_is_missing(here: Yard, capsys: pytest.CaptureFixture[str]) -> None:
    device(["add", "--vehicle", "Carry", "--source", "owntracks", "--key", "yui/phone"])
    out = capsys.readouterr().out

    assert "owntracks:///config?inline=" in out
    assert "▄" in out or "\x1b[7m" in out
    assert "Nothing is encrypted" in out
    assert "shown only now" in out


def test_a_phone_by_http_alone_gets_a_login_an_address_and_no_user_at_the_broker(
    here: Yard, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    device(["add", "--vehicle", "Carry", "--source", "osmand", "--key", "4711", "--json"])
    told = said(capsys)

    assert (told["username"], told["host"], told["port"], told["tls"]) == (
        "osmand.4711",
        "trucks.example.org",
        8090,
        False,
    )
    assert (told["write"], told["read"]) == ([], [])
    assert device_part(list_accounts(here.conn)) == ("", "")

    monkeypatch.setenv("KEITORA_PUBLIC_RECEIVE_URL", "https://phones.example.org")
    device(["add", "--vehicle", "Carry", "--source", "osmand"])
    out = capsys.readouterr().out
    assert "https://phones.example.org/in/osmand?id=carry&key=" in out
    assert "Nothing is encrypted" not in out


def test_a_renewed_password_replaces_the_old_one(here: Yard, capsys: pytest.CaptureFixture[str]) -> None:
    device(["add", "--vehicle", "Carry", "--key", "dongle-7", "--json"])
    first = str(said(capsys)["password"])
    device(["renew", "dongle-7", "--json"])
    second = str(said(capsys)["password"])

    [(kept,)] = here.rows("SELECT password_hash FROM device_credential")
    assert matches(second, kept)
    assert not matches(first, kept)


def test_a_device_registered_before_gets_its_first_password(here: Yard, capsys: pytest.CaptureFixture[str]) -> None:
    device(["renew", "carry-1", "--json"])

    assert said(capsys)["username"] == "carry-1"


def test_a_revoked_device_is_out_until_renewed(here: Yard, capsys: pytest.CaptureFixture[str]) -> None:
    device(["add", "--vehicle", "Carry", "--key", "dongle-7"])
    assert device(["revoke", "dongle-7"]) == 0
    assert here.rows("SELECT revoked_at IS NOT NULL FROM device_credential") == [(True,)]
    with pytest.raises(KeitoraError, match="has no credential"):
        device(["revoke", "dongle-7"])

    device(["renew", "dongle-7"])
    assert here.rows("SELECT revoked_at IS NULL FROM device_credential") == [(True,)]


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (["add", "--vehicle", "No such truck"], "keitora vehicle add"),
        (["add", "--vehicle", "Carry", "--key", "carry-1"], "already registered"),
        (["add", "--vehicle", "Carry", "--key", "Carry/1"], "no device key"),
        (["add", "--vehicle", "Carry", "--key", "ingestor"], "server's own name"),
        (["add", "--vehicle", "Carry", "--source", "wican"], "--key KEY"),
        (["revoke", "nobody"], "keitora device list"),
        (["renew", "nobody"], "keitora device list"),
    ],
)
def test_what_cannot_be_done_is_said_and_leaves_nothing(here: Yard, words: list[str], why: str) -> None:
    before = here.rows("SELECT count(*) FROM device")

    with pytest.raises(KeitoraError, match=why):
        device(words)

    assert here.rows("SELECT count(*) FROM device") == before


def test_a_tracker_behind_traccar_needs_the_gateways_login(here: Yard, capsys: pytest.CaptureFixture[str]) -> None:
    device(["add", "--vehicle", "Carry", "--source", "traccar", "--key", "352093081234567"])
    assert "keitora gateway add traccar" in capsys.readouterr().out

    assert gateway(["add", "traccar", "--json"]) == 0
    told = said(capsys)
    assert (told["username"], told["topics"]) == ("gateway.traccar", ["traccar/positions"])
    assert gateway(["revoke", "traccar"]) == 0
    with pytest.raises(KeitoraError, match="no credential"):
        gateway(["revoke", "traccar"])


@pytest.mark.parametrize(
    ("source", "key", "setting"),
    [
        ("wican", "84f703406f75", ("MQTT URL", "mqtts://trucks.example.org")),
        ("wican", "84f703406f75", ("MQTT TX Topic", "wican/84f703406f75/can/tx")),
        ("ovms", "ken/K002", ("config set server.v3 topic.prefix", "ovms/ken/K002/")),
        ("obd2mqtt", "hijet", ("topics", "obd2mqtt/hijet_<state>")),
        ("sensorlogger", "yui", ("topic", "sensor-logger/yui")),
        ("teltonika", "3520930", ("data topic", "teltonika/3520930/data")),
        ("mapped", "node-1", ("user", "mapped.node-1")),
        ("native", "carry-1", ("or POST to", "https://trucks.example.org/in/native/carry-1")),
        ("owntracks", "ken/phone", ("or mode HTTP, URL", "https://trucks.example.org/in/owntracks")),
        ("osmand", "4711", ("Traccar Client: server URL", "https://trucks.example.org/in/osmand?key=word")),
        ("osmand", "4711", ("Traccar Client: device identifier", "4711")),
    ],
)
def test_each_source_is_told_in_its_own_words(source: str, key: str, setting: tuple[str, str]) -> None:
    login = Login(f"{source}.{key}", "word")

    assert setting in handover(source, key, login, WAYS, topics_of(source, key)).settings
