"""`keitora fuel explain`: the numbers it prints lead to the litres that are told."""

import psycopg
import pytest

from keitora.calibration.commands import fuel
from keitora.errors import KeitoraError
from keitora.fleets.queries import create_fleet
from keitora.trips.ids import trip_id
from keitora.trips.model import TripKey
from keitora.vehicles.model import Vehicle
from keitora.vehicles.queries import create_vehicle
from tests.api.builders import NOW, add_samples, add_trip, drive, insert


@pytest.fixture
def truck(database_url: str, monkeypatch: pytest.MonkeyPatch) -> Vehicle:
    monkeypatch.setenv("KEITORA_DATABASE_URL", database_url)
    with psycopg.connect(database_url) as conn:
        truck = create_vehicle(
            conn, fleet_id=create_fleet(conn, name="Farm").fleet_id, name="Carry", displacement_cc=658
        )
        add_trip(conn, truck, NOW, fuel_l=0.65, speed_density_l=0.6, road_load_l=0.05)
        rows = [row | {"engine_rpm": 3000, "map_kpa": 60, "intake_temp_c": 30} for row in drive(NOW, 30)]
        add_samples(conn, truck, rows)
        common = {"vehicle_id": truck.vehicle_id, "fleet_id": truck.fleet_id, "method": "speed_density"}
        insert(
            conn, "fuel_factor", **common, valid_from="-infinity", valid_to="infinity", factor=0.9,
            uncertainty_ratio=0.03, tank_count=4,
        )  # fmt: skip
    return truck


def test_it_leads_from_the_samples_to_the_litres(truck: Vehicle, capsys: pytest.CaptureFixture[str]) -> None:
    assert fuel(["explain", trip_id(TripKey(truck.vehicle_id, NOW))]) == 0
    told = capsys.readouterr().out

    assert "Samples: 30 (engine_rpm 30, map_kpa 30, intake_temp_c 30, speed_kmh 30, altitude_m 30)" in told
    assert "3000/120 · VE 0.80 · 0.658 L · 60 kPa · 3.4845/303 K · 3600 / (14.7 · λ 1.000 · 745) = 2.97 L/h" in told
    assert "speed_density: 0.600 L × 0.900 (± 3 %, from 4 full tanks) = 0.540 L" in told
    assert "road_load: 0.050 L, no factor learnt yet" in told
    assert "Litres: 0.650 estimated, 0.590 told" in told


def test_a_trip_that_is_not_there_is_said(truck: Vehicle) -> None:
    with pytest.raises(KeitoraError, match="no such trip"):
        fuel(["explain", trip_id(TripKey(truck.vehicle_id + 1, NOW))])
