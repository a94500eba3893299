"""Trips of the BMW i3 data, retyped: seconds without a date, and two headers."""

import pytest

from keitora_sim.recording import Drive, RecordingError
from keitora_sim.replay.files import recognised
from keitora_sim.replay.readers.bmw_i3 import read
from tests.sim.readers.reading import drive_of

SUMMER = (
    "Time [s];Velocity [km/h];Elevation [m];Throttle [%];Battery Voltage [V];Battery Current [A];"
    "Battery Temperature [°C];SoC [%];displayed SoC [%];max. SoC [%);Ambient Temperature [°C]\r\n"
)
WINTER = SUMMER.replace("Throttle [%]", "Heating Power LIN [W];Throttle [%]")


def drive(text: str) -> Drive:
    return drive_of(read, text.encode("latin-1"))


def test_volts_amperes_and_the_batterys_own_charge_are_read() -> None:
    found = drive(SUMMER + "0;0;578;0;390.3;-6.2;24;83.5;100;90;21.5\r\n0.1;36.5;578;12;389;-20;24;83.5;99;90;21.5\r\n")

    assert not found.has_clock
    assert (found.rows[1].sampled_at - found.rows[0].sampled_at).total_seconds() == 0.1
    assert found.rows[1].values == {
        "speed_kmh": 36.5,
        "altitude_m": 578,
        "pedal_pct": 12,
        "hv_voltage_v": 389,
        "hv_current_a": -20,
        "hv_temp_c": 24,
        "soc_pct": 83.5,
        "ambient_temp_c": 21.5,
    }


def test_the_other_header_is_read_by_its_labels_and_an_empty_field_is_absent() -> None:
    found = drive(WINTER + "7;50;470;640;30;360;-80;10;;;88;6\r\n")

    assert found.rows[0].values["pedal_pct"] == 30
    assert "soc_pct" not in found.rows[0].values


def test_torn_lines_and_impossible_times_are_counted() -> None:
    found = drive(SUMMER + "0;0;578;0;390.3\r\n-5;0;578;0;390.3;-6.2;24;83.5;100;90;21.5\r\n")

    assert not found.rows
    assert found.skipped == {"line with too few or too many fields": 1, "no readable time": 1}


def test_it_is_recognised_by_its_header_and_another_is_refused() -> None:
    assert recognised(SUMMER) == "bmw-i3"
    with pytest.raises(RecordingError, match="no column battery current"):
        drive(SUMMER.replace("Battery Current [A];", ""))
