"""What the checker finds in a device's messages."""

import gzip
import json
from datetime import UTC, datetime
from typing import Any

import pytest

from keitora_ingestor.conform.check import Checker, Heard, Severity

NOW = datetime(2026, 4, 1, 12, 0, tzinfo=UTC)
NOW_MS = round(NOW.timestamp() * 1000)


def heard(*, qos: int = 1, retained: bool = False, topic: str = "kei/v1/carry-1/t", **changes: Any) -> Heard:
    body: dict[str, Any] = {
        "v": 1, "b": 5, "q": 0, "t": NOW_MS - 1000, "u": 9000, "un": 10_000, "c": 3, "f": ["spd", "rpm"],
        "r": [[0, 30, 2000], [500, 31, None]],
    }  # fmt: skip
    payload = json.dumps(body | changes).encode()
    return Heard(topic=topic, payload=payload, qos=qos, retained=retained, received_at=NOW)


def rules(*messages: Heard) -> list[str]:
    checker = Checker("carry-1")
    return [finding.rule for message in messages for finding in checker.take(message)]


def test_a_device_that_keeps_to_the_format_has_no_finding() -> None:
    assert rules(heard(), heard(q=2), heard(b=6, q=0)) == []


def test_the_same_message_again_is_no_finding() -> None:
    assert rules(heard(), heard(), heard(q=2)) == []


@pytest.mark.parametrize(
    ("message", "rule"),
    [
        (heard(retained=True), "retained"),
        (heard(qos=0), "qos"),
        (heard(n="x" * 60, f=["spd"], r=[[i, 1] for i in range(900)]), "size"),
        (heard(f=["spd"], r=[[i, 1] for i in range(100)]), "compression"),
        (heard(v=2), "unknown_version"),
        (heard(r=[[0, 1]]), "bad_shape"),
        (heard(f=["spd", "turbo"]), "unknown_keys"),
        (heard(r=[[0, 255, 2000]]), "refused"),
        (heard(r=[]), "empty"),
        (heard(r=[[500, 1, 1], [0, 1, 1]]), "order"),
        (heard(un=8000), "uptime"),
        (heard(t=NOW_MS + 60_000), "clock_ahead"),
        (heard(t=NOW_MS - 3_600_000), "clock_behind"),
        (heard(c=0, t=None), "clock"),
        (heard(r=[[0, None, None]]), "all_null"),
        (heard(topic="kei/v1/carry-1/telemetry"), "topic"),
    ],
)
def test_each_fault_is_named(message: Heard, rule: str) -> None:
    assert rule in rules(message)


def test_missing_rows_a_number_used_twice_and_a_falling_boot_are_named() -> None:
    assert rules(heard(), heard(q=5)) == ["gap"]
    assert rules(heard(), heard(q=1)) == ["overlap"]
    assert rules(heard(b=5), heard(b=4)) == ["boot"]


def test_a_compressed_message_is_read_and_needs_no_hint() -> None:
    plain = heard(f=["spd"], r=[[i, 1] for i in range(100)])
    packed = Heard(topic=plain.topic, payload=gzip.compress(plain.payload), qos=1, retained=False, received_at=NOW)

    assert rules(packed) == []


def test_silence_and_a_missing_birth_are_told_at_the_end() -> None:
    checker = Checker("carry-1")
    assert [(one.severity, one.rule) for one in checker.conclude()] == [
        (Severity.ERROR, "silence"),
        (Severity.HINT, "birth"),
    ]

    checker = Checker("carry-1")
    checker.take(heard())
    checker.take(heard(topic="kei/v1/carry-1/s"))
    assert checker.conclude() == []


def told(*, qos: int = 1, retained: bool = False, **changes: Any) -> Heard:
    body: dict[str, Any] = {
        "v": 1, "b": 5, "q": 2, "t": NOW_MS - 1000, "u": 9000, "un": 9000, "c": 3, "ev": "dtc", "d": {"set": ["P0171"]},
    }  # fmt: skip
    payload = json.dumps(body | changes).encode()
    return Heard(topic="kei/v1/carry-1/e", payload=payload, qos=qos, retained=retained, received_at=NOW)


def test_an_event_takes_its_number_from_the_count_of_the_rows() -> None:
    assert rules(heard(), told(), heard(q=3)) == []
    assert rules(heard(), told(), heard(q=2)) == ["overlap"]
    assert rules(heard(), told(q=7)) == ["gap"]


@pytest.mark.parametrize(
    ("message", "rule"),
    [
        (told(retained=True), "retained"),
        (told(qos=0), "qos"),
        (told(ev="Crash!"), "bad_shape"),
        (told(ev="crane_up"), "unknown_kind"),
        (told(d={"set": "P0171"}), "detail"),
        (told(un=8000), "uptime"),
        (told(t=NOW_MS + 60_000), "clock_ahead"),
    ],
)
def test_each_fault_of_an_event_is_named(message: Heard, rule: str) -> None:
    assert rule in rules(message)


def test_a_state_that_says_not_whether_the_device_is_there_is_an_error() -> None:
    state = Heard(topic="kei/v1/carry-1/s", payload=b'{"v":1}', qos=1, retained=False, received_at=NOW)

    assert rules(state) == ["bad_shape"]
