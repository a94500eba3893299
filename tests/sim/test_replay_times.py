"""Replays at any speed, at any time: the way from the file to the stored rows, for each kind of file."""

import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psycopg
import pytest

from keitora.clock import utc_now
from keitora.errors import KeitoraError
from keitora.fleets.queries import create_fleet
from keitora.local.testing import TemporaryBroker
from keitora_sim.commands import replay
from keitora_sim.replay.files import load
from keitora_sim.replay.readers.options import Options
from keitora_sim.replay.shift import begun, ended
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
        assert replay([*files["gpx"], "--vehicle", "At nine", "--begin", "2024-04-01T09:00+09:00"]) == 0
        wait_until(lambda: len(stored(database_url)) == 7, "all are stored")
        wait_until(lambda: all(count == 20 for count, _, _ in stored(database_url).values()), "every row is stored")

    told = stored(database_url)
    for kind in files:
        assert told[f"Then {kind}"][1] == datetime(2015, 4, 1, 6, tzinfo=UTC)
        assert timedelta(0) < utc_now() - told[f"Just now {kind}"][2] < timedelta(minutes=2)
    assert told["At nine"][1] == datetime(2024, 4, 1, tzinfo=UTC)


def test_what_would_lie_in_the_future_is_refused(files: dict[str, list[str]]) -> None:
    with pytest.raises(KeitoraError, match=r"begins now is sent in real time; --end now goes with any --speedup"):
        replay([*files["gpx"], "--vehicle", "Carry", "--begin", "now", "--speedup", "10"])


def stored(database_url: str) -> dict[str, tuple[int, datetime, datetime]]:
    """Return how many rows each truck has, and its first and last time."""
    with psycopg.connect(database_url) as conn:
        rows = conn.execute(
            "SELECT v.name, count(*), min(s.sampled_at), max(s.sampled_at)"
            " FROM sample s JOIN vehicle v USING (vehicle_id) GROUP BY v.name"
        ).fetchall()
    return {name: (count, first, last) for name, count, first, last in rows}
