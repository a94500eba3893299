"""OBD Fusion exports, retyped: what is passed on, and what a logger would not have sent."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from keitora_sim.recording import Drive, RecordingError
from keitora_sim.replay.readers.obd_fusion import read
from keitora_sim.replay.readers.options import Options
from tests.sim.readers.reading import drive_of

HEADER = (
    "Time,Latitude (deg),Longitude (deg),Altitude (m),GPS Speed (km/h),Vehicle speed (km/h),Engine RPM (RPM),"
    "Acceleration (m/s²),Fuel rate (l/hr),Intake air temperature (C),Mass air flow rate (g/s),"
    "Intake manifold absolute pressure (kPa),Barometric pressure (kPa),Fuel/Air commanded equivalence ratio,"
    "Ambient air temperature (C)"
)
FIRST = "03-02-2021 12:59:58.5000 PM,0.0,0.0,0.0,0.0,0,0,0.0,0.0,0,0.0,0,0,0.0,0"
ANSWERED = "03-02-2021 12:59:59.5000 PM,0.0,0.0,0.0,0.0,0,812,0.0,0.7,9,2.3,31,99,0.998,0"
MOVING = "03-02-2021 01:00:00.5000 PM,45.5,-73.5,40.0,21.6,255,1500,0.4,3.1,10,8.2,0,0,1.01,0"


def drive(*lines: str, header: str = HEADER, zone: str | None = None) -> Drive:
    return drive_of(read, "\n".join([header, *lines]), Options(fleet_zone=ZoneInfo(zone or "America/Toronto")))


def test_local_time_of_twelve_hours_becomes_utc() -> None:
    times = [row.sampled_at for row in drive(FIRST, ANSWERED, MOVING).rows]

    assert times[0] == datetime(2021, 3, 2, 17, 59, 58, 500_000, tzinfo=UTC)
    assert times[2] == datetime(2021, 3, 2, 18, 0, 0, 500_000, tzinfo=UTC)


def test_the_other_spelling_of_dates_and_another_zone_are_read() -> None:
    rows = drive(MOVING.replace("03-02-2021 01:00", "03/02/2021 12:00").replace("PM", "AM"), zone="Asia/Tokyo").rows

    assert rows[0].sampled_at == datetime(2021, 3, 1, 15, 0, 0, 500_000, tzinfo=UTC)


def test_what_a_logger_would_send_is_passed_on_garbage_included() -> None:
    last = drive(FIRST, ANSWERED, MOVING).rows[2].values
    first = drive(FIRST, ANSWERED, MOVING).rows[0].values

    assert last["speed_kmh"] == 255
    assert last["engine_rpm"] == 1500
    assert (last["lat"], last["gnss_speed_kmh"]) == (45.5, 21.6)
    assert (first["lat"], first["lon"]) == (0.0, 0.0)


def test_a_row_from_before_the_first_answer_holds_no_engine_values() -> None:
    assert set(drive(FIRST, ANSWERED).rows[0].values) == {"lat", "lon", "altitude_m", "gnss_speed_kmh"}


def test_a_column_that_is_zero_throughout_was_never_answered() -> None:
    rows = drive(FIRST, ANSWERED, MOVING).rows

    assert not any("ambient_temp_c" in row.values for row in rows)


def test_a_pressure_of_zero_is_no_answer_but_zero_speed_is_one() -> None:
    rows = drive(FIRST, ANSWERED, MOVING).rows

    assert "map_kpa" not in rows[2].values
    assert "baro_kpa" not in rows[2].values
    assert rows[1].values["speed_kmh"] == 0


def test_zeros_before_a_columns_first_answer_are_no_answers() -> None:
    early = ANSWERED.replace(",2.3,31", ",0.0,31")

    rows = drive(early, MOVING).rows

    assert "maf_gs" not in rows[0].values
    assert rows[1].values["maf_gs"] == 8.2


def test_what_the_app_computed_is_not_called_measured() -> None:
    values = drive(FIRST, ANSWERED, MOVING).rows[2].values

    assert values["appfr"] == 3.1
    assert not {"fuel_rate_lph", "accel_forward_ms2"} & set(values)


def test_torn_and_undated_lines_are_counted_and_skipped() -> None:
    found = drive(FIRST, ANSWERED, "yesterday" + MOVING[27:], MOVING + ",", MOVING[:60])

    assert len(found.rows) == 3
    assert found.skipped == {"no readable time": 1, "line with too few or too many fields": 1}


def test_the_hour_that_comes_twice_goes_on() -> None:
    clock = ["12:30:00.0 AM", "01:10:00.0 AM", "01:50:00.0 AM", "01:10:00.0 AM", "01:50:00.0 AM", "02:10:00.0 AM"]
    lines = [MOVING.replace("03-02-2021 01:00:00.5000 PM", f"11-07-2021 {time}") for time in clock]

    times = [row.sampled_at for row in drive(*lines).rows]

    assert [time.strftime("%H:%M") for time in times] == ["04:30", "05:10", "05:50", "06:10", "06:50", "07:10"]


def test_other_units_become_ours() -> None:
    header = (
        "Time,Vehicle speed (MPH),GPS Speed (miles/hour),Engine coolant temperature (°F),Altitude (ft),"
        "Intake manifold absolute pressure (inHg),Mass air flow rate (lb/min)"
    )

    row = drive("03/02/2021 01:00:00.0 PM,10,20,194,100,20,1.5", header=header).rows[0].values

    assert row == {
        "speed_kmh": pytest.approx(16.09, abs=0.01),
        "gnss_speed_kmh": pytest.approx(32.19, abs=0.01),
        "coolant_temp_c": pytest.approx(90),
        "altitude_m": pytest.approx(30.48),
        "map_kpa": pytest.approx(67.73, abs=0.01),
        "maf_gs": pytest.approx(11.34, abs=0.01),
    }


def test_seconds_count_from_the_start_time_in_a_comment() -> None:
    text = "# StartTime = 03/02/2021 01:00:00.5 PM\nTime (sec),Engine RPM (RPM)\n0,800\n12.25,900\n"

    rows = drive_of(read, text, Options(fleet_zone=ZoneInfo("America/Toronto"))).rows

    assert [row.sampled_at for row in rows] == [
        datetime(2021, 3, 2, 18, 0, 0, 500_000, tzinfo=UTC),
        datetime(2021, 3, 2, 18, 0, 12, 750_000, tzinfo=UTC),
    ]


def test_it_is_said_whose_zone_was_taken_unless_one_was_named() -> None:
    content = "\n".join([HEADER, MOVING])

    assert "America/Toronto" in drive(MOVING).notes[0]
    assert drive_of(read, content, Options(zone=ZoneInfo("Asia/Tokyo"))).notes == ()


def test_another_csv_is_refused() -> None:
    with pytest.raises(RecordingError, match="not an OBD Fusion export"):
        drive("1,2", header="a,b")
