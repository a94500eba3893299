"""Charges, batteries, tariffs, prices, refuels and the balance of fuel over HTTP."""

from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg
import pytest
from fastapi.testclient import TestClient

from keitora.calibration.queries import learn_next
from keitora.vehicles.model import Vehicle
from keitora.vehicles.queries import create_vehicle
from tests.api.builders import NOW, World, add_day, add_fill_up, add_latest, add_trip, insert

NIGHT = datetime(2026, 11, 20, 14, tzinfo=UTC)  # 23:00 in Tokyo
TARIFF: dict[str, Any] = {
    "name": "夜トク",
    "valid_from": "2026-04-01",
    "otherwise_per_kwh": "40",
    "bands": [{"price_per_kwh": "22", "from_minute": 1380, "to_minute": 420}],
}


@pytest.fixture
def van(conn: psycopg.Connection, world: World) -> Vehicle:
    return create_vehicle(
        conn, fleet_id=world.fleet.fleet_id, name=f"{world.fleet.name} EV", energy="electric", battery_kwh=20
    )


def add_charge(conn: psycopg.Connection, van: Vehicle, **changes: Any) -> None:
    values: dict[str, Any] = {
        "vehicle_id": van.vehicle_id,
        "fleet_id": van.fleet_id,
        "started_at": NIGHT,
        "ended_at": NIGHT + timedelta(hours=4),
        "heard_at": NIGHT + timedelta(hours=4),
        "from_soc_pct": 30,
        "to_soc_pct": 80,
        "measured_kwh": 8.8,
        "rules_version": "test",
    }
    insert(conn, "charge", **(values | changes))


def learn(conn: psycopg.Connection) -> None:
    while learn_next(conn) is not None:
        pass


def test_a_charge_costs_what_the_tariff_says_until_its_bill_is_entered(
    client: TestClient, conn: psycopg.Connection, world: World, van: Vehicle
) -> None:
    add_charge(conn, van)
    made = client.post("/v1/tariffs", json=TARIFF, headers=world.headers())
    [by_tariff] = client.get("/v1/charges", headers=world.headers("viewer")).json()["items"]
    assert made.status_code == 201
    assert (by_tariff["added_kwh"], by_tariff["drawn_kwh"], by_tariff["energy_source"]) == (8.8, 10.0, "measured")
    assert (by_tariff["cost"], by_tariff["currency"], by_tariff["cost_source"]) == (220.0, "JPY", "tariff")

    bill = {"vehicle_id": van.vehicle_id, "charged_at": NIGHT.isoformat(), "energy_kwh": 10.4, "total_price": "300"}
    entered = client.post("/v1/charges", json=bill, headers=world.headers("driver"))
    [by_bill] = client.get("/v1/charges", headers=world.headers()).json()["items"]
    assert entered.status_code == 201
    assert (by_bill["cost"], by_bill["drawn_kwh"], by_bill["entry_id"]) == (300.0, 10.4, entered.json()["id"])


def test_what_was_entered_of_a_charge_is_taken_back_by_who_entered_it_or_a_manager(
    client: TestClient, conn: psycopg.Connection, world: World, van: Vehicle
) -> None:
    add_charge(conn, van)
    fill_up = add_fill_up(conn, world, NIGHT, vehicle_id=van.vehicle_id)
    bill = {"vehicle_id": van.vehicle_id, "charged_at": NIGHT.isoformat(), "energy_kwh": 10.4, "note": "depot"}
    typed = {
        role: client.post("/v1/charges", json=bill, headers=world.headers(role)).json()
        for role in ("manager", "driver")
    }
    paths = {role: f"/v1/charges/{told['id']}" for role, told in typed.items()}

    def entered() -> int | None:
        [charge] = client.get("/v1/charges", headers=world.headers()).json()["items"]
        return charge["entry_id"]  # type: ignore[no-any-return]

    assert typed["manager"]["note"] == "depot"
    assert entered() == typed["manager"]["id"]
    assert client.delete(paths["manager"], headers=world.headers("driver")).status_code == 404
    assert client.delete(f"/v1/charges/{fill_up}", headers=world.headers()).status_code == 404
    assert client.delete(paths["manager"], headers=world.headers()).status_code == 204
    assert entered() == typed["driver"]["id"]
    assert client.delete(paths["driver"], headers=world.headers("driver")).status_code == 204
    assert client.delete(paths["driver"], headers=world.headers("driver")).status_code == 204, "again changes nothing"
    assert entered() is None


def test_only_a_manager_enters_prices_and_tariffs_and_a_charge_is_of_an_electric_truck(
    client: TestClient, world: World
) -> None:
    price = {"valid_from": "2026-01-01", "price_per_l": "159.9"}
    bill = {"vehicle_id": world.trucks[0].vehicle_id, "charged_at": NIGHT.isoformat(), "energy_kwh": 10.4}

    assert client.post("/v1/tariffs", json=TARIFF, headers=world.headers("driver")).status_code == 403
    assert client.post("/v1/prices", json=price, headers=world.headers("driver")).status_code == 403
    assert client.post("/v1/charges", json=bill, headers=world.headers()).status_code == 404


