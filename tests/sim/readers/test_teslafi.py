"""Exports of TeslaFi, made up: miles, a local clock, and a car that sleeps."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from keitora_sim.recording import Drive, RecordingError
from keitora_sim.replay.files import recognised
from keitora_sim.replay.readers.options import Options
from keitora_sim.replay.readers.teslafi import read
from tests.sim.readers.reading import drive_of

HEADER = (
    "data_id,Date,state,charger_power,battery_level,charging_state,speed,odometer,latitude,longitude,gps_as_of,"
    "outside_temp,power\n"
)
DRIVES = '1,"2026-04-01 15:00:00",online,0,59,Disconnected,20,1000,36.1,138.0,1775023195,20.5,12\n'
CHARGES = '2,"2026-04-01 15:01:00",online,9,60,Charging,None,1000,0.0,0.0,1775023255,None,0\n'
SLEEPS = '3,"2026-04-01 15:02:00",asleep,,,,,,,,,,\n'


def drive(text: str, zone: str = "Asia/Tokyo") -> Drive:
    return drive_of(read, HEADER + text, Options(zone=ZoneInfo(zone)))


def test_miles_become_kilometres_and_power_points_into_the_battery() -> None:
    rows = drive(DRIVES + CHARGES).rows

    assert rows[0].sampled_at == datetime(2026, 4, 1, 6, tzinfo=UTC)
    assert rows[0].values == {
        "speed_kmh": pytest.approx(32.187, abs=0.001),
        "odometer_km": pytest.approx(1609.344),
        "soc_pct": 59,
        "ambient_temp_c": 20.5,
        "lat": 36.1,
        "lon": 138.0,
        "charging_on": False,
        "hv_power_kw": -12,
    }
    assert rows[1].values["charging_on"] is True
    assert rows[1].values["hv_power_kw"] == 9


def test_a_sleeping_car_tells_nothing_and_a_position_that_was_taken_out_is_left_out() -> None:
    found = drive(CHARGES + SLEEPS + SLEEPS)

    assert len(found.rows) == 1
    assert "lat" not in found.rows[0].values
    assert found.skipped == {
        "position (0, 0) (row kept, position left out)": 1,
        "nothing told (the car was asleep or out of reach)": 2,
    }


def test_a_zone_that_the_cars_own_clock_contradicts_is_refused() -> None:
    with pytest.raises(RecordingError, match=r"\+14\.0 h off those of America/Chicago: name its --zone"):
        drive(DRIVES + CHARGES, zone="America/Chicago")


def test_the_hour_that_comes_twice_goes_on() -> None:
    at = ["01:50", "02:10", "02:50", "02:10", "02:50", "03:10"]
    lines = [DRIVES.replace("2026-04-01 15:00", f"2019-10-27 {clock}").replace("1775023195", "") for clock in at]

    times = [row.sampled_at.strftime("%H:%M") for row in drive("".join(lines), zone="Europe/Berlin").rows]

    assert times == ["23:50", "00:10", "00:50", "01:10", "01:50", "02:10"]


def test_undated_lines_are_counted() -> None:
    assert drive(DRIVES.replace("2026-04-01", "someday")).skipped == {"no readable time": 1}


def test_it_is_recognised_by_its_header_and_another_is_refused() -> None:
    assert recognised(HEADER + DRIVES) == "teslafi"
    with pytest.raises(RecordingError, match="no column Date"):
        drive_of(read, "data_id,odometer\n1,2\n")
