"""The bytes of a PID, by the formulas of SAE J1979."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keitora.signals.registry import BY_COLUMN
from keitora_ingestor.decode.pids import PIDS, column_of, read_answer, read_pid

CASES = [
    ("01 83 00 00 00", {"mil_on": 1, "dtc_count": 3}),
    ("01 00 00 00 00", {"mil_on": 0, "dtc_count": 0}),
    ("03 02 00", {"fuel_system_code": 2}),
    ("04 FF", {"engine_load_pct": 100}),
    ("05 80", {"coolant_temp_c": 88}),
    ("06 80", {"short_fuel_trim_pct": 0}),
    ("07 00", {"long_fuel_trim_pct": -100}),
    ("0B 2E", {"map_kpa": 46}),
    ("0C 12 34", {"engine_rpm": 1165}),
    ("0D 2A", {"speed_kmh": 42}),
    ("0E 94", {"x_timing_advance_deg": 10}),
    ("0F 28", {"intake_temp_c": 0}),
    ("10 01 2C", {"maf_gs": 3}),
    ("11 33", {"throttle_pct": 20}),
    ("1C 0A", {"x_obd_standard_code": 10}),
    ("1F 01 00", {"engine_run_s": 256}),
    ("2F 80", {"fuel_level_pct": pytest.approx(50.196, abs=1e-3)}),
    ("31 03 E8", {"x_cleared_distance_km": 1000}),
    ("33 65", {"baro_kpa": 101}),
    ("42 36 B0", {"battery_v": 14.0}),
    ("43 00 FF", {"absolute_load_pct": 100}),
    ("44 80 00", {"lambda_ratio": 1.0}),
    ("46 14", {"ambient_temp_c": -20}),
    ("49 33", {"pedal_pct": 20}),
    ("5A 33", {"x_relative_pedal_pct": 20}),
    ("5C 78", {"oil_temp_c": 80}),
    ("5E 00 3C", {"fuel_rate_lph": 3}),
    ("66 01 00 60 00 00", {"maf_gs": 3}),
    ("66 00 00 60 00 00", {}),
    ("9D 00 32 00 32", {"fuel_rate_lph": pytest.approx(4.8322, abs=1e-4)}),
    ("A6 00 01 E2 40", {"odometer_km": 12345.6}),
]


@pytest.mark.parametrize(("answer", "expected"), CASES)
def test_formula(answer: str, expected: dict[str, object]) -> None:
    assert read_answer(bytes.fromhex("41" + answer)) == expected


def test_several_pids_in_one_answer() -> None:
    assert read_answer(bytes.fromhex("41 0C 12 34 0D 2A")) == {"engine_rpm": 1165, "speed_kmh": 42}


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        ("", {}),
        ("41", {}),
        ("7F 01 12", {}),  # the ECU refuses
        ("43 00", {}),  # service 03
        ("41 00 BE 3F A8 13", {}),  # supported PIDs
        ("41 0C 12", {}),  # cut short
        ("41 0D 2A FF 01 0C 12 34", {"speed_kmh": 42}),  # nothing after an unknown PID can be placed
    ],
)
def test_what_cannot_be_read_is_left_out(answer: str, expected: dict[str, object]) -> None:
    assert read_answer(bytes.fromhex(answer)) == expected


def test_every_reading_has_a_column_or_says_that_it_has_none() -> None:
    names = {reading.name for pid in PIDS.values() for reading in pid.readings}
    assert all(name in BY_COLUMN or name.startswith("x_") for name in names)


def test_column_of_a_pid() -> None:
    assert column_of(0x0C) == "engine_rpm"
    assert column_of(0x01) is None  # two values
    assert column_of(0x0E) is None  # no column
    assert column_of(0xEE) is None


@given(number=st.integers(0, 255), data=st.binary(max_size=8))
def test_any_bytes_are_read(number: int, data: bytes) -> None:
    assert all(isinstance(value, int | float) for value in read_pid(number, data).values())
    read_answer(bytes([0x41, number]) + data)
