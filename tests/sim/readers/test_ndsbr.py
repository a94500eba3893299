"""NDS-BR tables, retyped: which date goes with which clock, and what the receiver really said."""

from datetime import UTC, datetime

import pytest

from keitora_sim.recording import Drive, RecordingError
from keitora_sim.replay.files import loaded
from keitora_sim.replay.readers.ndsbr import read
from keitora_sim.replay.readers.options import Options
from keitora_sim.replay.source import Source
from tests.sim.readers.reading import drive_of

HEADER = "LONG;LAT;DAY;DAY_CORRIGIDO;03:00:00;TRIP;PR;SPD_KMH;HEADING;ALTITUDE_FT;VALID_TIME"


def line(
    utc: str,
    local: str,
    *,
    day: str = "5/9/2019",
    corrected: str = "5/9/2019",
    trip: int = 1,
    lon: str = "-49,25",
    lat: str = "-25,43",
    speed: str = "30,5",
    altitude: str = "3051181",
    valid: str = "Yes",
) -> str:
    return f"{lon};{lat};{day};{corrected};{utc};{trip};{local};{speed};90;{altitude};{valid}"


def drive(*lines: str) -> Drive:
    return loaded(Source.of_bytes("driver.csv", "\n".join([HEADER, *lines]).encode("utf-8-sig")), None, Options()).drive


def test_decimal_commas_and_the_clock_in_utc() -> None:
    row = drive(line("22:17:27", "19:17:27")).rows[0]

    assert row.sampled_at == datetime(2019, 9, 5, 22, 17, 27, tzinfo=UTC)
    assert (row.values["lat"], row.values["lon"], row.values["gnss_speed_kmh"]) == (-25.43, -49.25, 30.5)


@pytest.mark.parametrize(
    ("day", "corrected"),
    [
        (("5/9/2019", "5/9/2019"), ("5/9/2019", "5/9/2019")),  # both local
        (("5/9/2019", "6/9/2019"), ("5/9/2019", "5/9/2019")),  # DAY beside UTC, the corrected one local
        (("5/9/2019", "5/9/2019"), ("5/9/2019", "6/9/2019")),  # the other way round
        (("5/9/2019", "6/9/2019"), ("5/9/2019", "6/9/2019")),  # both in UTC
    ],
)
def test_the_pairing_that_runs_on_over_midnight_is_taken(day: tuple[str, str], corrected: tuple[str, str]) -> None:
    times = [
        row.sampled_at
        for row in drive(
            line("23:59:59", "20:59:59", day=day[0], corrected=corrected[0]),
            line("00:00:00", "21:00:00", day=day[1], corrected=corrected[1]),
        ).rows
    ]

    assert times == [datetime(2019, 9, 5, 23, 59, 59, tzinfo=UTC), datetime(2019, 9, 6, tzinfo=UTC)]


def test_dates_with_the_month_first_are_recognised() -> None:
    rows = drive(line("12:00:00", "09:00:00", day="9/25/2019", corrected="9/25/2019")).rows

    assert rows[0].sampled_at == datetime(2019, 9, 25, 12, tzinfo=UTC)


def test_trips_of_one_driver_come_in_time_order() -> None:
    rows = drive(line("12:00:00", "09:00:00", trip=9), line("10:00:00", "07:00:00", trip=2)).rows

    assert [row.sampled_at.hour for row in rows] == [10, 12]


def test_a_part_the_researchers_could_not_use_is_still_where_the_car_was() -> None:
    found = drive(line("12:00:00", "09:00:00", valid="No"))

    assert found.rows[0].values["lat"] == -25.43
    assert not found.skipped


def test_the_same_fix_again_at_speed_is_a_filled_hole() -> None:
    found = drive(
        line("12:00:00", "09:00:00"),
        line("12:00:01", "09:00:01"),
        line("12:00:02", "09:00:02", lat="-25,431"),
    )

    assert ["lat" in row.values for row in found.rows] == [True, False, True]
    assert sum(found.skipped.values()) == 1


def test_the_same_fix_again_while_standing_is_a_fix() -> None:
    found = drive(line("12:00:00", "09:00:00", speed="0"), line("12:00:01", "09:00:01", speed="0"))

    assert all("lat" in row.values for row in found.rows)


def test_a_coordinate_that_lost_its_comma_is_left_out() -> None:
    found = drive(line("12:00:00", "09:00:00", lon="-4925"))

    assert "lon" not in found.rows[0].values
    assert found.rows[0].values["gnss_speed_kmh"] == 30.5


def test_altitude_counts_thousandths_of_a_foot() -> None:
    found = drive(
        line("12:00:00", "09:00:00"),
        line("12:00:01", "09:00:01", altitude="305118", speed="0"),
        line("12:00:02", "09:00:02", altitude="3051,181", speed="1"),
    )

    assert [row.values.get("altitude_m") for row in found.rows] == [930.0, None, 930.0]


def test_another_table_is_refused() -> None:
    with pytest.raises(RecordingError, match="no column"):
        drive_of(read, "a;b\n1;2")
