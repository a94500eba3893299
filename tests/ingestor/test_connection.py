"""The ingestor's side of the broker: what is bounded, and what comes again."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager

import paho.mqtt.publish
import pytest
from pydantic import SecretStr

from keitora.local.testing import TemporaryBroker, temporary_broker
from keitora.settings import MqttSettings
from keitora_ingestor.connection import BrokerConnection, receipts_of
from keitora_ingestor.message import Message
from keitora_ingestor.tap import Publish
from keitora_sim.link import Address
from tests.system.stack import wait_until

TOPIC = "kei/v1/carry-1/t"


@pytest.fixture
def own_broker() -> Iterator[TemporaryBroker]:
    with temporary_broker() as server:
        yield server


@contextmanager
def connected(
    broker: TemporaryBroker, *, client_id: str = "test", inbox_bytes: int = 2**20
) -> Iterator[BrokerConnection]:
    settings = MqttSettings(
        mqtt_url=SecretStr(broker.ingestor_url), mqtt_client_id=client_id, mqtt_inbox_bytes=inbox_bytes
    )
    connection = BrokerConnection(settings, ["kei/v1/#"])
    connection.start()
    try:
        wait_until(lambda: connection.connected, "the ingestor is connected")
        yield connection
    finally:
        connection.stop()


def publish(broker: TemporaryBroker, payloads: list[bytes]) -> None:
    address = Address.parse(broker.url)
    assert address.user
    paho.mqtt.publish.multiple(
        [(TOPIC, payload, 1, False) for payload in payloads],
        hostname=address.host,
        port=address.port,
        auth={"username": address.user, "password": address.password or ""},
    )


def take(connection: BrokerConnection, limit: int = 100) -> list[Message]:
    return connection.take(limit=limit, max_bytes=2**20, wait_s=0.2, gather_s=0.1)


def test_what_has_no_room_is_left_to_the_broker_and_comes_again(own_broker: TemporaryBroker) -> None:
    payloads = [bytes([number]) * 1000 for number in range(20)]
    stored: list[bytes] = []
    with connected(own_broker, inbox_bytes=3000) as connection:
        publish(own_broker, payloads)

        def store_some() -> bool:
            batch = take(connection)
            assert sum(len(message.payload) for message in batch) <= 3000
            stored.extend(message.payload for message in batch)
            connection.acknowledge(receipts_of(batch))
            return set(stored) == set(payloads)

        wait_until(store_some, "all have come", within_s=40)

    assert len(stored) == len(payloads)  # what was acknowledged did not come again


def test_reconnects_while_the_database_is_away_pile_up_nothing(own_broker: TemporaryBroker) -> None:
    payloads = [bytes([number]) * 1000 for number in range(20)]
    with connected(own_broker) as connection:
        publish(own_broker, payloads)
        for _ in range(3):
            own_broker.stop()
            wait_until(lambda: connection.waiting_bytes == 0, "what came by the lost connection is forgotten")
            own_broker.start()
            wait_until(lambda: connection.waiting_bytes == 20_000, "they have come again")

        batch = take(connection)

    assert sorted(message.payload for message in batch) == sorted(payloads)


def test_two_ingestors_of_one_name_are_told_so(own_broker: TemporaryBroker, caplog: pytest.LogCaptureFixture) -> None:
    with (
        caplog.at_level(logging.ERROR, logger="keitora_ingestor.connection"),
        connected(own_broker),
        connected(own_broker),
    ):
        # They throw each other out about once a second.
        wait_until(lambda: "KEITORA_MQTT_CLIENT_ID" in caplog.text, "it is said")


def test_a_fault_in_taking_a_message_in_does_not_end_the_stream(
    own_broker: TemporaryBroker, monkeypatch: pytest.MonkeyPatch
) -> None:
    with connected(own_broker) as connection:
        whole = connection._receive
        faults = iter([ValueError("a fault of ours")])

        def faulty(publishes: list[Publish]) -> None:
            if publishes and (fault := next(faults, None)) is not None:
                raise fault
            whole(publishes)

        monkeypatch.setattr(connection, "_receive", faulty)
        publish(own_broker, [b"one"])
        wait_until(lambda: connection.waiting_count == 1, "it has come again")

        assert [message.payload for message in take(connection)] == [b"one"]
