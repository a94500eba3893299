import base64
from collections.abc import Iterator
from pathlib import Path

import pytest

from keitora.errors import SetupError
from keitora.local import mosquitto
from keitora.local.testing import TemporaryBroker, temporary_broker


@pytest.fixture(scope="module")
def own_broker() -> Iterator[TemporaryBroker]:
    with temporary_broker() as server:
        yield server


def test_password_hash_is_in_the_brokers_format() -> None:
    hashed = mosquitto.hash_password("word", b"123456789012")

    _, version, iterations, salt, digest = hashed.split("$")
    assert (version, iterations) == ("7", "101")
    assert base64.b64decode(salt) == b"123456789012"
    assert len(base64.b64decode(digest)) == 64


def test_config_bounds_what_waits_by_size_and_not_by_number() -> None:
    lines = mosquitto.config_text(Path("/home/a b"), host="127.0.0.1", port=1883).splitlines()

    assert "listener 1883 127.0.0.1" in lines
    assert "password_file /home/a b/passwd" in lines
    assert "max_queued_messages 0" in lines
    assert "max_queued_bytes 536870912" in lines
    assert "allow_anonymous false" in lines


def test_url_escapes_the_password() -> None:
    assert mosquitto.url(1883, "loggers", "a/b@c") == "mqtt://loggers:a%2Fb%40c@127.0.0.1:1883"


def test_the_real_broker_takes_both_users_and_their_hashed_passwords(own_broker: TemporaryBroker) -> None:
    for user, password in own_broker.passwords.items():
        assert mosquitto.answers("127.0.0.1", own_broker.port, user, password)


def test_the_real_broker_refuses_a_wrong_password(own_broker: TemporaryBroker) -> None:
    with pytest.raises(SetupError, match="refuses user loggers"):
        mosquitto.answers("127.0.0.1", own_broker.port, "loggers", "wrong")


def test_a_killed_broker_comes_back_on_the_same_port(own_broker: TemporaryBroker) -> None:
    port, pid = own_broker.port, own_broker.pid

    own_broker.kill()
    was_gone = not mosquitto.answers("127.0.0.1", port, "loggers", own_broker.passwords["loggers"])
    own_broker.start()

    assert was_gone
    assert own_broker.port == port
    assert own_broker.pid != pid
