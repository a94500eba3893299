"""The readers on other people's real drives: every row is read, in order, and holds what it should."""

from collections import Counter
from functools import cache
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from keitora.signals.registry import BY_COLUMN
from keitora_sim.messages import messages_of
from keitora_sim.recording import Drive, RecordingError
from keitora_sim.replay.files import load, recognised
from keitora_sim.replay.readers.options import Options
from keitora_sim.replay.source import Source

pytestmark = pytest.mark.recordings


@cache
def drive_of(path: Path, file_format: str) -> Drive:
    return load(path, file_format, Options()).drive


def drives(folder: Path, pattern: str, file_format: str) -> list[Drive]:
    paths = sorted(folder.glob(pattern))
    if not paths:
        pytest.skip(f"no {pattern} in {folder}")
    return [drive_of(path, file_format) for path in paths]


@pytest.mark.parametrize(
    ("pattern", "file_format"),
    [
        ("obd_fusion_montreal/*.csv.gz", "obd-fusion"),
        ("kit_seat_leon/*.csv.gz", "kit"),
        ("ndsbr/driver_*.csv.gz", "ndsbr"),
        ("owntracks/*.rec", "owntracks"),
    ],
)
def test_every_recording_is_read_in_order_and_can_be_sent(recordings: Path, pattern: str, file_format: str) -> None:
    assert {recognised(Source.of_path(path).head()) for path in recordings.glob(pattern)} == {file_format}
    for drive in drives(recordings, pattern, file_format):
        times = [row.sampled_at for row in drive.rows]
        assert times == sorted(times), drive.name
        assert not any("too few" in reason for reason in drive.skipped), drive.skipped
        assert sum(len(m) for m in messages_of(drive, boot=1, batch_rows=100)) > 0


@pytest.mark.parametrize(
    ("pattern", "file_format", "row_count"),
    [
        ("skyledge/*.csv.gz", "python-obd", 1_176),
        ("mercedes_diesel/*.csv.gz", "python-obd", 20_525),
        ("carobd/*.csv.gz", "carobd", 1_212),
        ("bmw_i3/*.csv.gz", "bmw-i3", 20_610),
        ("teslafi/01_complete/*.csv", "teslafi", 823),
        ("teslafi/05_dst/*.csv", "teslafi", 64),
        ("phone_gps/*27.json.gz", "e-mission", 555),
    ],
)
def test_other_kinds_are_read_whole(recordings: Path, pattern: str, file_format: str, row_count: int) -> None:
    zone = ZoneInfo("America/Los_Angeles" if "01_" in pattern else "Europe/Berlin")
    paths = sorted(recordings.glob(pattern))
    if not paths:
        pytest.skip(f"no {pattern} in {recordings}")

    found = [load(path, None, Options(fleet_zone=zone)) for path in paths]

    assert {one.file_format for one in found} == {file_format}
    assert sum(len(one.drive.rows) for one in found) == row_count


def test_what_is_no_drive_is_refused(recordings: Path) -> None:
    for path in [*recordings.glob("fill_ups/*.csv"), *recordings.glob("phone_gps/*ground_truth*")]:
        with pytest.raises(RecordingError, match="shows no kind of recording that is known"):
            load(path, None, Options())


def test_obd_fusion_keeps_garbage_and_leaves_out_silence(recordings: Path) -> None:
    for drive in drives(recordings, "obd_fusion_montreal/*.csv.gz", "obd-fusion"):
        columns = Counter(column for row in drive.rows for column in row.values)
        assert columns["lat"] == columns["gnss_speed_kmh"] == len(drive.rows)
        assert not {"fuel_rate_lph", "accel_forward_ms2"} & set(columns)
        assert not any(row.values.get("map_kpa") == 0 or row.values.get("baro_kpa") == 0 for row in drive.rows)
        for column in set(columns) & set(BY_COLUMN) - {"lat", "lon", "altitude_m", "gnss_speed_kmh"}:
            assert any(row.values.get(column) for row in drive.rows), (drive.name, column)
    volt = drives(recordings, "obd_fusion_montreal/hybrid_chevrolet_volt*.csv.gz", "obd-fusion")[0]
    assert any(row.values.get("speed_kmh") == 255 for row in volt.rows)
    assert any(row.values["lat"] == 0 for row in volt.rows)


def test_kit_rows_are_un_filled_evenly(recordings: Path) -> None:
    for drive in drives(recordings, "kit_seat_leon/*.csv.gz", "kit"):
        columns = Counter(column for row in drive.rows for column in row.values)
        assert len(columns) == 10
        assert max(columns.values()) < 1.05 * min(columns.values()), columns
        assert sum(columns.values()) < 1.01 * len(drive.rows)


def test_the_three_kit_drives_of_one_day_follow_each_other(recordings: Path) -> None:
    day = sorted(drives(recordings, "kit_seat_leon/2018-02-23*.csv.gz", "kit"), key=lambda d: d.rows[0].sampled_at)

    assert [drive.name[21:25] for drive in day] == ["RT_S", "S_RT", "RT_R"]
    assert 0 < (day[2].rows[0].sampled_at - day[1].rows[-1].sampled_at).total_seconds() < 60


def test_an_ndsbr_file_holds_its_trips_one_after_the_other(recordings: Path) -> None:
    for drive in drives(recordings, "ndsbr/driver_*.csv.gz", "ndsbr"):
        gaps_s = [
            (b.sampled_at - a.sampled_at).total_seconds() for a, b in zip(drive.rows, drive.rows[1:], strict=False)
        ]
        assert sum(gap_s > 300 for gap_s in gaps_s) == 2
        assert sorted(gaps_s)[len(gaps_s) // 2] == 1
        assert all(800 < float(row.values["altitude_m"]) < 1300 for row in drive.rows)
