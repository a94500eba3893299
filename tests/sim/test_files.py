"""From a file to a recording: compression, names in errors, and the boot number."""

import gzip
from pathlib import Path

import pytest

from keitora_sim.recording import RecordingError
from keitora_sim.replay.files import load
from keitora_sim.replay.readers.options import Options
from keitora_sim.replay.source import Source
from tests.sim.readers.test_gpx import TRACK


def test_a_packed_file_is_the_same_recording(tmp_path: Path) -> None:
    plain, packed = tmp_path / "a.gpx", tmp_path / "b.gpx"
    plain.write_bytes(TRACK.encode())
    packed.write_bytes(gzip.compress(TRACK.encode()))

    one, other = load(plain, None, Options()), load(packed, None, Options())

    assert tuple(one.drive.rows) == tuple(other.drive.rows)
    assert one.boot == other.boot
    assert Source.of_bytes("c.gpx", TRACK.encode() + b" ").boot() != one.boot


def test_a_packed_file_that_breaks_off_gives_what_was_there(tmp_path: Path) -> None:
    lines = "".join(
        f"<trkpt lat='36.{n:04}' lon='138'><time>2026-04-01T06:{n // 60:02}:{n % 60:02}Z</time></trkpt>"
        for n in range(900)
    )
    path = tmp_path / "a.gpx.gz"
    path.write_bytes(gzip.compress(f"<gpx>{lines}</gpx>".encode())[:-400])

    drive = load(path, "gpx", Options()).drive

    assert 100 < len(drive.rows) < 900
    assert drive.skipped["the compressed file breaks off"] == 1


def test_several_packed_pieces_are_one_file() -> None:
    source = Source.of_bytes("log.gz", gzip.compress(b"one ") + gzip.compress(b"two") + b"\x00")

    assert list(source.lines()) == ["one two"]
    assert source.is_whole


def test_errors_name_the_file(tmp_path: Path) -> None:
    empty = tmp_path / "empty.gpx"
    empty.write_bytes(b"<gpx></gpx>")

    with pytest.raises(RecordingError, match=r"empty\.gpx: no row could be read"):
        load(empty, "gpx", Options())
    with pytest.raises(RecordingError, match=r"gone\.gpx: No such file"):
        load(tmp_path / "gone.gpx", "gpx", Options())
