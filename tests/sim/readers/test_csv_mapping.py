"""Plain CSV through a mapping file."""

from datetime import UTC, datetime
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest

from keitora_sim.recording import Drive, RecordingError
from keitora_sim.replay.readers.csv_mapping import read
from keitora_sim.replay.readers.mapping import parse_mapping
from keitora_sim.replay.readers.options import Options
from tests.sim.readers.reading import drive_of

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
    return drive_of(read, text.encode(encoding), Options(mapping=parse_mapping(mapping)))


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


def test_iso_times_without_a_zone_are_the_fleets_which_is_said() -> None:
    options = Options(fleet_zone=ZoneInfo("Asia/Tokyo"), mapping=parse_mapping(EPOCH.replace("epoch_ms", "iso")))

    found = drive_of(read, "ts,v\n2026-04-01T15:00:00,1\n", options)

    assert found.rows[0].sampled_at == datetime(2026, 4, 1, 6, tzinfo=UTC)
    assert found.notes == ("times without a zone are read as those of the fleet, Asia/Tokyo: else --zone",)


def test_one_time_of_another_form_is_garbled_and_many_are_refused() -> None:
    zoned, bare = "2026-04-01T06:00:00Z,1\n", "2026-04-01T06:00:01,1\n"
    mapping = EPOCH.replace("epoch_ms", "iso")

    found = drive(mapping, "ts,v\n" + zoned + bare + zoned)

    assert len(found.rows) == 2
    assert sum(found.skipped.values()) == 1
    with pytest.raises(RecordingError, match="some times name a zone and some do not"):
        drive(mapping, "ts,v\n" + zoned + bare + bare)


def test_seconds_without_a_start_have_no_clock() -> None:
    assert not drive(EPOCH.replace("epoch_ms", "elapsed_s"), "ts,v\n0.1,12\n").has_clock


def test_a_column_that_is_not_there_is_named_with_those_that_are() -> None:
    with pytest.raises(RecordingError, match="no column v; the file has ts, speed"):
        drive(EPOCH, "ts,speed\n1,2\n")


@pytest.mark.parametrize(
    ("mapping", "complaint"),
    [
        ("delimiter = ", "not TOML"),
        (EPOCH.replace("speed_kmh", "speed"), "no signal 'speed'"),
        (EPOCH.replace("[columns", 'zone = "Mars/Base"\n[columns'), "no time zone 'Mars/Base'"),
        (EPOCH + 'unit = "mhp"\n', "no unit 'mhp'; known are mph"),
        (EPOCH + 'unit = "°F"\n', "'°F' cannot be made to km/h"),
        (EPOCH + 'unit = "mph"\nscale = 2\n', "either unit, or scale and offset"),
        (EPOCH + "factor = 2\n", "factor"),
    ],
)
def test_mistakes_in_a_mapping_are_explained(mapping: str, complaint: str) -> None:
    with pytest.raises(RecordingError, match=complaint):
        parse_mapping(mapping)


def test_without_a_mapping_the_option_is_named() -> None:
    with pytest.raises(RecordingError, match="--mapping"):
        drive_of(read, "a,b\n1,2\n")


def test_a_header_in_another_encoding_is_told_with_the_way_out() -> None:
    with pytest.raises(RecordingError, match="its text is not utf-8-sig: set encoding, 'cp932' for Windows in Japan"):
        drive(EPOCH.replace("columns.v", 'columns."車速"'), "ts,車速\n1,2\n", "cp932")


def test_a_mark_at_the_beginning_belongs_to_no_column() -> None:
    assert len(drive(EPOCH, "ts,v\n1775023200500,12\n", "utf-8-sig").rows) == 1
    assert len(drive(EPOCH, "ts,v\n1775023200500,12\n", "utf-16").rows) == 1


def test_text_in_a_column_of_numbers_is_counted_and_the_row_kept() -> None:
    found = drive(EPOCH, "ts,v\n1775023200500,err\n1775023201500,\n1775023202500,7\n")

    assert [dict(row.values) for row in found.rows] == [{}, {}, {"speed_kmh": 7}]
    assert found.skipped == {"no number in 'v' (row kept, value left out)": 1}


def test_a_number_that_no_machine_holds_is_none() -> None:
    found = drive(EPOCH.replace('"speed_kmh"', '"speed_kmh"\nscale = 1.6'), f"ts,v\n1775023200500,{'9' * 400}\n")

    assert [dict(row.values) for row in found.rows] == [{}]
    assert found.skipped == {"no number in 'v' (row kept, value left out)": 1}


def test_a_pause_in_between_stays_a_pause_also_over_midnight_and_a_clock_change() -> None:
    mapping = EPOCH.replace("epoch_ms", "%Y年%m月%d日 %H:%M:%S").replace("[columns", 'zone = "Europe/Berlin"\n[columns')
    text = "ts,v\n2019年10月26日 23:59:59,1\n2019年10月27日 00:00:01,1\n2019年10月27日 09:00:00,1\n"

    at = [row.sampled_at for row in drive(mapping, text).rows]

    assert [(b - a).total_seconds() for a, b in pairwise(at)] == [2, 10 * 3600 - 1]
