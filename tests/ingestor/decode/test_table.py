"""Which decoder reads which topic, and whether the broker lets loggers send there."""

from pathlib import Path

import pytest

from keitora.wire.topics import LOGGER_FILTERS
from keitora_ingestor.decode.table import BUILT_IN, FORMATS, Format

SUBSCRIBED = [wire_format for wire_format in FORMATS if wire_format.is_subscribed]


def covers(wider: str, narrower: str) -> bool:
    """Tell whether a filter covers another: level by level, `+` any one, `#` all that follow."""
    wide, narrow = wider.split("/"), narrower.split("/")
    for index, level in enumerate(wide):
        if level == "#":
            return True
        if index >= len(narrow) or narrow[index] == "#" or level not in ("+", narrow[index]):
            return False
    return len(wide) == len(narrow)


@pytest.mark.parametrize("wire_format", SUBSCRIBED, ids=lambda wire_format: wire_format.topic_filter)
def test_loggers_may_publish_what_is_read(wire_format: Format) -> None:
    assert any(covers(allowed, wire_format.topic_filter) for allowed in LOGGER_FILTERS)


@pytest.mark.parametrize("allowed", LOGGER_FILTERS)
def test_what_loggers_may_publish_is_read(allowed: str) -> None:
    assert any(covers(allowed, wire_format.topic_filter) for wire_format in SUBSCRIBED)


@pytest.mark.parametrize(
    ("topic_filter", "topic", "matches"),
    [
        ("kei/v1/+/t", "kei/v1/carry-1/t", True),
        ("kei/v1/+/t", "kei/v1/carry-1/t/x", False),
        ("wican/+/#", "wican/a1/can/rx", True),
        ("wican/+/#", "wican/a1", True),
        ("wican/+/#", "wican", False),
        ("obd2mqtt/#", "obd2mqtt/x", True),
        ("sensor-logger", "sensor-logger", True),
        ("sensor-logger", "sensor-logger/x", False),
    ],
)
def test_a_filter_matches_as_the_broker_would(topic_filter: str, topic: str, matches: bool) -> None:
    assert Format(topic_filter, FORMATS[0].decoder).matches(tuple(topic.split("/"))) is matches


def test_what_comes_by_http_only_is_not_asked_of_the_broker() -> None:
    assert "osmand/+" not in BUILT_IN.topic_filters


def test_every_source_has_a_page_of_documentation() -> None:
    pages = {page.stem for page in (Path(__file__).parents[3] / "docs" / "reference").glob("*.md")}
    assert {
        "native-v1",
        "owntracks",
        "wican",
        "ovms",
        "obd2-mqtt",
        "traccar",
        "teltonika",
        "sensor-logger",
        "http-ingest",
    } <= pages
