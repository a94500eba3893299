"""Rows for tests, with defaults that hold together."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any

import psycopg
from psycopg import sql

from keitora.drivers.queries import create_driver
from keitora.fleets.model import Fleet
from keitora.fleets.queries import create_fleet, create_key
from keitora.vehicles.model import Vehicle
from keitora.vehicles.queries import create_vehicle

NOW = datetime(2026, 11, 22, 3, 0, tzinfo=UTC)
"""What the API's clock says in tests: noon in Tokyo, ten in the evening of the day before in New York."""


def insert(conn: psycopg.Connection, table: str, **values: Any) -> None:
    statement = sql.SQL("INSERT INTO {} ({}) VALUES ({})").format(
        sql.Identifier(table),
        sql.SQL(", ").join(map(sql.Identifier, values)),
        sql.SQL(", ").join(sql.Placeholder(name) for name in values),
    )
    conn.execute(statement, values)


def add_trip(conn: psycopg.Connection, truck: Vehicle, started_at: datetime, **changes: Any) -> datetime:
    values: dict[str, Any] = {
        "vehicle_id": truck.vehicle_id,
        "fleet_id": truck.fleet_id,
        "started_at": started_at,
        "ended_at": started_at + timedelta(minutes=20),
        "start_lat": 36.651289,
        "start_lon": 138.180956,
        "end_lat": 36.643191,
        "end_lon": 138.188675,
        "distance_m": 9876.5,
        "distance_source": "vehicle_speed",
        "distance_second_m": 9800.0,
        "moving_s": 1000.0,
        "idle_s": 200.0,
        "gap_s": 0.0,
        "max_speed_kmh": 55.5,
        "climb_m": 80.0,
        "engine_known_s": 1200.0,
        "engine_on_s": 1200.0,
        "fuel_l": 0.65,
        "fuel_plus_minus_l": 0.06,
        "fuel_method": "speed_density",
        "fuel_known_s": 1190.0,
        "energy_kwh": None,
        "sample_count": 1200,
        "rules_version": "test",
    }
    insert(conn, "trip", **{**values, **changes})
    return started_at


def add_trip_day(conn: psycopg.Connection, truck: Vehicle, started_at: datetime, day: date, **changes: Any) -> None:
    """One local day of a trip, by default with all that `add_trip` gives it."""
    values: dict[str, Any] = {
        "vehicle_id": truck.vehicle_id,
        "fleet_id": truck.fleet_id,
        "started_at": started_at,
        "local_date": day,
        "distance_m": 9876.5,
        "moving_s": 1000.0,
        "idle_s": 200.0,
        "gap_s": 0.0,
        "engine_known_s": 1200.0,
        "engine_on_s": 1200.0,
        "fuel_l": 0.65,
        "fuel_plus_minus_l": 0.06,
        "fuel_known_s": 1190.0,
        "energy_kwh": None,
        "rules_version": "test",
    }
    insert(conn, "trip_day", **{**values, **changes})


def add_stop(conn: psycopg.Connection, truck: Vehicle, started_at: datetime, **changes: Any) -> datetime:
    values: dict[str, Any] = {
        "vehicle_id": truck.vehicle_id,
        "fleet_id": truck.fleet_id,
        "started_at": started_at,
        "ended_at": started_at + timedelta(minutes=40),
        "lat": 36.65,
        "lon": 138.18,
        "engine_known_s": 2400.0,
        "engine_on_s": 120.0,
        "fuel_l": 0.03,
        "fuel_plus_minus_l": 0.01,
        "fuel_known_s": 120.0,
        "rules_version": "test",
    }
    insert(conn, "stop", **{**values, **changes})
    return started_at


def add_idling(conn: psycopg.Connection, truck: Vehicle, started_at: datetime, **changes: Any) -> datetime:
    values: dict[str, Any] = {
        "vehicle_id": truck.vehicle_id,
        "fleet_id": truck.fleet_id,
        "started_at": started_at,
        "ended_at": started_at + timedelta(minutes=10),
        "lasted_s": 600.0,
        "lat": 36.65,
        "lon": 138.18,
        "fuel_l": 0.1,
        "fuel_plus_minus_l": 0.01,
        "fuel_known_s": 600.0,
        "rules_version": "test",
    }
    insert(conn, "idling", **{**values, **changes})
    return started_at


