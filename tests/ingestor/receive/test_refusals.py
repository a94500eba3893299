"""Whom the receiver does not let in, and what it does not take. Nothing of it reaches the samples."""

import base64
import re
from collections.abc import Iterator
from pathlib import Path

import httpx2
import pytest

from keitora_ingestor.receive.guard import EACH
from tests.ingestor.receive import messages
from tests.ingestor.receive.conftest import Farm, Receiver, everything_from, receiving


@pytest.fixture
def client(receiver: Receiver) -> Iterator[httpx2.Client]:
    with httpx2.Client(base_url=receiver.url, timeout=30) as one:
        yield one


@pytest.fixture(autouse=True)
def nothing_is_stored(farm: Farm) -> Iterator[None]:
    before = farm.rows("SELECT count(*) FROM sample")
    yield
    assert farm.rows("SELECT count(*) FROM sample") == before


def test_without_a_credential(farm: Farm, client: httpx2.Client) -> None:
    farm.phone("native", "carry-1")

    answers = [
        client.post("/in/native/carry-1", content=messages.native()),
        client.post("/in/owntracks?u=ken&d=phone", content=messages.location()),
        client.get("/in/osmand?id=1&lat=1&lon=2"),
        client.post("/in/osmand", content=b"\x1f\x8bnonsense"),
        client.post("/in/native/carry-1", content=messages.native(), headers={"Authorization": "Basic !"}),
        client.post("/in/native/carry-1", content=messages.native(), headers={"Authorization": "Bearer kt_x"}),
    ]

    assert [answer.status_code for answer in answers] == [401] * len(answers)
    assert answers[0].headers["www-authenticate"].startswith("Basic ")


def test_an_unknown_name_and_a_wrong_word_are_told_apart_by_nothing(farm: Farm, client: httpx2.Client) -> None:
    known = farm.phone("native", "carry-1")

    wrong = client.post("/in/native/carry-1", content=messages.native(), auth=(known.username, "wrong"))
    unknown = client.post("/in/native/carry-1", content=messages.native(), auth=("nobody\x00", "wrong"))

    assert wrong.status_code == unknown.status_code == 401
    assert wrong.content == unknown.content


def test_a_device_cannot_write_as_another(farm: Farm, client: httpx2.Client) -> None:
    one, other = farm.phone("native", "carry-1"), farm.phone("native", "hijet-2")
    phone, osmand = farm.phone("owntracks", "ken/phone"), farm.phone("osmand", "4711")
    # The same name under another format is another device.
    twin = farm.phone("osmand", "carry-3")
    farm.phone("native", "carry-3-x")

    answers = [
        client.post(f"/in/native/{other.device_key}", content=messages.native(), auth=one.auth),
        client.post("/in/native/carry-3", content=messages.native(), auth=twin.auth),
        client.post("/in/owntracks", content=messages.location(), auth=one.auth),
        client.post("/in/owntracks?u=mia&d=phone", content=messages.location(), auth=phone.auth),
        client.post("/in/owntracks", content=messages.location(), auth=phone.auth, headers={"X-Limit-D": "tablet"}),
        client.get("/in/osmand?id=4712&lat=1&lon=2", auth=osmand.auth),
        client.get("/in/osmand?id=4711&deviceid=4712&lat=1&lon=2", auth=osmand.auth),
        client.post("/in/osmand?id=4711", json=[{"id": "4712", "lat": 1, "lon": 2}], auth=osmand.auth),
        client.post("/in/osmand", json=messages.sdk_location("4712"), auth=osmand.auth),
        client.get("/in/osmand?id=4711&lat=1&lon=2", auth=phone.auth),
    ]

    assert [answer.status_code for answer in answers] == [403] * len(answers)


def test_a_key_opens_its_own_device_only(farm: Farm, client: httpx2.Client) -> None:
    mine, other = farm.phone("osmand", "4711"), farm.phone("osmand", "4713")

    answer = client.get(f"/in/osmand?{httpx2.QueryParams(id=other.device_key, key=mine.secret)}&lat=1&lon=2")

    assert answer.status_code == 401


