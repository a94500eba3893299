"""The ESP32 and ESPHome examples send what the specification asks for."""

import json
import re
import shutil
import subprocess
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import yaml

from keitora.signals.registry import BY_WIRE
from keitora_ingestor.conform.check import Checker, Heard, Severity

EXAMPLES = Path(__file__).parents[3] / "docs" / "examples"
NOW = datetime(2026, 4, 1, 11, 47, 25, tzinfo=UTC)  # 45 s after the boot of payload.cpp


@pytest.fixture(scope="module")
def spoken(tmp_path_factory: pytest.TempPathFactory) -> list[tuple[str, str]]:
    """What the payload builder says, by the topic's last level."""
    compiler = shutil.which("g++")
    if compiler is None:
        pytest.skip("g++ is not installed: the ESP32 example's payload is not compiled here")
    program = tmp_path_factory.mktemp("esp32") / "payload"
    source = Path(__file__).with_name("payload.cpp")
    options = ["-std=c++17", "-Wall", "-Wextra", "-Werror", "-I", str(EXAMPLES / "esp32")]
    subprocess.run([compiler, *options, str(source), "-o", str(program)], check=True)
    said = subprocess.run([program], check=True, capture_output=True, text=True).stdout
    return [(level, text) for level, _, text in (line.partition(" ") for line in said.splitlines())]


def messages(spoken: list[tuple[str, str]], level: str) -> list[dict[str, Any]]:
    return [json.loads(text) for said, text in spoken if said == level]


def test_what_the_payload_builder_says_conforms(spoken: list[tuple[str, str]]) -> None:
    checker = Checker("carry-1")
    for level, text in spoken:
        if level in ("t", "e", "s"):
            topic = f"kei/v1/carry-1/{level}"
            checker.take(Heard(topic=topic, payload=text.encode(), qos=1, retained=False, received_at=NOW))

    assert checker.row_count >= 45
    # The event is sent at once, before the rows that are still being gathered: seen so far, they are a gap.
    assert {one.rule for one in checker.found if one.severity is not Severity.HINT} == {"gap"}


def test_rows_without_a_clock_carry_no_time_and_do_not_mix_with_others(spoken: list[tuple[str, str]]) -> None:
    first, second, *_ = messages(spoken, "t")

    assert (first["q"], len(first["r"]), first["c"], "t" in first) == (0, 5, 0, False)
    assert (second["q"], second["c"], second["t"] - second["u"]) == (5, 3, 1_775_044_000_000)
    assert first["r"][0][1:] == [850, 13.88, None, None, 0.0, None]
    assert first["r"][4][1:] == [850, 13.88, 35.681241, 139.767125, 0.0, None]


def test_an_event_takes_a_number_between_the_rows(spoken: list[tuple[str, str]]) -> None:
    [event] = messages(spoken, "e")
    numbers = sorted({number for one in messages(spoken, "t") for number in range(one["q"], one["q"] + len(one["r"]))})

    assert event["d"] == {"text": 'gate "B"\topen'}
    assert event["q"] == 19
    assert numbers == [number for number in range(numbers[-1] + 1) if number != 19]


def test_what_is_not_answered_is_sent_again_unchanged_and_what_is_answered_is_not(
    spoken: list[tuple[str, str]],
) -> None:
    sent = messages(spoken, "t")
    again = [one for one in sent if one["q"] == 0]

    assert len(again) > 1
    assert all(one | {"un": 0} == again[0] | {"un": 0} for one in again)
    assert [one["q"] for one in sent if one["q"] == 5] == [5]


def test_a_full_queue_holds_the_newest_rows_and_a_text_that_does_not_fit_is_not_sent(
    spoken: list[tuple[str, str]],
) -> None:
    said = dict(spoken)

    assert 0 < int(said["queued"]) <= 40
    assert said["overflow"] == "0"


@pytest.mark.parametrize("name", ["keitora_payload.h", "keitora_logger.ino"])
def test_the_sketch_stays_short(name: str) -> None:
    assert len((EXAMPLES / "esp32" / name).read_text("utf-8").splitlines()) < 200


class Esphome(yaml.SafeLoader):
    """YAML as ESPHome reads it: `!lambda` and `!secret` are text here."""


for tag in ("!lambda", "!secret"):
    Esphome.add_constructor(tag, lambda _loader, node: str(node.value))


@pytest.fixture
def node() -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.load((EXAMPLES / "esphome" / "keitora.yaml").read_text("utf-8"), Esphome)
    return loaded


def test_the_esphome_node_has_birth_and_will_of_the_format(node: dict[str, Any]) -> None:
    for name, is_on in (("birth_message", True), ("will_message", False)):
        told = node["mqtt"][name]
        assert (told["topic"], told["qos"], told["retain"]) == ("kei/v1/${device}/s", 1, True)
        assert json.loads(told["payload"]) == {"v": 1, "on": is_on} | ({"hw": "esphome"} if is_on else {})


def test_the_esphome_node_sends_known_columns_of_sensors_it_has(node: dict[str, Any]) -> None:
    [publish] = [step["mqtt.publish"] for step in node["interval"][0]["then"]]
    columns = re.search(r'\\"f\\":\[(.*?)\]', publish["payload"])
    assert columns is not None
    keys = re.findall(r'\\"(\w+)\\"', columns[1])
    ids = {sensor["id"] for sensor in [*node["sensor"], *node["gps"].values()]}

    assert set(keys) <= set(BY_WIRE)
    assert set(keys) == ids
    assert (publish["qos"], publish["retain"], publish["topic"]) == (1, False, "kei/v1/${device}/t")
    assert {one["id"]: one["restore_value"] for one in node["globals"]} == {"boot": True, "number": False}
