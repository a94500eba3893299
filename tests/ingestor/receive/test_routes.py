"""Each route over a socket: what is stored, and what is answered."""

import gzip
import json
from collections.abc import Iterator

import httpx2
import pytest

from keitora.services.commands import health
from tests.ingestor.receive import messages
from tests.ingestor.receive.conftest import Farm, Receiver


@pytest.fixture
def client(receiver: Receiver) -> Iterator[httpx2.Client]:
    with httpx2.Client(base_url=receiver.url, timeout=30) as one:
        yield one


def test_native_is_answered_with_the_committed_ranges(farm: Farm, client: httpx2.Client) -> None:
    logger = farm.phone("native", "native-1")

    answer = client.post("/in/native/native-1", content=messages.native(5, 3, boot=17), auth=logger.auth)

    assert (answer.status_code, answer.json()) == (200, {"v": 1, "b": 17, "r": [[5, 7]]})
    assert farm.samples_of("native-1") == 3


def test_the_same_message_twice_is_stored_once_and_answered_twice(farm: Farm, client: httpx2.Client) -> None:
    logger = farm.phone("native", "native-2")

    answers = [client.post("/in/native/native-2", content=messages.native(), auth=logger.auth) for _ in range(2)]

    assert [answer.json()["r"] for answer in answers] == [[[0, 2]]] * 2
    assert farm.samples_of("native-2") == 3


def test_compressed_bodies_are_read_whatever_the_header_says(farm: Farm, client: httpx2.Client) -> None:
    logger = farm.phone("native", "native-3")

    for index, headers in enumerate([{}, {"Content-Encoding": "gzip"}]):
        payload = messages.native(index * 3, compress=True)
        answer = client.post("/in/native/native-3", content=payload, headers=headers, auth=logger.auth)
        assert answer.status_code == 200

    assert farm.samples_of("native-3") == 6


def test_a_message_without_rows_is_answered_without_ranges(farm: Farm, client: httpx2.Client) -> None:
    logger = farm.phone("native", "native-4")

    answer = client.post("/in/native/native-4", content=messages.native(count=0), auth=logger.auth)

    assert (answer.status_code, answer.json()["r"]) == (200, [])


def test_a_native_event_is_answered_with_its_number_and_stored_once(farm: Farm, client: httpx2.Client) -> None:
    logger = farm.phone("native", "native-5")
    event = messages.native_event(sequence=9, boot=17)

    answers = [client.post("/in/native/native-5/e", content=event, auth=logger.auth) for _ in range(2)]

    assert [(one.status_code, one.json()) for one in answers] == [(200, {"v": 1, "b": 17, "r": [[9, 9]]})] * 2
    assert farm.rows("SELECT kind, sequence FROM device_event WHERE device_id = %s", logger.device_id) == [("dtc", 9)]


def test_what_a_native_device_says_of_itself_is_kept(farm: Farm, client: httpx2.Client) -> None:
    logger = farm.phone("native", "native-6")

    answer = client.post("/in/native/native-6/s", content=b'{"v":1,"on":true,"fw":"1.4.2"}', auth=logger.auth)

    assert (answer.status_code, answer.json()) == (200, {})
    [(state,)] = farm.rows("SELECT state FROM device_seen WHERE device_id = %s", logger.device_id)
    assert state["fw"] == "1.4.2"


@pytest.mark.parametrize("part", ["/e", "/s"])
def test_events_and_states_are_the_credentials_own_devices(farm: Farm, client: httpx2.Client, part: str) -> None:
    logger = farm.phone("native", f"own{part[1]}")
    farm.phone("native", f"other{part[1]}")

    assert client.post(f"/in/native/other{part[1]}{part}", content=b"{}", auth=logger.auth).status_code == 403


@pytest.mark.parametrize(
    ("name", "payload", "status", "reason"),
    [
        ("poison-1", b"{", 422, "bad_json"),
        ("poison-2", b"", 422, "bad_json"),
        ("poison-3", messages.native().replace(b'"v":1', b'"v":2'), 422, "unknown_version"),
        ("poison-4", gzip.compress(b" " * 2_000_000), 413, "too_large"),
        ("poison-5", b"\x1f\x8bnonsense", 422, "bad_compression"),
    ],
)
def test_native_poison_is_kept_and_its_author_is_told_why(
    farm: Farm, client: httpx2.Client, name: str, payload: bytes, status: int, reason: str
) -> None:
    logger = farm.phone("native", name)

    answer = client.post(f"/in/native/{name}", content=payload, auth=logger.auth)

    assert (answer.status_code, answer.json()["reason"]) == (status, reason)
    assert answer.headers["content-type"] == "application/problem+json"
    assert farm.dead_letters(f"kei/v1/{name}/t") == [(reason, payload)]


def test_rows_with_an_impossible_time_are_safe_with_the_others_and_the_reason_is_told(
    farm: Farm, client: httpx2.Client
) -> None:
    logger = farm.phone("native", "native-5")
    body = json.loads(messages.native(count=2))
    body["r"][1][0] = 10**12

    answer = client.post("/in/native/native-5", json=body, auth=logger.auth)

    assert (answer.status_code, answer.json()["r"]) == (200, [[0, 1]])
    assert answer.headers["keitora-kept"] == "time_in_future"
    assert farm.samples_of("native-5") == 1
    assert len(farm.dead_letters("kei/v1/native-5/t")) == 1


