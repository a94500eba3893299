"""GPX: tracks of both versions, torn files, and files that try something."""

from datetime import UTC, datetime

import pytest

from keitora_sim.recording import RecordingError
from keitora_sim.replay.files import loaded
from keitora_sim.replay.readers.gpx import read
from keitora_sim.replay.readers.options import Options
from keitora_sim.replay.source import Source
from tests.sim.readers.reading import drive_of

TRACK = """<?xml version="1.0"?>
<gpx version="1.1" xmlns="http://www.topografix.com/GPX/1/1" xmlns:x="http://example.org/x"><trk><trkseg>
<trkpt lat="36.1" lon="138.0"><ele>760</ele><time>2026-04-01T06:00:02Z</time>
 <extensions><x:TrackPointExtension><x:speed>10</x:speed><x:course>90</x:course></x:TrackPointExtension></extensions>
</trkpt>
<trkpt lat="36.0" lon="138.0"><time>2026-04-01T15:00:01.5+09:00</time><sat>7</sat></trkpt>
<trkpt lat="36.2" lon="138.0"></trkpt>
</trkseg></trk></gpx>"""


def test_points_come_in_time_order_with_what_they_have() -> None:
    drive = loaded(Source.of_bytes("a.gpx", TRACK.encode()), None, Options()).drive

    assert [row.sampled_at for row in drive.rows] == [
        datetime(2026, 4, 1, 6, 0, 1, 500_000, tzinfo=UTC),
        datetime(2026, 4, 1, 6, 0, 2, tzinfo=UTC),
    ]
    assert drive.rows[0].values == {"lat": 36.0, "lon": 138.0, "satellite_count": 7}
    assert drive.rows[1].values == {
        "lat": 36.1,
        "lon": 138.0,
        "altitude_m": 760,
        "gnss_speed_kmh": 36.0,
        "heading_deg": 90,
    }
    assert drive.skipped == {"track point without time or position": 1}


def test_a_file_that_breaks_off_gives_what_was_whole() -> None:
    drive = drive_of(read, TRACK[: TRACK.index("<sat>")])

    assert len(drive.rows) == 1
    assert drive.skipped == {"the file breaks off or is not well-formed from some point on": 1}


def test_entities_are_refused() -> None:
    bomb = b'<?xml version="1.0"?><!DOCTYPE gpx [<!ENTITY a "aaaa">]><gpx>&a;</gpx>'

    with pytest.raises(RecordingError, match="entities"):
        drive_of(read, bomb)


@pytest.mark.parametrize("content", [b"", b"hello", b"<kml></kml>"])
def test_other_files_are_refused(content: bytes) -> None:
    with pytest.raises(RecordingError, match="not a GPX"):
        drive_of(read, content)
