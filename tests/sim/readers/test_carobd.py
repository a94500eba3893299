"""Logs of carOBD, made up: no clock but the seconds since the engine started."""

import pytest

from keitora_sim.recording import RecordingError
from keitora_sim.replay.files import recognised
from keitora_sim.replay.readers.carobd import read
from tests.sim.readers.reading import drive_of

HEADER = "ENGINE_RUN_TINE (),ENGINE_RPM (),VEHICLE_SPEED (),FUEL_AIR_COMMANDED_EQUIV_RATIO (),CONTROL_MODULE_VOLTAGE ()"


def text_of(*clock_s: int, torn: str = "") -> str:
    return HEADER + "\r\n" + "".join(f"{second}.000000, 700.0, 0.0, 0.0, 14.1,\r\n" for second in clock_s) + torn


def seconds_of(text: str) -> list[float]:
    rows = drive_of(read, text).rows
    return [(row.sampled_at - rows[0].sampled_at).total_seconds() for row in rows]


def test_rows_of_one_second_are_spread_over_it() -> None:
    assert seconds_of(text_of(1, 1, 2, 2, 2, 2, 3, 3)) == pytest.approx(
        [0, 0.5, 1, 1.25, 1.5, 1.75, 2, 2.333], abs=1e-3
    )


def test_before_the_engine_runs_and_in_a_hole_rows_keep_their_usual_distance() -> None:
    assert seconds_of(text_of(0, 0, 0, 0, 5, 5, 6, 6, 90, 90)) == [0, 0.5, 1, 1.5, 2, 2.5, 3, 3.5, 4, 4.5]


def test_values_are_read_without_what_was_never_answered_and_the_torn_line_is_counted() -> None:
    found = drive_of(read, text_of(1, 1, torn="1.0, 700.0, 0.0"))

    assert not found.has_clock
    assert found.rows[0].values == {"engine_run_s": 1, "engine_rpm": 700, "speed_kmh": 0, "battery_v": 14.1}
    assert found.skipped == {"line with too few or too many fields": 1}


def test_it_is_recognised_misspelt_or_not_and_another_is_refused() -> None:
    assert recognised(text_of(1)) == recognised(text_of(1).replace("TINE", "TIME")) == "carobd"
    with pytest.raises(RecordingError, match="not a carOBD log"):
        drive_of(read, "a,b\n1,2\n")
