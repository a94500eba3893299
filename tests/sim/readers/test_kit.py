"""KIT recordings, retyped: which value each row refreshed."""

from datetime import UTC, datetime

import pytest

from keitora_sim.recording import Drive, RecordingError
from keitora_sim.replay.readers.kit import read
from tests.sim.readers.reading import drive_of

HEADER = (
    "Time,Engine Coolant Temperature [°C],Intake Manifold Absolute Pressure [kPa],Engine RPM [RPM],"
    "Vehicle Speed Sensor [km/h]"
)
LINES = [
    "23:59:59.100,40,,,",
    "23:59:59.200,40,98.0,,",
    "23:59:59.300,40,98.0,800.0,",
    "23:59:59.400,40,98.0,800.0,0.0",
    "23:59:59.500,40,98.0,800.0,0.0",
    "23:59:59.600,40,97.0,800.0,0.0",
    "23:59:59.700,40,97.0,800.0,0.0",
    "00:00:00.100,40,97.0,800.0,3.0",
]


def drive(lines: list[str], *, header: str = HEADER, name: str = "2018-03-24_car.csv.gz") -> Drive:
    return drive_of(read, "\n".join([header, *lines]), name=name)


def test_each_row_holds_only_what_it_refreshed() -> None:
    found = [dict(row.values) for row in drive(LINES).rows]

    assert found == [
        {"coolant_temp_c": 40},
        {"map_kpa": 98.0},
        {"engine_rpm": 800.0},
        {"speed_kmh": 0.0},
        {"coolant_temp_c": 40},
        {"map_kpa": 97.0},
        {"engine_rpm": 800.0},
        {"speed_kmh": 3.0},
    ]


def test_a_change_out_of_turn_tells_whose_turn_it_is() -> None:
    skipped_one = [*LINES[:4], "23:59:59.500,40,95.0,800.0,0.0", "23:59:59.600,40,95.0,800.0,0.0"]

    found = [dict(row.values) for row in drive(skipped_one).rows[4:]]

    assert found == [{"map_kpa": 95.0}, {"engine_rpm": 800.0}]


def test_midnight_is_passed_and_the_hour_is_berlins() -> None:
    rows = drive(LINES).rows

    assert rows[0].sampled_at == datetime(2018, 3, 24, 22, 59, 59, 100_000, tzinfo=UTC)
    assert rows[-1].sampled_at == datetime(2018, 3, 24, 23, 0, 0, 100_000, tzinfo=UTC)


def test_a_header_that_was_encoded_twice_is_understood() -> None:
    found = drive(LINES, header=HEADER.encode().decode("latin-1"))

    assert found.rows == drive(LINES).rows


def test_without_a_date_in_the_name_nothing_can_be_dated() -> None:
    with pytest.raises(RecordingError, match="file name"):
        drive(LINES, name="car.csv")


def test_a_torn_last_line_is_counted() -> None:
    found = drive([*LINES, "00:00:00.2"])

    assert len(found.rows) == len(LINES)
    assert found.skipped == {"line with too few or too many fields": 1}
