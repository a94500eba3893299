"""The fast connection with TLS: it trusts the authority it was told of, and nobody else."""

from collections.abc import Iterator

import pytest

from keitora.errors import SetupError
from keitora_sim.load.packets import publish_head
from keitora_sim.load.pipe import Pipe
from tests.core.access.test_tls import EncryptedBroker, encrypted_broker
from tests.sim.stand_in import StandIn


@pytest.fixture(scope="module")
def encrypted() -> Iterator[EncryptedBroker]:
    with encrypted_broker() as broker:
        yield broker


def test_messages_larger_than_any_buffer_arrive_whole(
    encrypted: EncryptedBroker, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KEITORA_MQTT_CA_FILE", str(encrypted.ca_file))

    with Pipe(encrypted.tls_url(), window_messages=50) as pipe:
        payload = b"x" * 300_000
        head = publish_head("kei/v1/tls-1/t", len(payload))
        for _ in range(60):
            pipe.send(head, payload)

        assert pipe.drain(20)
        assert pipe.acknowledged_count == 60
        assert pipe.break_count == 0


def test_answers_are_heard(encrypted: EncryptedBroker, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KEITORA_MQTT_CA_FILE", str(encrypted.ca_file))
    heard: list[str] = []
    payload = b'{"v":1,"b":1,"q":0,"t":1775000000000,"u":0,"un":0,"c":3,"ak":true,"f":["spd"],"r":[[0,3]]}'

    with (
        StandIn(encrypted.ingestor_url, "tls-1"),
        Pipe(
            encrypted.tls_url(), listen_to=["kei/v1/tls-1/a"], heard=lambda topic, _payload: heard.append(topic)
        ) as pipe,
    ):
        pipe.send(publish_head("kei/v1/tls-1/t", len(payload)), payload)
        for _ in range(100):
            pipe.turn(0.1)
            if heard:
                break

    assert heard == ["kei/v1/tls-1/a"]


def test_a_broker_of_an_unknown_authority_is_refused_and_the_way_out_told(
    encrypted: EncryptedBroker, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("KEITORA_MQTT_CA_FILE", raising=False)

    with pytest.raises(SetupError, match=r"is not trusted .*KEITORA_MQTT_CA_FILE"), Pipe(encrypted.tls_url()):
        pass
