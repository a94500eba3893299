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


def test_an_electric_trip_is_led_from_its_charge_to_its_cost(
    database_url: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("KEITORA_DATABASE_URL", database_url)
    with psycopg.connect(database_url) as conn:
        fleet = create_fleet(conn, name="Post")
        van = create_vehicle(conn, fleet_id=fleet.fleet_id, name="N-VAN e:", energy="electric")
        add_trip(
            conn, van, NOW, fuel_l=None, energy_method="soc", soc_from_pct=80, soc_to_pct=60, soc_used_pct=20,
            soc_moment_pct2=1400, distance_m=24_960,
        )  # fmt: skip
        common = {"vehicle_id": van.vehicle_id, "fleet_id": fleet.fleet_id}
        insert(
            conn, "pack", **common, valid_from="-infinity", valid_to="infinity", kwh_a_pct_at_half=0.16,
            slope_ratio_a_pct=0.002, uncertainty_ratio=0.02, swing_count=41,
        )  # fmt: skip
        insert(
            conn, "running_rate", **common, valid_from="2010-01-01", valid_to="9999-12-31", currency="JPY",
            price_per_kwh=25.0, source="charges",
        )  # fmt: skip

    assert fuel(["explain", trip_id(TripKey(van.vehicle_id, NOW))]) == 0
    told = capsys.readouterr().out

    assert "80.0 to 60.0 %; a per cent holds 0.1600 kWh at half charge, 0.20 % more for each per cent above it" in told
    assert "Energy: 3.328 kWh, ± 0.067" in told  # as docs/explanation/energy-and-money.md has it
    assert "24.96 km / 3.328 kWh = 7.50 km/kWh" in told
    assert "Cost: 83.20 JPY, at 25.00 a kWh (by charges)" in told
