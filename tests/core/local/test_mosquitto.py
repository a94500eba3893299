from collections.abc import Iterator
from pathlib import Path

import pytest

from keitora.errors import SetupError
from keitora.local import mosquitto
from keitora.local.testing import TemporaryBroker, temporary_broker

LISTENERS = mosquitto.Listeners(
    mosquitto.Address("127.0.0.1", 1884),
    mosquitto.Address("127.0.0.1", 1883),
    mosquitto.Encrypted(mosquitto.Address("0.0.0.0", 8883), Path("/b/server.crt"), Path("/b/server.key")),
)


@pytest.fixture(scope="module")
def own_broker() -> Iterator[TemporaryBroker]:
    with temporary_broker() as server:
        yield server


def test_config_bounds_what_waits_by_size_and_not_by_number() -> None:
    lines = mosquitto.config_text(Path("/home/a b"), LISTENERS).splitlines()

    assert "password_file /home/a b/passwd" in lines
    assert "max_queued_messages 1000000000" in lines
    assert "max_queued_bytes 536870912" in lines
    assert "allow_anonymous false" in lines


def test_only_the_ingestors_listener_lets_a_client_choose_its_sessions_name() -> None:
    text = mosquitto.config_text(Path("/b"), LISTENERS)

    internal, plain, encrypted = (part.splitlines() for part in text.split("\nlistener ")[1:])
    assert internal[0] == "1884 127.0.0.1"
    assert plain[0] == "1883 127.0.0.1"
    assert encrypted[0] == "8883 0.0.0.0"
    assert "use_username_as_clientid true" not in internal
    assert "use_username_as_clientid true" in plain
    assert "use_username_as_clientid true" in encrypted
    assert "certfile /b/server.crt" in encrypted


def test_url_escapes_the_password() -> None:
    assert mosquitto.url(1883, "ken", "a/b@c") == "mqtt://ken:a%2Fb%40c@127.0.0.1:1883"


def test_the_real_broker_takes_its_own_users_and_their_hashed_passwords(own_broker: TemporaryBroker) -> None:
    for user, password in own_broker.passwords.items():
        assert mosquitto.answers("127.0.0.1", own_broker.port, user, password)


def test_the_real_broker_refuses_a_wrong_password(own_broker: TemporaryBroker) -> None:
    with pytest.raises(SetupError, match="refuses user ingestor"):
        mosquitto.answers("127.0.0.1", own_broker.port, "ingestor", "wrong")


def test_a_killed_broker_comes_back_on_the_same_port(own_broker: TemporaryBroker) -> None:
    port, pid = own_broker.port, own_broker.pid

    own_broker.kill()
    was_gone = not mosquitto.answers("127.0.0.1", port, "ingestor", own_broker.passwords["ingestor"])
    own_broker.start()

    assert was_gone
    assert own_broker.port == port
    assert own_broker.pid != pid
