"""Files of the OwnTracks recorder, and the fixes sent from them."""

import json
from datetime import UTC, datetime

import pytest

from keitora_sim.phone import fixes
from keitora_sim.recording import RecordingError
from keitora_sim.replay.readers.owntracks_rec import read
from tests.sim.readers.reading import drive_of

LINES = (
    '2026-04-01T06:00:05Z\t*                 \t{"_type":"location","tst":1775023200,"lat":36.1,"lon":138.0,'
    '"acc":9,"vel":-1,"cog":-1,"batt":80,"alt":760}\n'
    '2026-04-01T06:00:06Z\t-                 \t{"_type":"lwt","tst":"1775023100"}\n'
    '2026-04-01T06:00:15Z\t*  \t{"_type":"location","tst":"1775023210","lat":36.2,"lon":138.1,"vel":43}\n'
    '2026-04-01T06:00:16Z\t*                 \t{"_type":"loc'
)


def test_fixes_are_read_with_their_time_as_number_or_text() -> None:
    drive = drive_of(read, LINES)

    assert [row.sampled_at for row in drive.rows] == [
        datetime(2026, 4, 1, 6, 0, 0, tzinfo=UTC),
        datetime(2026, 4, 1, 6, 0, 10, tzinfo=UTC),
    ]
    assert drive.rows[1].values == {"lat": 36.2, "lon": 138.1, "gnss_speed_kmh": 43}
    assert drive.skipped == {"not a location (presence, waypoint, …)": 1, "line without whole JSON": 1}


def test_fixes_go_out_as_the_app_sends_them() -> None:
    messages = fixes(drive_of(read, LINES).rows)

    assert json.loads(messages[0].payload) == {
        "_type": "location",
        "tid": "ks",
        "tst": 1775023200,
        "lat": 36.1,
        "lon": 138.0,
        "alt": 760,
        "acc": 9,
        "vel": -1,
        "cog": -1,
        "batt": 80,
    }


def test_another_file_is_refused() -> None:
    with pytest.raises(RecordingError, match="not an OwnTracks"):
        drive_of(read, "hello\n")
