"""The receiver's parts by themselves: patience, the line, who a request says it is, the log."""

import asyncio
import base64
import logging
from datetime import UTC, datetime
from threading import Timer
from time import monotonic

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import SecretStr, ValidationError

from keitora_ingestor.decode.bounds import Bounds
from keitora_ingestor.message import Message
from keitora_ingestor.receive import answers
from keitora_ingestor.receive.guard import Login, basic_login
from keitora_ingestor.receive.line import Fate, Line, Waiting
from keitora_ingestor.receive.osmand_request import OsmandRequest
from keitora_ingestor.receive.refusals import RefusalLog
from keitora_ingestor.receive.settings import ReceiveSettings
from keitora_ingestor.receive.throttle import Allowance, Throttle


def test_after_a_burst_there_is_one_try_every_so_often() -> None:
    throttle = Throttle(Allowance(burst_count=3, every_s=10))
    for _ in range(3):
        assert throttle.wait_s("a", 100) == 0
        throttle.failed("a", 100)

    assert throttle.wait_s("a", 100) == 10
    assert throttle.wait_s("a", 104) == pytest.approx(6)
    assert throttle.wait_s("a", 110) == 0
    assert throttle.wait_s("b", 100) == 0
    throttle.failed("a", 110)
    assert throttle.wait_s("a", 110) == 10


def test_a_forgiven_try_was_none() -> None:
    throttle = Throttle(Allowance(burst_count=1, every_s=10))
    throttle.failed("a", 0)
    throttle.forgive("a")
    throttle.forgive("a")
    throttle.forgive("unknown")

    assert throttle.wait_s("a", 0) == 0
    throttle.failed("a", 0)
    assert throttle.wait_s("a", 0) == 10


def test_what_is_remembered_of_strangers_is_bounded() -> None:
    throttle = Throttle(Allowance(burst_count=1, every_s=10), remembered=100)
    for number in range(1000):
        throttle.failed(str(number), 0)

    assert [throttle.wait_s(name, 0) for name in ("899", "900", "999")] == [0, 10, 10]


def waiting(payload: bytes = b"x") -> Waiting:
    message = Message("t", payload, datetime(2026, 4, 1, tzinfo=UTC), mid=0, qos=0, generation=0)
    return Waiting(message, asyncio.Future(loop=_LOOP))


_LOOP = asyncio.new_event_loop()


@pytest.fixture(scope="module", autouse=True)
def _closed_loop() -> object:
    yield
    _LOOP.close()


def test_the_line_is_bounded_by_messages_and_by_bytes() -> None:
    few, small = Line(most_messages=2, most_bytes=1000), Line(most_messages=1000, most_bytes=10)

    assert [few.put(waiting()) for _ in range(3)] == [True, True, False]
    assert [small.put(waiting(b"123456")) for _ in range(2)] == [True, False]
    assert len(small.empty()) == 1
    assert small.put(waiting(b"one message alone always has room"))


def test_the_line_waits_for_company_and_hands_out_in_order() -> None:
    line, ones = Line(most_messages=10, most_bytes=1000), [waiting() for _ in range(3)]
    line.put(ones[0])
    timers = [Timer(0.05, line.put, [one]) for one in ones[1:]]
    for timer in timers:
        timer.start()
        timer.join()

    assert line.take(limit=2, wait_s=5, gather_s=5) == ones[:2]
    assert line.take(limit=2, wait_s=5, gather_s=0.01) == ones[2:]
    began = monotonic()
    assert line.take(limit=2, wait_s=0.05, gather_s=5) == []
    assert monotonic() - began < 2


@pytest.mark.parametrize(
    ("header", "login"),
    [
        ("Basic " + base64.b64encode(b"ken:wo:rd").decode(), Login("ken", "wo:rd")),
        ("basic " + base64.b64encode("軽:トラ".encode()).decode(), Login("軽", "トラ")),
        ("Basic " + base64.b64encode(b"ken").decode(), None),
        ("Basic " + base64.b64encode(b"\xff:\xff").decode(), None),
        ("Basic ####", None),
        ("Bearer x", None),
        ("", None),
        (None, None),
    ],
)
def test_basic_authentication(header: str | None, login: Login | None) -> None:
    assert basic_login(header) == login


def test_a_form_shows_device_and_password_and_the_message_is_the_rest() -> None:
    said = OsmandRequest.read("id=4711&key=w%C3%B6rd", b"lat=1&lon=2", Bounds())

    assert said.login() == Login("4711", "wörd", "osmand")
    assert said.payload == b"id=4711&lat=1&lon=2"


@pytest.mark.parametrize("query", ["", "id=4711", "key=w", "id=1&deviceid=2&key=w", "a=1&" * 200])
def test_a_form_without_one_name_and_a_key_is_no_login(query: str) -> None:
    assert OsmandRequest.read(query, b"", Bounds()).login() is None


@given(key=st.text(min_size=1), body=st.binary())
def test_the_key_is_never_part_of_a_forms_message(key: str, body: bytes) -> None:
    said = OsmandRequest.read("id=1", b"key=hunter2&" + body.lstrip(b"{[ \t\r\n"), Bounds())

    assert b"hunter2" not in said.payload


@given(query=st.text(), body=st.binary() | st.builds(lambda text: text.encode(), st.text()))
def test_any_request_can_be_read(query: str, body: bytes) -> None:
    OsmandRequest.read(query, body, Bounds())


def test_a_phone_is_never_told_to_send_poison_again() -> None:
    kept = Fate("bad_json", "why", is_whole=True)

    for answer in (answers.owntracks(kept), answers.osmand(kept)):
        assert (answer.status_code, answer.headers["keitora-kept"]) == (200, "bad_json")
    with pytest.raises(answers.Refusal) as caught:
        answers.native(kept)
    assert caught.value.status == 422


def test_the_log_tells_of_refusals_once_a_minute_each(caplog: pytest.LogCaptureFixture) -> None:
    refusals = RefusalLog()
    with caplog.at_level(logging.WARNING):
        for at_s in (0.0, 1.0, 2.0, 70.0):
            refusals.note(status=401, address="10.0.0.1", path="/in\n/x", detail="why", now_s=at_s)
        refusals.note(status=401, address="10.0.0.2", path="/in", detail="why", now_s=70.0)

    assert caplog.messages == [
        r"401 to 10.0.0.1 for '/in\n/x': why",
        r"401 to 10.0.0.1 for '/in\n/x': why (2 more since the last line)",
        "401 to 10.0.0.2 for '/in': why",
    ]


def test_certificate_and_key_go_together() -> None:
    with pytest.raises(ValidationError, match="together"):
        ReceiveSettings(database_url=SecretStr("postgresql://x@y/z"), receive_tls_cert_file="/cert.pem")
