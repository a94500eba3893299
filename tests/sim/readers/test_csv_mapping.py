"""Plain CSV through a mapping file."""

from datetime import UTC, datetime

import pytest

from keitora_sim.recording import Drive, RecordingError
from keitora_sim.replay.readers.csv_mapping import read
from keitora_sim.replay.readers.mapping import parse_mapping
from keitora_sim.replay.readers.options import Options

GERMAN = """
delimiter = ";"
decimal = ","
encoding = "latin-1"
skip_lines = 1
[time]
column = ["Datum", "Zeit"]
format = "%d.%m.%Y %H:%M:%S"
zone = "Europe/Berlin"
[columns."Geschw. [m/s]"]
signal = "speed_kmh"
scale = 3.6
drop = [255]
[columns."Temp [°C]"]
signal = "coolant_temp_c"
offset = -40
[columns.Last]
signal = "x_cargo"
"""
EPOCH = '[time]\ncolumn = "ts"\nformat = "epoch_ms"\n[columns.v]\nsignal = "speed_kmh"\n'


def drive(mapping: str, text: str, encoding: str = "utf-8") -> Drive:
    return read("log.csv", text.encode(encoding), Options(mapping=parse_mapping(mapping)))


def test_delimiter_comma_encoding_scale_offset_and_sentinels() -> None:
    header = "made by a logger\nDatum;Zeit;Geschw. [m/s];Temp [°C];Last\n"
    text = header + "01.07.2024;08:00:00;10,5;120;3\n01.07.2024;08:00:01;255;;4\n"

    rows = drive(GERMAN, text, "latin-1").rows

    assert rows[0].sampled_at == datetime(2024, 7, 1, 6, tzinfo=UTC)
    assert rows[0].values == {"speed_kmh": pytest.approx(37.8), "coolant_temp_c": 80, "cargo": 3}
    assert rows[1].values == {"cargo": 4}


def test_epoch_milliseconds() -> None:
    rows = drive(EPOCH, "ts,v\n1775023200500,12\nnever,13\n").rows

    assert [row.sampled_at for row in rows] == [datetime(2026, 4, 1, 6, 0, 0, 500_000, tzinfo=UTC)]


def test_seconds_since_a_start() -> None:
    mapping = EPOCH.replace("epoch_ms", "elapsed_s").replace("[columns", "start = 2026-04-01T15:00:00+09:00\n[columns")

    rows = drive(mapping, "ts,v\n0.1,12\n").rows

    assert rows[0].sampled_at == datetime(2026, 4, 1, 6, 0, 0, 100_000, tzinfo=UTC)


def test_iso_times_without_a_zone_need_one() -> None:
    with pytest.raises(RecordingError, match="--time-zone"):
        drive(EPOCH.replace("epoch_ms", "iso"), "ts,v\n2026-04-01T06:00:00,1\n")


def test_a_column_that_is_not_there_is_named_with_those_that_are() -> None:
    with pytest.raises(RecordingError, match="no column v; the file has ts, speed"):
        drive(EPOCH, "ts,speed\n1,2\n")


@pytest.mark.parametrize(
    ("mapping", "complaint"),
    [
        ("delimiter = ", "not TOML"),
        (EPOCH.replace("speed_kmh", "speed"), "no signal 'speed'"),
        (EPOCH.replace("[columns", 'zone = "Mars/Base"\n[columns'), "no time zone 'Mars/Base'"),
        (EPOCH.replace("epoch_ms", "elapsed_s"), "needs `start`"),
        (EPOCH + "factor = 2\n", "factor"),
    ],
)
def test_mistakes_in_a_mapping_are_explained(mapping: str, complaint: str) -> None:
    with pytest.raises(RecordingError, match=complaint):
        parse_mapping(mapping)


def test_without_a_mapping_the_option_is_named() -> None:
    with pytest.raises(RecordingError, match="--mapping"):
        read("log.csv", b"a,b\n1,2\n", Options())
