"""Logs of python-OBD, made up: several clocks and delimiters, values with and without units."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from keitora_sim.recording import RecordingError
from keitora_sim.replay.files import recognised
from keitora_sim.replay.readers.options import Options
from keitora_sim.replay.readers.python_obd import read
from tests.sim.readers.reading import drive_of

SIX = datetime(2026, 4, 1, 6, tzinfo=UTC)


@pytest.mark.parametrize(
    "text",
    [
        "timestamp,RPM,SPEED,driving_style,Fuel Used\n2026-04-01T15:00:00,766.25,12,Idle,0.46\n",
        "Time_s;SPEED;RPM\n1775023200;12;766.25\n",
        "time\tRPM\tSPEED\n1775023200000\t766.25 revolutions_per_minute\t12 kilometer_per_hour\n",
        "SPEED,RPM,ts\n12,766.25,2026-04-01T06:00:00+00:00\n",
    ],
)
def test_any_clock_and_delimiter_gives_the_same_row(text: str) -> None:
    assert recognised(text) == "python-obd"

    [row] = drive_of(read, text, Options(fleet_zone=ZoneInfo("Asia/Tokyo"))).rows

    assert row.sampled_at == SIX
    assert row.values == {"engine_rpm": 766.25, "speed_kmh": 12}


def test_a_clock_that_jumps_is_passed_on_as_a_logger_would() -> None:
    rows = drive_of(read, "Time_s;SPEED;RPM\n1775023200.5;0;800\n1775065041;0;None\n1775065042;1;900\n").rows

    assert [(row.sampled_at - SIX).total_seconds() for row in rows] == [0.5, 41_841, 41_842]
    assert rows[1].values == {"speed_kmh": 0}


def test_garbled_lines_are_counted() -> None:
    found = drive_of(read, "timestamp,RPM,SPEED\nyesterday,1,2\n-4,1,2\n2026-04-01T06:00:00Z,800\n9e300,1,2\n")

    assert not found.rows
    assert found.skipped == {"no readable time": 3, "line with too few or too many fields": 1}


def test_a_table_without_a_time_is_refused() -> None:
    with pytest.raises(RecordingError, match="not a log of python-OBD"):
        drive_of(read, "RPM,SPEED\n1,2\n")
