"""What a per cent of charge holds."""

import csv
import gzip
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path

import pytest

from keitora.energy.pack import Aged, Swing, fade_pct_a_year, learn_pack


def bmw(path: Path) -> Swing:
    with gzip.open(path, "rt", encoding="latin-1") as file:
        rows = [row for row in csv.DictReader(file, delimiter=";") if row["Battery Current [A]"].strip()]
        charges = [float(row["SoC [%]"]) for row in rows if row["SoC [%]"].strip()]
    energy_ws = volts = 0.0
    for one, other in pairwise(rows):
        lasted_s = float(other["Time [s]"]) - float(one["Time [s]"])
        energy_ws -= float(one["Battery Voltage [V]"]) * float(one["Battery Current [A]"]) * lasted_s
        volts += float(one["Battery Voltage [V]"])
    return Swing(
        from_soc_pct=charges[0],
        to_soc_pct=charges[-1],
        energy_kwh=energy_ws / 3_600_000,
        mean_voltage_v=volts / (len(rows) - 1),
    )


@pytest.mark.recordings
def test_each_recorded_drives_energy_follows_from_its_charge_within_3_percent_after_learning(recordings: Path) -> None:
    drives = [bmw(path) for path in sorted((recordings / "bmw_i3").glob("*.csv.gz"))]
    for number, drive in enumerate(drives):
        pack = learn_pack([*drives[:number], *drives[number + 1 :]])
        assert pack is not None
        assert pack.energy_kwh(drive.from_soc_pct, drive.to_soc_pct) == pytest.approx(drive.energy_kwh, rel=0.03)
        assert pack.usable_kwh == pytest.approx(22, abs=1.5)
    assert len(drives) == 3


def test_nothing_is_said_before_enough_was_seen() -> None:
    assert learn_pack([]) is None
    assert learn_pack([Swing(from_soc_pct=60, to_soc_pct=50, energy_kwh=2)]) is None
    assert learn_pack([Swing(from_soc_pct=60, to_soc_pct=58, energy_kwh=0.4)] * 50) is None


def test_charges_teach_as_well_as_drives_and_a_broken_reading_does_not() -> None:
    swings = [
        Swing(from_soc_pct=90, to_soc_pct=50, energy_kwh=6.4),
        Swing(from_soc_pct=30, to_soc_pct=80, energy_kwh=-8.0),
        Swing(from_soc_pct=80, to_soc_pct=70, energy_kwh=9.0),
        Swing(from_soc_pct=70, to_soc_pct=60, energy_kwh=-1.0),
    ]
    pack = learn_pack(swings)

    assert pack is not None
    assert pack.usable_kwh == pytest.approx(16, rel=0.01)
    assert pack.energy_kwh(20, 40) == pytest.approx(-3.2, rel=0.01)


def test_a_battery_that_fades_is_seen_through_its_winters() -> None:
    start = datetime(2026, 1, 1, tzinfo=UTC)
    history = [
        Aged(
            start + timedelta(days=30 * month), 16 * (1 - 0.025 * month / 12) * (0.9 if month % 12 in {0, 1, 11} else 1)
        )
        for month in range(36)
    ]

    assert fade_pct_a_year(history) == pytest.approx(2.7, abs=0.8)
    assert fade_pct_a_year(history[:4]) is None
