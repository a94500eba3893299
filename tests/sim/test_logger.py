"""Loggers against a real broker: nothing is given up before it is answered for, whatever dies."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from time import monotonic

import paho.mqtt.client as paho
import pytest
from paho.mqtt.enums import CallbackAPIVersion

from keitora.errors import SetupError
from keitora.local.testing import TemporaryBroker, temporary_broker
from keitora_sim.link import Address, silence
from keitora_sim.logger import Logger
from keitora_sim.messages import Message, pack
from keitora_sim.phone import Phone, fixes
from keitora_sim.recording import Drive, Row
from keitora_sim.replay.sender import Delivery, send_drive, send_fixes
from tests.sim.stand_in import StandIn

START = datetime(2026, 4, 1, 6, 0, tzinfo=UTC)
KEY = "test-logger"


def drive(rows: int) -> Drive:
    return Drive("morning", tuple(Row(START + timedelta(seconds=n), {"speed_kmh": n % 60}) for n in range(rows)))


def messages(rows: int) -> list[Message]:
    return pack(drive(rows).rows, boot=3)


def test_a_drive_is_delivered_and_greeted(broker: TemporaryBroker) -> None:
    with StandIn(broker.ingestor_url, KEY) as ingestor:
        report = send_drive(drive(995), url=broker.url, device_key=KEY, boot=3)

        assert report.unacknowledged_count == 0
        assert (report.row_count, report.message_count) == (995, 100)
        assert ingestor.sequences == set(range(995))
        assert ingestor.wait(lambda: len(ingestor.states) == 2)
        assert [state["on"] for state in ingestor.states] == [True, False]


def test_shuffled_and_doubled_messages_say_the_same(broker: TemporaryBroker) -> None:
    how = Delivery(batch_rows=7, shuffle_seed=1, copies=2)

    with StandIn(broker.ingestor_url, KEY) as ingestor:
        report = send_drive(drive(100), url=broker.url, device_key=KEY, boot=3, how=how)

        assert report.message_count == len(ingestor.received) == 30
        assert report.row_count == 100
        assert ingestor.sequences == set(range(100))


def test_a_paced_drive_takes_its_time(broker: TemporaryBroker) -> None:
    how = Delivery(batch_rows=1, speedup=20)

    with StandIn(broker.ingestor_url, KEY) as ingestor:
        started_s = monotonic()
        report = send_drive(drive(11), url=broker.url, device_key=KEY, boot=3, how=how)

        assert 0.5 <= monotonic() - started_s < 3
        assert report.unacknowledged_count == 0
        assert len(ingestor.received) == 11


def test_an_unanswered_message_is_sent_again_unchanged(broker: TemporaryBroker) -> None:
    how = Delivery(resend_after_s=0.3)

    with StandIn(broker.ingestor_url, KEY, answers=lambda number: number > 0) as ingestor:
        report = send_drive(drive(10), url=broker.url, device_key=KEY, boot=3, how=how)

        assert report.resent_count == 1
        assert report.unacknowledged_count == 0
        assert ingestor.received[0] == ingestor.received[1]


def test_giving_up_is_reported(broker: TemporaryBroker) -> None:
    how = Delivery(timeout_s=0.5, window=4)

    with StandIn(broker.ingestor_url, KEY, answers=lambda number: number < 2):
        report = send_drive(drive(100), url=broker.url, device_key=KEY, boot=3, how=how)

    assert report.unacknowledged_count == 8


def test_nothing_is_lost_when_the_broker_is_killed_and_started_again() -> None:
    with temporary_broker() as own, Logger(own.url, KEY, boot=3, resend_after_s=1) as logger:
        logger.wait_ready(10)
        logger.send(messages(30))
        assert not logger.wait_below(1, 0.5)  # nobody answers yet

        own.kill()
        logger.send(messages(60)[3:])
        own.start()
        with StandIn(own.ingestor_url, KEY) as ingestor:
            assert logger.wait_below(1, 20)

        assert ingestor.sequences == set(range(60))
        assert logger.unacknowledged == []


def test_an_answer_that_is_none_is_ignored(broker: TemporaryBroker) -> None:
    address = Address.parse(broker.ingestor_url)
    other = paho.Client(CallbackAPIVersion.VERSION2, protocol=paho.MQTTv5)
    other.username_pw_set(address.user or "", address.password)
    other.connect(address.host, address.port)
    other.loop_start()

    with Logger(broker.url, KEY, boot=3) as logger:
        logger.wait_ready(10)
        other.publish(f"kei/v1/{KEY}/a", b"thanks!", qos=1).wait_for_publish(5)
        with StandIn(broker.ingestor_url, KEY):
            logger.send(messages(10))
            assert logger.wait_below(1, 10)
        assert logger.bad_answer_count == 1
    other.disconnect()
    other.loop_stop()
    silence(other)


def test_a_refused_password_is_explained(broker: TemporaryBroker) -> None:
    url = broker.url.replace(":", ":wrong", 2).replace("mqtt:wrong", "mqtt:", 1)

    with Logger(url, KEY, boot=3) as logger, pytest.raises(SetupError, match=r"refuses the connection: Not authorized"):
        logger.wait_ready(5)


def test_a_broker_that_is_not_there_is_explained() -> None:
    with Logger("mqtt://127.0.0.1:9", KEY, boot=3) as logger, pytest.raises(SetupError, match=r"no broker answers at"):
        logger.wait_ready(2)


@pytest.mark.parametrize("url", ["http://host", "mqtt://", "host:1883", "mqtt://host:none"])
def test_an_address_that_is_none_is_explained(url: str) -> None:
    with pytest.raises(SetupError, match=r"must look like mqtt://"):
        Address.parse(url)


def test_addresses_are_taken_apart() -> None:
    assert Address.parse("mqtts://me:p%40ss@host") == Address("host", 8883, "me", "p@ss", is_encrypted=True)


@pytest.fixture
def heard(broker: TemporaryBroker) -> Iterator[list[dict[str, object]]]:
    """What anyone publishes below owntracks/."""
    address = Address.parse(broker.ingestor_url)
    found: list[dict[str, object]] = []
    client = paho.Client(CallbackAPIVersion.VERSION2, protocol=paho.MQTTv5)
    client.username_pw_set(address.user or "", address.password)
    client.on_message = lambda _client, _data, message: found.append(json.loads(message.payload))
    client.connect(address.host, address.port)
    client.subscribe("owntracks/#", qos=1)
    client.loop_start()
    yield found
    client.disconnect()
    client.loop_stop()
    silence(client)


def test_a_phone_sends_fix_by_fix(broker: TemporaryBroker, heard: list[dict[str, object]]) -> None:
    rows = tuple(Row(START + timedelta(seconds=10 * n), {"lat": 36.0, "lon": 138.0 + n / 1000}) for n in range(50))

    report = send_fixes(Drive("walk", rows), url=broker.url, device_key="tester/phone")

    assert (report.message_count, report.unacknowledged_count) == (50, 0)
    with Phone(broker.url, "tester/phone") as phone:  # a second visit, until the first one's fixes have come through
        phone.wait_ready(10)
        phone.send(fixes(rows[:1]))
        assert phone.wait_below(1, 10)
    assert {fix["tst"] for fix in heard} == {1775023200 + 10 * n for n in range(50)}
