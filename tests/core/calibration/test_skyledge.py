"""Laps of a car with noted litres: how far a factor learnt from the other laps is off."""

import csv
import gzip
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from statistics import median

import pytest

from keitora.books.rules import Rules
from keitora.books.sample import Sample
from keitora.books.state import State
from keitora.books.truck import Truck
from keitora.calibration.learn import learn
from keitora.calibration.model import Tank
from keitora.derive.fold import fold
from keitora.fuel.methods import FuelMethod


def laps(folder: Path) -> Iterator[Tank]:
    for path in sorted(folder.glob("*.csv.gz")):
        with gzip.open(path, "rt") as file:
            rows = list(csv.DictReader(file))
        samples = [
            Sample(
                round(datetime.fromisoformat(row["timestamp"] + "+10:00").timestamp() * 1000),
                1,
                speed_kmh=float(row["SPEED"]),
                engine_rpm=float(row["RPM"]),
                maf_gs=float(row["MAF"]),
                map_kpa=float(row["INTAKE_PRESSURE"]),
                throttle_pct=float(row["THROTTLE_POS"]),
            )
            for row in rows
        ]
        days = fold(State(), samples, Rules(truck=Truck()))[1].days
        begun = datetime.fromisoformat(rows[0]["timestamp"] + "+10:00")
        yield Tank(
            from_at=begun,
            to_at=begun + timedelta(minutes=4),
            filled_l=float(rows[0]["Fuel Used"]),
            estimated_l={FuelMethod.MAF: sum(day.maf_l for day in days)},
        )


@pytest.mark.recordings
def test_leave_one_lap_out_the_median_error_is_below_4_percent(recordings: Path) -> None:
    tanks = list(laps(recordings / "skyledge"))
    errors = []
    for number, lap in enumerate(tanks):
        [factor] = learn([*tanks[:number], *tanks[number + 1 :]]).factors
        errors.append(abs(factor.factor * lap.estimated_l[FuelMethod.MAF] / lap.filled_l - 1))

    assert len(errors) == 5
    assert median(errors) <= 0.04