@pytest.mark.parametrize(
    ("headers", "query"),
    [
        ({}, ""),
        ({"X-Limit-U": "ken", "X-Limit-D": "p1"}, ""),
        ({"X-Limit-U": "owntracks.ken.p1", "X-Limit-D": "p1"}, ""),
        ({}, "?u=ken&d=p1"),
    ],
)
def test_owntracks_is_who_its_credential_says(
    farm: Farm, client: httpx2.Client, headers: dict[str, str], query: str
) -> None:
    phone = farm.phone("owntracks", "ken/p1")
    before = farm.samples_of("ken/p1")

    answer = client.post(
        f"/in/owntracks{query}",
        content=messages.location(before, topic="owntracks/other/x"),
        headers=headers,
        auth=phone.auth,
    )

    assert (answer.status_code, answer.json()) == (200, [])
    assert farm.samples_of("ken/p1") == before + 1


@pytest.mark.parametrize(
    ("payload", "reason"),
    [(b"{", "bad_json"), (b"[]", "bad_shape"), (b'{"_type":"encrypted","data":"x"}', "encrypted")],
)
def test_owntracks_poison_is_kept_and_the_phone_goes_on(
    farm: Farm, client: httpx2.Client, payload: bytes, reason: str
) -> None:
    phone = farm.phone("owntracks", f"ken/{reason}")

    answer = client.post("/in/owntracks", content=payload, auth=phone.auth)

    assert (answer.status_code, answer.json(), answer.headers["keitora-kept"]) == (200, [], reason)
    assert farm.dead_letters(f"owntracks/ken/{reason}") == [(reason, payload)]


@pytest.mark.parametrize("payload", [b"", b'{"_type":"lwt"}', b'{"_type":"waypoint","lat":1,"lon":2}'])
def test_owntracks_messages_without_a_position_are_no_error(farm: Farm, client: httpx2.Client, payload: bytes) -> None:
    phone = farm.phone("owntracks", "ken/quiet")

    answer = client.post("/in/owntracks", content=payload, auth=phone.auth)

    assert (answer.status_code, answer.json()) == (200, [])
    assert farm.samples_of("ken/quiet") == 0


FIX = "lat=35.68&lon=139.76&timestamp=1775040312&speed=23&bearing=87&altitude=41&accuracy=5&batt=82&hdop=0.9"


@pytest.mark.parametrize("how", ["query", "form", "mixed", "basic"])
def test_osmand_by_query_or_form_with_key_or_basic(farm: Farm, client: httpx2.Client, how: str) -> None:
    phone = farm.phone("osmand", f"osm-{how}")
    who = httpx2.QueryParams({"id": phone.device_key, "key": phone.secret})
    form = {"Content-Type": "application/x-www-form-urlencoded"}

    for _ in range(2):
        if how == "query":
            answer = client.get(f"/in/osmand?{who}&{FIX}")
        elif how == "form":
            answer = client.post("/in/osmand/", content=f"{who}&{FIX}".encode(), headers=form)
        elif how == "mixed":
            answer = client.post(f"/in/osmand?{who}", content=FIX.encode(), headers=form)
        else:
            answer = client.post(f"/in/osmand?id={phone.device_key}&{FIX}", auth=phone.auth)
        assert (answer.status_code, answer.content) == (200, b"")

    query = (
        "SELECT gnss_speed_kmh, heading_deg, altitude_m, device_battery_pct FROM sample JOIN device USING (device_id)"
    )
    rows = farm.rows(f"{query} WHERE device_key = %s", phone.device_key)
    assert rows == [(pytest.approx(42.596, abs=1e-3), 87, 41, 82)]


def test_traccar_client_sends_json(farm: Farm, client: httpx2.Client) -> None:
    phone = farm.phone("osmand", "48241179")
    who = httpx2.QueryParams({"key": phone.secret})

    for number in (1, 2, 2):
        answer = client.post(f"/in/osmand?{who}", json=messages.sdk_location("48241179", number))
        assert answer.status_code == 200

    assert farm.samples_of("48241179") == 2


def test_osmand_poison_is_kept_without_the_password_and_the_phone_goes_on(farm: Farm, client: httpx2.Client) -> None:
    phone = farm.phone("osmand", "osm-poison")
    who = httpx2.QueryParams({"id": phone.device_key, "key": phone.secret})

    answer = client.get(f"/in/osmand?{who}&lat=1&lon=2&timestamp=yesterday")

    assert (answer.status_code, answer.headers["keitora-kept"]) == (200, "bad_shape")
    assert farm.dead_letters("osmand/osm-poison") == [("bad_shape", b"id=osm-poison&lat=1&lon=2&timestamp=yesterday")]


def test_two_devices_on_one_truck_are_two_series_of_samples(farm: Farm, client: httpx2.Client) -> None:
    dongle, phone = farm.phone("native", "pair-1"), farm.phone("owntracks", "ken/pair")

    client.post("/in/native/pair-1", content=messages.native(), auth=dongle.auth)
    client.post("/in/owntracks", content=messages.location(), auth=phone.auth)

    vehicles = "SELECT DISTINCT vehicle_id FROM sample JOIN device USING (device_id) WHERE device_key = ANY(%s)"
    assert (farm.samples_of("pair-1"), farm.samples_of("ken/pair")) == (3, 1)
    assert farm.rows(vehicles, ["pair-1", "ken/pair"]) == [(farm.vehicle_id,)]


def test_it_shows_itself_to_who_watches_over_it(
    receiver: Receiver, service_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KEITORA_DATABASE_URL", service_url)

    assert health(["receive"]) == 0


def test_what_no_route_knows_is_not_found(client: httpx2.Client) -> None:
    paths = ("/", "/docs", "/openapi.json", "/in/native/x")

    assert [client.get(path).status_code for path in paths] == [404, 404, 404, 405]
