"""The readers on other people's real drives: every row is read, in order, and holds what it should."""

from collections import Counter
from functools import cache
from pathlib import Path

import pytest

from keitora.signals.registry import BY_COLUMN
from keitora_sim.messages import messages_of
from keitora_sim.recording import Drive
from keitora_sim.replay.files import load
from keitora_sim.replay.readers.options import Options

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
    for drive in drives(recordings, pattern, file_format):
        times = [row.sampled_at for row in drive.rows]
        assert times == sorted(times), drive.name
        assert not any("too few" in reason for reason in drive.skipped), drive.skipped
        assert sum(len(m) for m in messages_of(drive, boot=1, batch_rows=100)) > 0


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