def test_what_is_too_large_is_told_so_and_the_connection_serves_on(farm: Farm, client: httpx2.Client) -> None:
    logger = farm.phone("native", "carry-1")

    def chunks() -> Iterator[bytes]:
        yield from [b" " * 65536] * 5

    announced = client.post("/in/native/carry-1", content=b" " * 300_000, auth=logger.auth)
    unannounced = client.post("/in/native/carry-1", content=chunks(), auth=logger.auth)
    assert (announced.status_code, unannounced.status_code) == (413, 413)
    assert client.get("/healthz").status_code == 200


def test_an_endless_body_is_cut_off(farm: Farm, receiver: Receiver) -> None:
    logger = farm.phone("native", "carry-1")
    with receiver.connect() as sock:
        sock.sendall(
            b"POST /in/native/carry-1 HTTP/1.1\r\nHost: x\r\nAuthorization: "
            + basic(logger.auth)
            + b"\r\nContent-Length: 99999999999\r\n\r\n"
        )
        assert everything_from(sock).startswith(b"HTTP/1.1 413 ")


def basic(auth: tuple[str, str]) -> bytes:
    return b"Basic " + base64.b64encode(":".join(auth).encode())


def test_a_foreign_compression_is_refused(farm: Farm, client: httpx2.Client) -> None:
    logger = farm.phone("native", "carry-1")

    answer = client.post(
        "/in/native/carry-1", content=messages.native(), auth=logger.auth, headers={"Content-Encoding": "br"}
    )

    assert answer.status_code == 415


def test_wrong_tries_are_slowed_down_for_that_name_and_whoever_was_right_goes_on(
    farm: Farm, client: httpx2.Client
) -> None:
    good, other = farm.phone("owntracks", "ken/fast"), farm.phone("owntracks", "ken/slow")
    assert client.post("/in/owntracks", content=b"", auth=good.auth).status_code == 200

    tries = [client.post("/in/owntracks", content=b"", auth=(good.username, "x")) for _ in range(EACH.burst_count + 2)]

    assert [answer.status_code for answer in tries] == [401] * EACH.burst_count + [429] * 2
    assert 1 <= int(tries[-1].headers["retry-after"]) <= EACH.every_s
    assert client.post("/in/owntracks", content=b"", auth=good.auth).status_code == 200
    assert client.post("/in/owntracks", content=b"", auth=other.auth).status_code == 200


def test_a_revoked_credential_works_no_longer_than_it_is_remembered(
    farm: Farm, service_url: str, tmp_path: Path
) -> None:
    phone = farm.phone("owntracks", "ken/revoked")
    with receiving(service_url, tmp_path, receive_credential_cache_s="0") as receiver:
        receiver.wait()
        before = httpx2.post(f"{receiver.url}/in/owntracks", content=b"", auth=phone.auth)
        farm.revoke(phone)
        after = httpx2.post(f"{receiver.url}/in/owntracks", content=b"", auth=phone.auth)

    assert (before.status_code, after.status_code) == (200, 401)


def test_no_password_reaches_the_log(farm: Farm, receiver: Receiver, client: httpx2.Client) -> None:
    phone = farm.phone("osmand", "osm-log")
    who = httpx2.QueryParams({"id": phone.device_key, "key": phone.secret})
    client.get(f"/in/osmand?{who}&lat=1&lon=2&timestamp=never")
    client.get(f"/in/osmand?{who}-wrong-hunter2&lat=1&lon=2")
    client.post("/in/owntracks", content=b"", auth=("ken-x", "hunter2"))
    client.get(f"/in/native/x?{who}")

    log = receiver.log

    assert re.search(r"401 to 127\.0\.0\.1 for '/in/", log)
    assert "hunter2" not in log
    assert phone.secret not in log
    assert str(who)[-20:] not in log
