"""Real drives told every second, and the same drives told every 10, 30 and 60 seconds: as many litres."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from statistics import median

import pytest

from keitora.books.rules import Rules
from keitora.books.sample import Sample
from keitora.books.state import State
from keitora.books.truck import Truck
from keitora.derive.fold import fold
from keitora_sim.replay.files import load
from keitora_sim.replay.readers.options import Options
from tests.core.derive.recorded import of_drive

pytestmark = pytest.mark.recordings

DRIVES = (
    ("obd_fusion_montreal/petrol_chevrolet_malibu_2019_20191007_133620.csv.gz", "obd-fusion"),
    ("obd_fusion_montreal/petrol_honda_civic_2014_20191108_160402.csv.gz", "obd-fusion"),
    ("obd_fusion_montreal/petrol_kia_rio_2013_20190909_112058.csv.gz", "obd-fusion"),
    ("obd_fusion_montreal/petrol_nissan_rouge_2020_20191212_103305.csv.gz", "obd-fusion"),
    ("ndsbr/driver_A.csv.gz", "ndsbr"),
)


@pytest.fixture(scope="module")
def drives(recordings: Path) -> dict[str, Sequence[Sample]]:
    """What a phone would have told of them: fixes and their speeds."""
    return {
        name: [
            Sample(one.at_ms, 1, one.lat, one.lon, one.altitude_m, one.gnss_speed_kmh)
            for one in of_drive(load(recordings / name, file_format, Options()).drive)
            if one.lat is not None
        ]
        for name, file_format in DRIVES
    }


def thinned(samples: Sequence[Sample], every_s: float) -> Iterator[Sample]:
    last_ms = None
    for sample in samples:
        if last_ms is None or sample.at_ms - last_ms >= every_s * 1000 - 300:
            last_ms = sample.at_ms
            yield sample


@pytest.fixture(scope="module")
def every_second_l(drives: dict[str, Sequence[Sample]]) -> dict[str, float]:
    return {name: litres(one, 1) for name, one in drives.items()}


def litres(samples: Sequence[Sample], every_s: float, *, speeds: bool = True) -> float:
    told = (one if speeds else one._replace(gnss_speed_kmh=None) for one in thinned(samples, every_s))
    return sum(day.road_load_l for day in fold(State(), told, Rules(truck=Truck()))[1].days)


@pytest.mark.parametrize(
    ("every_s", "speeds", "most_off", "off_in_the_middle"),
    [
        (10, True, 0.10, 0.06),
        (30, True, 0.08, 0.04),
        (60, True, 0.08, 0.04),
        (1, False, 0.08, 0.06),
        (30, False, 0.09, 0.04),
    ],
)
def test_a_drive_told_seldom_takes_what_it_takes_told_every_second(
    drives: dict[str, Sequence[Sample]],
    every_second_l: dict[str, float],
    every_s: float,
    speeds: bool,
    most_off: float,
    off_in_the_middle: float,
) -> None:
    ratios = {name: litres(one, every_s, speeds=speeds) / every_second_l[name] for name, one in drives.items()}

    assert max(abs(ratio - 1) for ratio in ratios.values()) < most_off, ratios
    assert abs(median(ratios.values()) - 1) < off_in_the_middle, ratios