def add_day(conn: psycopg.Connection, truck: Vehicle, local_date: date, **changes: Any) -> None:
    values: dict[str, Any] = {
        "vehicle_id": truck.vehicle_id,
        "fleet_id": truck.fleet_id,
        "local_date": local_date,
        "trip_count": 2,
        "distance_m": 30_000.0,
        "moving_s": 3000.0,
        "idle_s": 600.0,
        "gap_s": 0.0,
        "engine_known_s": 3600.0,
        "engine_on_s": 3600.0,
        "max_speed_kmh": 60.0,
        "fuel_l": 2.0,
        "fuel_plus_minus_l": 0.2,
        "fuel_known_s": 3600.0,
        "energy_kwh": None,
        "sample_count": 3600,
        "rules_version": "test",
    }
    insert(conn, "vehicle_day", **{**values, **changes})


def add_episode(conn: psycopg.Connection, truck: Vehicle, opened_at: datetime, **changes: Any) -> datetime:
    values: dict[str, Any] = {
        "vehicle_id": truck.vehicle_id,
        "fleet_id": truck.fleet_id,
        "opened_at": opened_at,
        "kind": "overheating",
        "noticed_at": opened_at + timedelta(seconds=8),
        "closed_at": opened_at + timedelta(minutes=5),
        "ended_by": "clear",
        "severity": "critical",
        "unit": "degC",
        "bound_value": 112.0,
        "first_value": 112.5,
        "last_value": 105.0,
        "peak_value": 116.04,
        "mean_value": 114.0,
        "sample_count": 300,
        "lat": 36.65,
        "lon": 138.18,
        "rule_version": "test",
    }
    insert(conn, "episode", **{**values, **changes})
    return opened_at


def add_latest(conn: psycopg.Connection, truck: Vehicle, sampled_at: datetime, **changes: Any) -> None:
    values: dict[str, Any] = {
        "vehicle_id": truck.vehicle_id,
        "fleet_id": truck.fleet_id,
        "sampled_at": sampled_at,
        "position_at": sampled_at,
        "lat": 36.651289,
        "lon": 138.180956,
        "heading_deg": 92.3,
        "speed_at": sampled_at,
        "speed_kmh": 38.4,
        "battery_at": sampled_at,
        "battery_v": 14.1,
    }
    insert(conn, "vehicle_latest", **{**values, **changes})


def add_place(conn: psycopg.Connection, world: "World", **changes: Any) -> int:
    values: dict[str, Any] = {
        "fleet_id": world.fleet.fleet_id,
        "name": "Orchard",
        "kind": "field",
        "lat": 36.65,
        "lon": 138.18,
        "radius_m": 100.0,
        "area_m2": 31_416.0,
        "entered_by": "test",
    }
    insert(conn, "place", **{**values, **changes})
    row = conn.execute("SELECT max(place_id) FROM place WHERE fleet_id = %s", [world.fleet.fleet_id]).fetchone()
    assert row is not None
    world.place_ids.append(row[0])
    return int(row[0])


def add_visit(
    conn: psycopg.Connection, truck: Vehicle, place_id: int, entered_at: datetime, **changes: Any
) -> datetime:
    values: dict[str, Any] = {
        "vehicle_id": truck.vehicle_id,
        "fleet_id": truck.fleet_id,
        "place_id": place_id,
        "entered_at": entered_at,
        "left_at": entered_at + timedelta(minutes=30),
        "is_visit": True,
        "inside_s": 1800.0,
        "away_s": 0.0,
        "moving_s": 300.0,
        "engine_on_s": 600.0,
        "engine_known_s": 1800.0,
        "distance_m": 900.0,
        "fuel_l": 0.25,
        "fuel_known_s": 600.0,
        "energy_kwh": 0.0,
        "energy_known_s": 0.0,
        "gap_s": 0.0,
    }
    insert(conn, "visit", **{**values, **changes})
    return entered_at


def add_entry(conn: psycopg.Connection, truck: Vehicle, anchor_at: datetime, **changes: Any) -> None:
    values: dict[str, Any] = {
        "vehicle_id": truck.vehicle_id,
        "fleet_id": truck.fleet_id,
        "anchor_at": anchor_at,
        "entered_by": "test",
    }
    insert(conn, "trip_overlay", **{**values, **changes})


def add_samples(
    conn: psycopg.Connection, truck: Vehicle, rows: Iterable[dict[str, Any]], *, device_id: int = 1
) -> None:
    for number, row in enumerate(rows):
        values = {
            "vehicle_id": truck.vehicle_id,
            "device_id": device_id,
            "row_key": number,
            "delay_s": 1,
            "clock_quality": 3,
        }
        insert(conn, "sample", **{**values, **row})


def drive(started_at: datetime, count: int, *, lat: float = 36.65, lon: float = 138.18) -> list[dict[str, Any]]:
    """A sample a second going north at 36 km/h."""
    return [
        {
            "sampled_at": started_at + timedelta(seconds=second),
            "lat": lat + second * 10 / 111_195,
            "lon": lon,
            "altitude_m": 370.4,
            "speed_kmh": 36.0,
        }
        for second in range(count)
    ]


