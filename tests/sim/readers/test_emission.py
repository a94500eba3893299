"""A day of e-mission, made up: raw positions among much else, written in one line or many, and torn."""

import json
from typing import Any

import pytest

from keitora_sim.recording import RecordingError
from keitora_sim.replay.files import loaded, recognised
from keitora_sim.replay.readers.emission import read
from keitora_sim.replay.readers.options import Options
from keitora_sim.replay.source import Source
from tests.sim.readers.reading import drive_of


def entry(second: int, key: str = "background/location", **data: Any) -> dict[str, Any]:
    found = {"ts": 1775023200.5 + second, "latitude": 36.1, "longitude": 138.0, "fmt_time": "at {noon}", **data}
    return {"data": found, "metadata": {"key": key, "time_zone": "Asia/Tokyo"}}


DAY = [
    entry(30, sensed_speed=10, altitude=0, heading=0, accuracy=12.5),
    entry(1, "background/motion_activity"),
    entry(0, sensed_speed=0),
    entry(0, latitude=None),
    "garbage",
]


@pytest.mark.parametrize("indent", [None, 4])
def test_raw_positions_are_read_however_they_are_written(indent: int | None) -> None:
    text = json.dumps(DAY, indent=indent)

    found = drive_of(read, text)

    assert recognised(text) == "e-mission"
    assert found.rows[0].values == {"lat": 36.1, "lon": 138.0, "gnss_speed_kmh": 36, "accuracy_m": 12.5}
    assert found.rows[1].values == {"lat": 36.1, "lon": 138.0}
    assert found.skipped == {
        "not a raw position (motion, state, filtered position, …)": 1,
        "position without coordinates or time": 1,
        "entry that is no object": 1,
    }


def test_positions_come_in_the_order_of_time() -> None:
    rows = loaded(Source.of_bytes("day.json", json.dumps(DAY).encode()), None, Options()).drive.rows

    assert (rows[1].sampled_at - rows[0].sampled_at).total_seconds() == 30


def test_a_file_that_breaks_off_gives_what_was_whole() -> None:
    text = json.dumps(DAY, indent=4)

    found = drive_of(read, text[: text.index("motion_activity")])

    assert len(found.rows) == 1
    assert found.skipped == {"the file breaks off or is not well-formed from some point on": 1}


def test_an_entry_without_end_does_not_fill_the_memory() -> None:
    text = json.dumps(DAY[:1])[:-1] + ', {"data": ["' + '{"a": "}"},' * 200_000

    assert drive_of(read, text).skipped == {"entry of more than a megabyte; the rest was not read": 1}


@pytest.mark.parametrize("text", ["", "{}", "[]", "hello", '[{"metadata": {"key": "background/location"}}]'])
def test_other_files_are_refused(text: str) -> None:
    with pytest.raises(RecordingError, match="not e-mission JSON"):
        drive_of(read, text)
