"""Bad input over the real broker: each message ends somewhere with a reason, and the stream goes on."""

import gzip
import json
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import paho.mqtt.publish
import pytest

from keitora.local.testing import TemporaryBroker, temporary_broker
from keitora_ingestor.commands import dead_letters
from tests.ingestor.conftest import Yard
from tests.system.stack import service, wait_for_ingestor, wait_until

T = "kei/v1/carry-1/t"
AT_MS = 1_775_040_312_000


def batch(**changes: Any) -> bytes:
    header: dict[str, Any] = {
        "v": 1, "b": 1, "q": 0, "t": AT_MS, "u": 0, "un": 0, "c": 3, "f": ["spd"], "r": [[0, 42]],
    }  # fmt: skip
    return json.dumps(header | changes).encode()


BAD: dict[str, tuple[str, bytes]] = {
    "bad_json": (T, b"{malformed"),
    "unknown_version": (T, batch(v=7)),
    "too_large": (T, b'{"v":1}' + b" " * 10 * 2**20),
    "too_large (bomb)": (T, gzip.compress(b" " * 2**28)),
    "time_too_early": (T, batch(t=1000, q=10)),
    "time_in_future": (T, batch(t=4_076_000_000_000, q=11)),
    "unknown_device": ("kei/v1/nobody-knows-me/t", batch()),
    "bad_device_key": ("kei/v1/NOT A KEY/t", batch()),
    "bad_shape": ("kei/v1/carry-1/e", b'{"v":1,"ev":"boot"}'),
}


@pytest.mark.slow
def test_bad_messages_are_kept_with_a_reason_and_good_ones_before_and_after_are_stored(
    yard: Yard, database_url: str, broker: TemporaryBroker, tmp_path: Path
) -> None:
    good = [(T, batch(q=100 + i, t=AT_MS + 1000 * i)) for i in range(len(BAD) + 1)]
    nan = (T, batch(q=900, t=AT_MS + 900_000, r=[[0, float("nan")]]))
    stream = [good[0]]
    for bad, after in zip(BAD.values(), good[1:], strict=True):
        stream += [bad, after]

    with service("ingest", database_url, broker, tmp_path) as ingestor:
        wait_for_ingestor(database_url)
        publish(broker, [*stream, nan])
        wait_until(lambda: count(yard, "sample") == len(good) + 1, "the good samples are stored")
        wait_until(lambda: count(yard, "dead_letter") == len(BAD), "the bad messages are kept")
        assert ingestor.stop() == 0
        assert "Traceback" not in ingestor.log

    kept = yard.rows("SELECT reason, topic, payload FROM dead_letter")
    assert sorted(kept) == sorted((name.split(" ")[0], *message) for name, message in BAD.items())
    assert yard.rows("SELECT extra FROM sample WHERE speed_kmh IS NULL") == [({"refused": {"speed_kmh": "nan"}},)]


@pytest.mark.slow
def test_a_dead_letter_is_stored_after_its_device_is_registered_and_it_is_replayed(
    yard: Yard, monkeypatch: pytest.MonkeyPatch, database_url: str
) -> None:
    yard.send("kei/v1/new-truck/t", batch())
    yard.device("new-truck")
    monkeypatch.setenv("KEITORA_DATABASE_URL", database_url)

    assert dead_letters(["replay", "--reason", "unknown_device"]) == 0
    assert (count(yard, "sample"), count(yard, "dead_letter")) == (1, 0)


@pytest.mark.slow
def test_values_retained_before_the_ingestor_came_are_no_samples(yard: Yard, database_url: str, tmp_path: Path) -> None:
    with temporary_broker() as broker:  # one where no session of the ingestor waits yet
        publish(broker, [(T, batch(q=1))], retain=True)
        with service("ingest", database_url, broker, tmp_path):
            wait_for_ingestor(database_url)
            publish(broker, [(T, batch(q=2, t=AT_MS + 1000))])
            wait_until(lambda: count(yard, "sample") >= 1, "the live sample is stored")

    assert yard.rows("SELECT row_key & 4294967295 FROM sample") == [(2,)]


def count(yard: Yard, table: str) -> int:
    [(number,)] = yard.rows(f"SELECT count(*) FROM {table}")
    return int(number)


def publish(broker: TemporaryBroker, messages: list[tuple[str, bytes]], *, retain: bool = False) -> None:
    address = urlsplit(broker.url)
    paho.mqtt.publish.multiple(
        [{"topic": topic, "payload": payload, "qos": 1, "retain": retain} for topic, payload in messages],
        hostname=address.hostname or "",
        port=address.port or 1883,
        auth={"username": address.username or "", "password": address.password or ""},
    )
