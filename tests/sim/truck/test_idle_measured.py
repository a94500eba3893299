"""An idling engine of the simulator against some that were recorded: what its manifold holds, and what it burns."""

from collections.abc import Mapping
from pathlib import Path
from statistics import median

import pytest

from keitora_sim.recording import Row
from keitora_sim.replay.files import load
from keitora_sim.replay.readers.options import Options
from keitora_sim.truck import engine as engines
from keitora_sim.truck.model import Engine, Logger, Spec

pytestmark = pytest.mark.recordings

DISPLACEMENT_L = {"malibu": 1.49, "civic": 1.80, "rio": 1.59, "rouge": 2.49, "transit": 3.50}  # public figures
PETROL_JG = 43_000


def test_it_holds_and_burns_not_much_more_than_engines_that_were_recorded(recordings: Path) -> None:
    pressures_kpa, burnt_kpa = [], []
    for path in sorted((recordings / "obd_fusion_montreal").glob("*.csv.gz")):
        model = next((name for name in DISPLACEMENT_L if name in path.name), None)
        rows = [row for row in load(path, "obd-fusion", Options()).drive.rows if idles(row.values)]
        if model and len(rows) > 300:
            pressures_kpa.append(median(row.values["map_kpa"] for row in rows))
            burnt_kpa.append(median(mean_burnt_kpa(row, DISPLACEMENT_L[model]) for row in rows))

    truck = Spec("truck", Logger.OBD_MAP, engine=Engine())
    idle = engines.run(
        Engine(), truck, engines.Before(0, 85, 600), engines.Surroundings(16, 101), speed_ms=0, force_n=0
    )
    own_kpa = idle.fuel_gs * PETROL_JG / (0.658e-3 * idle.rpm / 120) / 1000

    assert len(pressures_kpa) >= 5
    assert min(pressures_kpa) < idle.map_kpa < max(pressures_kpa)
    assert median(burnt_kpa) < own_kpa < 1.25 * max(burnt_kpa)  # alternator and pumps weigh more on a small engine


def idles(values: Mapping[str, float]) -> bool:
    engine_runs = 400 < values.get("engine_rpm", 0) < 1100 and values.get("maf_gs", 0) > 0
    return engine_runs and values.get("speed_kmh") == 0 and values.get("map_kpa", 0) > 0


def mean_burnt_kpa(row: Row, displacement_l: float) -> float:
    """The petrol's heat of one working cycle by the swept volume: comparable between engines of any size."""
    fuel_gs = row.values["maf_gs"] / 14.7 / (row.values.get("lambda_ratio") or 1.0)
    return fuel_gs * PETROL_JG / (displacement_l * 1e-3 * row.values["engine_rpm"] / 120) / 1000
