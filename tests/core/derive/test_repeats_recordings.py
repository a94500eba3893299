"""Engines that really ran are believed: nothing of recorded drives is taken for a repetition."""

from pathlib import Path
from typing import Any

import pytest

from keitora.books.sample import Sample
from keitora.derive.repeats import without_repeats
from tests.sim.test_recordings import drives

pytestmark = pytest.mark.recordings


def is_running(sample: Sample) -> bool:
    return (sample.engine_rpm or 0) > 0 or (sample.speed_kmh or 0) > 0


@pytest.mark.parametrize(
    ("pattern", "file_format"), [("obd_fusion_montreal/*.csv.gz", "obd-fusion"), ("kit_seat_leon/*.csv.gz", "kit")]
)
def test_no_value_of_a_running_engine_is_lost(recordings: Path, pattern: str, file_format: str) -> None:
    for drive in drives(recordings, pattern, file_format):
        samples = []
        for row in drive.rows:
            values: dict[str, Any] = {name: value for name, value in row.values.items() if name in Sample._fields}
            samples.append(Sample(round(row.sampled_at.timestamp() * 1000), 1, **values))

        kept = list(without_repeats({}, samples))

        assert [one for one, other in zip(samples, kept, strict=False) if is_running(one) and one != other] == []
        assert samples[-1].at_ms - samples[len(kept) - 1].at_ms < 60_000