def test_a_price_that_is_taken_back_no_longer_counts(
    client: TestClient, conn: psycopg.Connection, world: World
) -> None:
    add_day(conn, world.trucks[0], NOW.date() - timedelta(days=1), fuel_l=2.0, maf_l=2.0, idle_l=0.4)
    body = {"valid_from": "2026-01-01", "price_per_l": "160", "tax_per_l": "28.7"}
    price = client.post("/v1/prices", json=body, headers=world.headers()).json()
    learn(conn)
    [day] = client.get("/v1/days", headers=world.headers()).json()["items"]
    assert (day["cost"], day["idle_cost"], day["cost_per_km"], day["idle_fuel_l"]) == (320.0, 64.0, 10.67, 0.4)
    assert day["co2_kg"] == pytest.approx(4.64, abs=0.01)
    [month] = client.get("/v1/stats", headers=world.headers()).json()["items"]
    assert (month["cost"], month["cost_per_km"], month["co2_kg"]) == (320.0, 10.67, day["co2_kg"])

    assert client.delete(f"/v1/prices/{price['id']}", headers=world.headers()).status_code == 204
    learn(conn)
    [day] = client.get("/v1/days", headers=world.headers()).json()["items"]
    assert day["cost"] is None
    assert client.get("/v1/prices", headers=world.headers()).json()["items"] == []


def test_a_trip_tells_its_cost_and_its_rate_says_why(
    client: TestClient, conn: psycopg.Connection, world: World
) -> None:
    add_fill_up(conn, world, NOW - timedelta(days=3), volume_l=30, total_price=5100)
    add_trip(conn, world.trucks[0], NOW - timedelta(hours=5), maf_l=0.65, idle_l=0.1)
    learn(conn)
    [trip] = client.get("/v1/trips", headers=world.headers()).json()["items"]
    rates = client.get("/v1/rates", headers=world.headers("viewer")).json()

    assert (trip["cost"], trip["cost_plus_minus"], trip["idle_cost"]) == (110.5, 10.2, 17.0)
    own = [one for one in rates["items"] if one["vehicle_id"] == world.trucks[0].vehicle_id]
    assert [(one["price_per_l"], one["source"]) for one in own] == [(None, "none"), (170.0, "own_fill_ups")]
    assert "METI" in rates["co2_sources"]["petrol"]


def test_a_battery_tells_how_far_it_goes_by_its_own_habit(
    client: TestClient, conn: psycopg.Connection, world: World, van: Vehicle
) -> None:
    for day in range(1, 9):
        add_trip(
            conn, van, NOW - timedelta(days=day), distance_m=10_000, fuel_l=None, fuel_plus_minus_l=None,
            fuel_method=None, energy_kwh=1.25, energy_method="measured", soc_from_pct=60, soc_to_pct=52,
        )  # fmt: skip
    add_latest(conn, van, NOW, soc_at=NOW, soc_pct=58)
    learn(conn)
    [one] = client.get("/v1/traction-batteries", headers=world.headers("driver")).json()["items"]

    assert (one["km_per_kwh"], one["swing_count"]) == (8.0, 8)
    assert one["usable_kwh"] == pytest.approx(15.6, abs=0.1)
    assert one["range_left_km"] == pytest.approx(50 * 0.15625 * 8, abs=0.5)


def test_the_litres_of_a_month_are_held_against_those_filled_in(
    client: TestClient, conn: psycopg.Connection, world: World
) -> None:
    truck = create_vehicle(conn, fleet_id=world.fleet.fleet_id, name=f"{world.fleet.name} C", tank_l=40)
    for days, pct in ((20, 50), (2, 60)):
        at = NOW - timedelta(days=days)
        insert(
            conn, "tank_level", vehicle_id=truck.vehicle_id, fleet_id=truck.fleet_id, started_at=at, ended_at=at,
            first_pct=pct, last_pct=pct, reading_count=5, rules_version="test",
        )  # fmt: skip
    add_day(conn, truck, NOW.date() - timedelta(days=9), fuel_l=25.0, fuel_plus_minus_l=2.5, maf_l=25.0)
    add_fill_up(conn, world, NOW - timedelta(days=8), vehicle_id=truck.vehicle_id, volume_l=30)
    told = client.get("/v1/fuel-balance", params={"vehicle": truck.vehicle_id}, headers=world.headers()).json()

    [one] = told["items"]
    assert (one["used_l"], one["level_change_l"], one["filled_l"], one["difference_l"]) == (25.0, 4.0, 30.0, 1.0)


def test_what_cannot_be_a_tariff_is_refused(client: TestClient, world: World) -> None:
    wrongs: list[dict[str, Any]] = [{"otherwise_per_kwh": "-1"}, {"place_id": 2**31 - 1}, {"name": ""}]
    wrongs += [{"bands": [{"price_per_kwh": "30", **when}]} for when in ({"months": [13]}, {"weekdays": [7]})]
    codes = [client.post("/v1/tariffs", json=TARIFF | one, headers=world.headers()).status_code for one in wrongs]

    assert codes == [422, 404, 422, 422, 422]
