"""The judge of the random faults must be able to find them guilty."""

from random import Random

import pytest

from keitora.wire.topics import telemetry
from keitora_sim.link import silence
from tests.ingestor.conftest import Yard
from tests.system.chaos.device import TrustingDevice
from tests.system.chaos.rows import Batch
from tests.system.chaos.verdict import Deaths, Verdict, judge

KEY = "truck-0"
BATCH = Batch(boot=1, first_sequence=0, row_count=3, wants_acknowledgement=False)


@pytest.fixture
def device(yard: Yard) -> TrustingDevice:
    yard.device(KEY)
    device = never_connected(KEY)
    device.sent = [BATCH]
    return device


def never_connected(key: str) -> TrustingDevice:
    device = TrustingDevice(key, "mqtt://user:word@127.0.0.1:1", Random(1))
    silence(device._client)
    return device


def verdict(
    database_url: str, device: TrustingDevice, deaths: Deaths = (), poison: dict[bytes, str] | None = None
) -> Verdict:
    return judge(database_url, [device], never_connected("stranger"), poison or {}, list(deaths))


def test_what_is_there_as_it_was_sent_is_good(yard: Yard, database_url: str, device: TrustingDevice) -> None:
    yard.send(telemetry(KEY), BATCH.payload)

    found = verdict(database_url, device)

    assert found.is_good
    assert (found.sent_count, found.stored_count) == (3, 3)


@pytest.mark.parametrize(
    "harm",
    [
        "DELETE FROM sample WHERE row_key = (1::bigint << 32) + 1",
        "UPDATE sample SET speed_kmh = speed_kmh + 1 WHERE row_key = (1::bigint << 32) + 1",
        "UPDATE sample SET sampled_at = sampled_at + interval '1 s' WHERE row_key = (1::bigint << 32) + 2",
        """INSERT INTO sample (vehicle_id, device_id, row_key, sampled_at, delay_s, clock_quality)
           SELECT vehicle_id, device_id, row_key, sampled_at + interval '1 hour', 0, 3 FROM sample LIMIT 1""",
    ],
    ids=["lost", "value", "time", "twice"],
)
def test_a_row_that_is_lost_wrong_or_there_twice_is_found(
    yard: Yard, database_url: str, device: TrustingDevice, harm: str
) -> None:
    yard.send(telemetry(KEY), BATCH.payload)
    yard.conn.execute(harm)

    assert not verdict(database_url, device).is_good


def test_a_loss_is_forgiven_only_where_the_broker_died_soon_after_its_only_word(
    database_url: str, device: TrustingDevice
) -> None:
    dies: Deaths = [(100.0, 100.1)]
    for words_s, is_forgiven in [
        ([(98.0, 98.1)], True),
        ([(99.9, 100.5)], True),  # its word was still on the way when it died
        ([(90.0, 90.1)], False),
        ([(100.2, 100.3)], False),
        ([(99.0, 99.1), (101.0, 101.1)], False),
    ]:
        device.taken_s = {BATCH: words_s}
        assert verdict(database_url, device, dies).is_good == is_forgiven, words_s
    device.taken_s = {}
    assert not verdict(database_url, device, dies).is_good


def test_dead_letters_are_the_poison_and_nothing_else(yard: Yard, database_url: str, device: TrustingDevice) -> None:
    yard.send(telemetry(KEY), BATCH.payload)
    yard.send(telemetry(KEY), b"{")

    assert not verdict(database_url, device).is_good
    assert verdict(database_url, device, poison={b"{": telemetry(KEY)}).is_good
    assert not verdict(database_url, device, poison={b"{": telemetry(KEY), b"[": telemetry(KEY)}).is_good
