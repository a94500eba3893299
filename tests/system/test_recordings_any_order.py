"""A real drive, split between a dongle without satellites and a phone, in whatever order its messages arrive."""

from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from keitora_sim.messages import messages_of
from keitora_sim.recording import Drive, Row
from keitora_sim.replay.files import load
from keitora_sim.replay.readers.options import Options
from tests.ingestor.conftest import Yard
from tests.system.arrival import Arrival, Stream, arrivals, deliver
from tests.system.derived import derive_all, derived_rows, forget_samples

pytestmark = [pytest.mark.recordings, pytest.mark.slow]

RECORDING = "petrol_honda_civic_2014_20191108_153016.csv.gz"
FROM_PHONE = {"lat", "lon", "altitude_m", "gnss_speed_kmh"}


@pytest.fixture(scope="module")
def loggers(recordings: Path) -> dict[str, Drive]:
    """The recording as two devices would have sent it."""
    drive = load(recordings / "obd_fusion_montreal" / RECORDING, "obd-fusion", Options()).drive
    return {
        "carry-1": only(drive, lambda column: column not in FROM_PHONE),
        "phone-1": only(drive, lambda column: column in FROM_PHONE),
    }


def only(drive: Drive, wanted: Callable[[str], bool]) -> Drive:
    rows = tuple(
        Row(row.sampled_at, {column: value for column, value in row.values.items() if wanted(column)})
        for row in drive.rows
    )
    return Drive(drive.name, rows)


def stream_of(loggers: dict[str, Drive], rows_each: Sequence[int]) -> Stream:
    return [
        (f"kei/v1/{key}/t", payload)
        for (key, drive), rows in zip(loggers.items(), rows_each, strict=True)
        for payload in messages_of(drive, boot=1, batch_rows=rows)
    ]


@settings(max_examples=20, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    rows_each=st.tuples(st.sampled_from([1, 10, 200]), st.sampled_from([3, 10, 60])),
    arrival=arrivals("carry-1", "phone-1"),
)
def test_a_recording_makes_the_same_rows_however_it_arrives(
    yard: Yard, loggers: dict[str, Drive], rows_each: tuple[int, int], arrival: Arrival
) -> None:
    if not yard.rows("SELECT 1 FROM device WHERE device_key = 'phone-1'"):
        yard.device("phone-1")
    forget_samples(yard.conn)
    yard.send_all(stream_of(loggers, (100, 100)))
    derive_all(yard.conn)
    expected = derived_rows(yard.conn)
    assert len(expected["trip"]) == 2

    forget_samples(yard.conn)
    deliver(yard, stream_of(loggers, rows_each), arrival)

    assert derived_rows(yard.conn) == expected
