"""Replays at any speed, at any time: the way from the file to the stored rows, for each kind of file."""

import os
import signal
import subprocess
import sys
import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psycopg
import pytest

from keitora.clock import utc_now
from keitora.errors import KeitoraError
from keitora.fleets.queries import create_fleet
from keitora.local.testing import TemporaryBroker
from keitora_sim.commands import replay
from keitora_sim.recording import Drive, RecordingError, Row
from keitora_sim.replay.files import Recording, load, loaded
from keitora_sim.replay.readers.mapping import parse_mapping
from keitora_sim.replay.readers.options import Options
from keitora_sim.replay.rows import span
from keitora_sim.replay.shift import begun, ended, require_clock
from keitora_sim.replay.source import Source
from keitora_sim.replay.target import energy_of
from tests.system.stack import service, wait_for_ingestor, wait_until

TRACK = (
    '<gpx version="1.1"><trk><trkseg>'
    + "".join(
        f'<trkpt lat="35.{5000 + 2 * second}" lon="138.5"><time>2015-04-01T06:00:{second:02d}Z</time></trkpt>'
        for second in range(20)
    )
    + "</trkseg></trk></gpx>"
)
CSV = "Date;Time;Speed [m/s]\n" + "".join(f"01.04.2015;15:00:{second:02d};{second},5\n" for second in range(20))
MAPPING = """
delimiter = ";"
decimal = ","
[time]
column = ["Date", "Time"]
format = "%d.%m.%Y %H:%M:%S"
zone = "Asia/Tokyo"
[columns."Speed [m/s]"]
signal = "speed_kmh"
scale = 3.6
"""
REC = "".join(
    f"2015-04-01T06:00:{second:02d}Z\t*                 \t"
    f'{{"_type":"location","lat":35.{5000 + 2 * second},"lon":138.5,"tst":{1427868000 + second}}}\n'
    for second in range(20)
)


@pytest.fixture
def files(tmp_path: Path) -> dict[str, list[str]]:
    """Command lines of one drive in three kinds of file."""
    for name, text in (("a.gpx", TRACK), ("a.csv", CSV), ("a.toml", MAPPING), ("a.rec", REC)):
        (tmp_path / name).write_text(text)
    return {
        "gpx": [str(tmp_path / "a.gpx"), "--as", "gpx"],
        "csv": [str(tmp_path / "a.csv"), "--as", "csv", "--mapping", str(tmp_path / "a.toml")],
        "owntracks": [str(tmp_path / "a.rec"), "--as", "owntracks"],
    }


def test_moved_recordings_keep_what_lies_between_them_and_are_other_boots(files: dict[str, list[str]]) -> None:
    one = load(Path(files["gpx"][0]), "gpx", Options())
    at = datetime(2026, 4, 1, tzinfo=UTC)

    first, last = begun([one], at)[0], ended([one, one], at)[1]

    assert first.drive.rows[0].sampled_at == at == last.drive.rows[-1].sampled_at
    assert first.drive.rows[-1].sampled_at - at == timedelta(seconds=19)
    assert len({one.boot, first.boot, last.boot}) == 3
    assert begun([one], at)[0].boot == first.boot


