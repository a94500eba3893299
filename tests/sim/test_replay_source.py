"""Long, packed and torn files: read a piece at a time, kept a block at a time."""

import contextlib
import gzip
import sys
import tracemalloc
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keitora_sim.recording import Row
from keitora_sim.replay.files import load
from keitora_sim.replay.readers.options import Options
from keitora_sim.replay.rows import StoredRows, span
from keitora_sim.replay.source import Source

START = datetime(2026, 4, 1, 6, tzinfo=UTC)
KINDS = {
    "python-obd": "timestamp,RPM,SPEED\n",
    "obd-fusion": "Time,Engine RPM (RPM),Vehicle speed (km/h)\n",
    "gpx": "<gpx><trk><trkseg>\n",
}


def line(kind: str, second: int) -> str:
    at = START + timedelta(seconds=second)
    if kind == "gpx":
        return f"<trkpt lat='36.{second % 1000:03}' lon='138'><time>{at.isoformat()}</time></trkpt>\n"
    clock = at.strftime("%m/%d/%Y %H:%M:%S.000") if kind == "obd-fusion" else at.isoformat()
    return f"{clock},{800 + second % 7},{second % 60}\n"


@pytest.mark.parametrize("kind", KINDS)
def test_ten_times_the_rows_take_no_more_memory(kind: str, tmp_path: Path) -> None:
    load(written(tmp_path, kind, 10), None, Options())  # what is imported on first use is not counted
    few, many = (peak_bytes(written(tmp_path, kind, rows)) for rows in (1_000, 10_000))

    assert many < few + 1_500_000  # the first megabyte of rows is kept without a file


def written(folder: Path, kind: str, rows: int) -> Path:
    path = folder / f"{rows}.gz"
    with gzip.open(path, "wt", compresslevel=1) as file:
        file.write(KINDS[kind])
        file.writelines(line(kind, second) for second in range(rows))
    return path


def peak_bytes(path: Path) -> int:
    tracemalloc.start()
    try:
        recording = load(path, None, Options())
        assert len(recording.drive.rows) == int(path.stem)
        assert span(recording.drive.rows)[1] == START + timedelta(seconds=int(path.stem) - 1)
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


@given(st.lists(st.tuples(st.datetimes(timezones=st.just(UTC)), st.floats(allow_nan=False)), max_size=40))
def test_rows_come_back_as_they_were(found: list[tuple[datetime, float]]) -> None:
    rows = [Row(at, {"speed_kmh": value, "mil_on": value > 0}) for at, value in found]

    kept = StoredRows(iter(rows))

    assert list(kept) == rows
    assert kept.is_ordered == (rows == sorted(rows, key=lambda row: row.sampled_at))
    assert kept.columns == ({"speed_kmh", "mil_on"} if rows else set())


def test_any_row_can_be_asked_for() -> None:
    rows = [Row(START + timedelta(seconds=n), {"speed_kmh": n}) for n in range(2500)]
    kept = StoredRows(rows)

    assert (kept[0], kept[-1], kept[1000]) == (rows[0], rows[-1], rows[1000])
    assert kept[990:1010] == tuple(rows[990:1010])
    with pytest.raises(IndexError):
        kept[2500]


def test_several_threads_may_read_the_same_rows() -> None:
    rows = [Row(START + timedelta(seconds=n), {"speed_kmh": n}) for n in range(20_000)]
    kept = StoredRows(rows)

    def look(seed: int) -> bool:
        return all(kept[place] == rows[place] for place in Random(seed).choices(range(len(rows)), k=60))

    usual_s = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)  # threads take turns at every step
    with contextlib.ExitStack() as after, ThreadPoolExecutor(4) as readers:
        after.callback(sys.setswitchinterval, usual_s)
        assert all(readers.map(look, range(8)))


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_marks_at_the_beginning_of_a_text_are_understood(encoding: str) -> None:
    source = Source.of_bytes("a.csv", "Zeit;°C\r\n1;2\r\n".encode(encoding))

    assert list(source.lines()) == ["Zeit;°C", "1;2"]
    assert source.head().startswith("Zeit;°C")


def test_a_line_without_end_comes_in_pieces() -> None:
    pieces = list(Source.of_bytes("a.csv", b"x" * 2_500_000).lines())

    assert [len(piece) for piece in pieces] == [1 << 20, 1 << 20, 2_500_000 - (2 << 20)]


@given(cut=st.integers(60, 700))
def test_a_packed_file_cut_anywhere_gives_its_beginning(cut: int) -> None:
    text = "".join(f"{n * 7919 % 1000}\n" for n in range(300))
    packed = gzip.compress(text.encode())
    source = Source.of_bytes("a.gz", packed[:cut])

    found = b"".join(source.chunks()).decode()

    assert text.startswith(found)
    assert source.is_whole == (cut >= len(packed))


@pytest.mark.parametrize("spare", range(4))
def test_packed_members_are_read_on_wherever_a_piece_of_the_file_ends(spare: int) -> None:
    name_bytes = 65_536 - spare - len(member("one\n", b""))  # the second member begins as the first piece ends

    source = Source.of_bytes("a.gz", member("one\n", b"n" * name_bytes) + member("two\n", b""))

    assert (list(source.lines()), source.is_whole) == (["one", "two"], True)


def member(text: str, name: bytes) -> bytes:
    """Return text packed as one member of a file, which names a file as `gzip` does."""
    packed = gzip.compress(text.encode(), mtime=0)
    return packed[:3] + b"\x08" + packed[4:10] + name + b"\0" + packed[10:]