@dataclass(frozen=True, slots=True)
class World:
    """A fleet with trucks and a key for every role."""

    fleet: Fleet
    trucks: list[Vehicle]
    keys: dict[str, str] = field(repr=False)
    place_ids: list[int] = field(default_factory=list)
    fill_up_ids: list[int] = field(default_factory=list)
    upkeep_ids: list[int] = field(default_factory=list)

    def headers(self, role: str = "manager") -> dict[str, str]:
        return {"Authorization": f"Bearer {self.keys[role]}"}


def add_fill_up(conn: psycopg.Connection, world: World, filled_at: datetime, **changes: Any) -> int:
    values: dict[str, Any] = {
        "fleet_id": world.fleet.fleet_id,
        "vehicle_id": world.trucks[0].vehicle_id,
        "filled_at": filled_at,
        "volume_l": 28.4,
        "currency": "JPY",
        "entered_by": "test",
    }
    insert(conn, "fill_up", **{**values, **changes})
    [(fill_up_id,)] = conn.execute("SELECT max(fill_up_id) FROM fill_up")
    world.fill_up_ids.append(fill_up_id)
    return int(fill_up_id)


def add_upkeep(conn: psycopg.Connection, truck: Vehicle, **changes: Any) -> int:
    values: dict[str, Any] = {
        "fleet_id": truck.fleet_id,
        "vehicle_id": truck.vehicle_id,
        "kind": "oil",
        "name": "Oil",
        "every_km": 5000.0,
        "counts_from": NOW.date() - timedelta(days=10),
        "entered_by": "test",
    }
    insert(conn, "upkeep_task", **{**values, **changes})
    [(upkeep_id,)] = conn.execute("SELECT max(upkeep_task_id) FROM upkeep_task")
    return int(upkeep_id)


def add_device(conn: psycopg.Connection, truck: Vehicle, device_key: str, **changes: Any) -> int:
    """A device on a truck since ever, as it was heard a minute ago."""
    insert(conn, "device", fleet_id=truck.fleet_id, source="native", device_key=device_key)
    [(device_id,)] = conn.execute("SELECT max(device_id) FROM device")
    own = {"fleet_id": truck.fleet_id, "device_id": device_id}
    insert(conn, "device_assignment", **own, vehicle_id=truck.vehicle_id, during="(,)")
    heard: dict[str, Any] = {"last_received_at": NOW - timedelta(minutes=1), "last_sampled_at": NOW}
    insert(conn, "device_seen", **own, **{**heard, **changes})
    return int(device_id)


def add_energy(conn: psycopg.Connection, world: World, at: datetime) -> None:
    """A charge, a battery, a refuel, a price and a tariff, each with the fleet's name where it has one."""
    common = {"fleet_id": world.fleet.fleet_id, "vehicle_id": world.trucks[0].vehicle_id}
    insert(conn, "charge", **common, started_at=at, heard_at=at + timedelta(hours=1), rules_version="test")
    insert(
        conn, "pack", **common, valid_from="-infinity", valid_to="infinity", kwh_a_pct_at_half=0.16,
        slope_ratio_a_pct=0, uncertainty_ratio=0.02, swing_count=3,
    )  # fmt: skip
    insert(
        conn, "tank_event", **common, from_at=at, to_at=at + timedelta(minutes=9), kind="refuel", volume_l=27.1,
        plus_minus_l=1.2, from_pct=18, to_pct=86,
    )  # fmt: skip
    entered = {"fleet_id": world.fleet.fleet_id, "valid_from": "2026-01-01", "currency": "JPY", "entered_by": "test"}
    insert(conn, "fuel_price", **entered, energy="petrol", price_per_l=170, note=f"price of {world.fleet.name}")
    insert(conn, "tariff", **entered, name=f"tariff of {world.fleet.name}", otherwise_per_kwh=40)


def add_world(
    conn: psycopg.Connection, name: str, *, time_zone: str = "Asia/Tokyo", trucks: tuple[str, ...] = ("A", "B")
) -> World:
    fleet = create_fleet(conn, name=name, time_zone=time_zone)
    driver_id = create_driver(conn, fleet_id=fleet.fleet_id, name="Driver")
    keys = {
        "manager": create_key(conn, fleet_id=fleet.fleet_id, name="m", role="manager"),
        "viewer": create_key(conn, fleet_id=fleet.fleet_id, name="v", role="viewer"),
        "driver": create_key(conn, fleet_id=fleet.fleet_id, name="d", role="driver", driver_id=driver_id),
    }
    made = [create_vehicle(conn, fleet_id=fleet.fleet_id, name=f"{name} {truck}") for truck in trucks]
    return World(fleet, made, keys)