def test_each_kind_of_file_arrives_at_the_time_that_was_wished_for(
    files: dict[str, list[str]],
    database_url: str,
    broker: TemporaryBroker,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("KEITORA_DATABASE_URL", database_url)
    monkeypatch.setenv("KEITORA_MQTT_URL", broker.url)
    with psycopg.connect(database_url) as conn:
        create_fleet(conn, name="Replay farm")
    logs = tmp_path / "logs"
    logs.mkdir()

    with service("ingest", database_url, broker, logs):
        wait_for_ingestor(database_url)
        began_s = time.monotonic()
        for kind, words in files.items():
            assert replay([*words, "--vehicle", f"Then {kind}"]) == 0
            assert replay([*words, "--vehicle", f"Just now {kind}", "--end", "now", "--speedup", "40"]) == 0
        assert time.monotonic() - began_s > 3 * 18 / 40
        for _ in range(2):  # moved to the same time, it is the same drive
            assert replay([files["gpx"][0], "--vehicle", "At nine", "--begin", "2024-04-01T09:00+09:00"]) == 0
        wait_until(lambda: len(stored(database_url)) == 7, "all are stored")
        wait_until(lambda: all(count == 20 for count, _, _ in stored(database_url).values()), "every row is stored")

    told = stored(database_url)
    for kind in files:
        assert told[f"Then {kind}"][1] == datetime(2015, 4, 1, 6, tzinfo=UTC)
        assert timedelta(0) < utc_now() - told[f"Just now {kind}"][2] < timedelta(minutes=2)
    assert told["At nine"][1] == datetime(2024, 4, 1, tzinfo=UTC)


def test_recordings_without_a_clock_follow_each_other_as_they_were_named() -> None:
    mapping = parse_mapping('[time]\ncolumn = "s"\nformat = "elapsed_s"\n[columns.v]\nsignal = "speed_kmh"\n')
    long, short = (
        loaded(Source.of_bytes("a.csv", f"s,v\n5,1\n{last_s},2\n".encode()), None, Options(mapping=mapping))
        for last_s in (605, 65)
    )
    at = datetime(2026, 4, 1, tzinfo=UTC)

    one, two = begun([long, short], at)

    assert span(one.drive.rows) == (at, at + timedelta(minutes=10))
    assert span(two.drive.rows) == (at + timedelta(minutes=20), at + timedelta(minutes=21))
    assert span(ended([short, long], at)[0].drive.rows)[0] == at - timedelta(minutes=21)
    with pytest.raises(RecordingError, match=r"a\.csv, a\.csv: no date is in it; say when it was: --begin"):
        require_clock([long, short])


def test_recordings_with_and_without_a_clock_are_not_mixed(files: dict[str, list[str]]) -> None:
    dated = load(Path(files["gpx"][0]), None, Options())
    undated = replace(dated, drive=replace(dated.drive, has_clock=False))

    with pytest.raises(RecordingError, match="some of these recordings have a clock and some have none"):
        begun([dated, undated], utc_now())


@pytest.mark.parametrize(
    ("columns", "energy"),
    [({"soc_pct"}, "electric"), ({"soc_pct", "engine_rpm"}, "hybrid"), ({"lat", "lon"}, "petrol")],
)
def test_what_a_recording_tells_of_shows_what_kind_of_truck_it_is(columns: set[str], energy: str) -> None:
    rows = (Row(utc_now(), dict.fromkeys(columns, 1)),)

    assert energy_of([Recording(Drive("a", rows), 1, "csv")]) == energy


def test_who_stops_it_half_way_is_told_how_to_go_on(
    files: dict[str, list[str]], database_url: str, broker: TemporaryBroker
) -> None:
    with psycopg.connect(database_url) as conn:
        create_fleet(conn, name="Replay farm")
    environment = os.environ | {"KEITORA_DATABASE_URL": database_url, "KEITORA_MQTT_URL": broker.url}
    words = [sys.executable, "-m", "keitora", "replay", files["gpx"][0], "--vehicle", "Carry", "--end", "now"]

    with subprocess.Popen(
        words, env=environment | {"PYTHONUNBUFFERED": "1"}, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout
        assert "made (petrol)" in process.stdout.readline()
        time.sleep(0.5)  # it waits for the answer of an ingestor that is not there
        process.send_signal(signal.SIGINT)
        _, said = process.communicate(timeout=30)

    assert process.returncode == 130
    assert "what arrived is not counted twice. In place of --end now: --end 20" in said


def test_what_would_lie_in_the_future_is_refused(files: dict[str, list[str]]) -> None:
    with pytest.raises(KeitoraError, match=r"begins now is sent in real time; --end now goes with any --speedup"):
        replay([*files["gpx"], "--vehicle", "Carry", "--begin", "now", "--speedup", "10"])


def test_a_drive_is_not_begun_tomorrow(
    files: dict[str, list[str]], database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KEITORA_DATABASE_URL", database_url)
    with psycopg.connect(database_url) as conn:
        create_fleet(conn, name="Replay farm")

    with pytest.raises(KeitoraError, match="would begin in the future"):
        replay([files["gpx"][0], "--vehicle", "Carry", "--begin", (utc_now() + timedelta(days=1)).isoformat()])


def stored(database_url: str) -> dict[str, tuple[int, datetime, datetime]]:
    """Return how many rows each truck has, and its first and last time."""
    with psycopg.connect(database_url) as conn:
        rows = conn.execute(
            "SELECT v.name, count(*), min(s.sampled_at), max(s.sampled_at)"
            " FROM sample s JOIN vehicle v USING (vehicle_id) GROUP BY v.name"
        ).fetchall()
    return {name: (count, first, last) for name, count, first, last in rows}
