"""A device that sends too much: it is told so, and nothing that was dropped is answered with 200."""

from collections.abc import Iterator
from pathlib import Path

import httpx2
import pytest

from keitora.clock import utc_now
from keitora_ingestor.flood import Sender
from keitora_ingestor.message import Message
from keitora_ingestor.outcome import Outcome, TurnedAway
from keitora_ingestor.receive.intake import fates_of
from tests.ingestor.receive import messages
from tests.ingestor.receive.conftest import Farm, receiving


@pytest.fixture(scope="module")
def client(farm: Farm, service_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx2.Client]:
    """A receiver with room for five rows, and another one every hundred seconds."""
    folder: Path = tmp_path_factory.mktemp("flood")
    with receiving(service_url, folder, flood_burst_rows="5", flood_rows_per_s="0.01") as receiver:
        receiver.wait()
        with httpx2.Client(base_url=receiver.url, timeout=30) as one:
            yield one


def test_too_many_rows_are_told_when_to_come_again_and_are_not_stored(farm: Farm, client: httpx2.Client) -> None:
    wild, calm = farm.phone("native", "wild-1"), farm.phone("native", "calm-1")

    first, second = (client.post("/in/native/wild-1", content=messages.native(n, 3), auth=wild.auth) for n in (0, 3))
    other = client.post("/in/native/calm-1", content=messages.native(0, 3), auth=calm.auth)

    assert (first.status_code, second.status_code, other.status_code) == (200, 429, 200)
    assert 50 < int(second.headers["retry-after"]) <= 100  # one row is missing
    assert second.headers["content-type"] == "application/problem+json"
    assert farm.samples_of("wild-1") == 3
    assert farm.rows("SELECT flooded_count FROM device_seen WHERE device_id = %s", wild.device_id) == [(1,)]


def test_phones_are_told_as_well(farm: Farm, client: httpx2.Client) -> None:
    phone, tracker = farm.phone("owntracks", "ken/wild"), farm.phone("osmand", "4711")

    by_owntracks = [
        client.post("/in/owntracks", content=messages.location(n), auth=phone.auth).status_code for n in range(6)
    ]
    by_osmand = [
        client.get(f"/in/osmand?id=4711&lat=1&lon=2&timestamp={1_775_040_000 + n}", auth=tracker.auth).status_code
        for n in range(6)
    ]

    assert by_owntracks == by_osmand == [200] * 5 + [503]  # an iPhone throws away what is answered 4xx
    assert farm.samples_of("ken/wild") == farm.samples_of("4711") == 5


def test_poison_that_is_not_kept_any_more_is_not_said_to_be(farm: Farm, client: httpx2.Client) -> None:
    phone = farm.phone("owntracks", "ken/poison")

    answers = [client.post("/in/owntracks", content=f"{{{n}", auth=phone.auth) for n in range(2)]

    assert [answer.status_code for answer in answers] == [200, 503]
    assert [answer.headers.get("keitora-kept") for answer in answers] == ["bad_json", None]
    assert farm.dead_letters("owntracks/ken/poison") == [("bad_json", b"{0")]


def test_each_message_of_a_batch_is_told_its_own_fate() -> None:
    one, other = (Message("t", b"x", utc_now(), mid=0, qos=0, generation=0) for _ in range(2))

    fates = fates_of([one, other], Outcome(turned_away=[TurnedAway(other, Sender(1, "native", "a"), 7.5)]))

    assert [fate.wait_s for fate in fates] == [None, 7.5]
