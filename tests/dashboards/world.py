"""A fleet with something of everything, for all panels to show."""

from datetime import date, timedelta

import psycopg
from psycopg.types.json import Jsonb

from keitora.services.queries import beat
from keitora.vehicles.model import Vehicle
from tests.api.builders import (
    NOW,
    World,
    add_day,
    add_device,
    add_energy,
    add_entry,
    add_episode,
    add_fill_up,
    add_idling,
    add_latest,
    add_place,
    add_samples,
    add_stop,
    add_trip,
    add_trip_day,
    add_visit,
    add_world,
    drive,
    insert,
)

HOUR = timedelta(hours=1)
TODAY = date(2026, 11, 22)
"""The fleet's local day at NOW."""


def add_fleet(conn: psycopg.Connection) -> World:
    """One truck knows its fuel every day, one on some days, one never; the fourth is new. And a neighbour."""
    world = add_world(conn, "Farm", trucks=("1", "2", "3", "new"))
    other = add_world(conn, "Neighbour", trucks=("1",))
    known, partly, never, _ = world.trucks
    for ago in range(6):
        day = TODAY - timedelta(days=ago)
        told = {"rest_battery_v": 12.5 - ago / 100, "idle_l": 0.1, "energy_kwh": 0.5}
        told["speed_density_l"] = 2.5 + ago / 10
        add_day(conn, known, day, distance_m=42_000.0 + ago, fuel_l=2.5 + ago / 10, **told)
        add_day(conn, partly, day, distance_m=10_000.0, fuel_l=1.0, fuel_known_s=3600.0 if ago % 2 else 1800.0)
        add_day(conn, never, day, distance_m=20_000.0, fuel_l=None, fuel_plus_minus_l=None, fuel_known_s=0.0)
        add_day(conn, other.trucks[0], day, distance_m=999_000.0, fuel_l=99.0)
        begun = add_trip(conn, known, NOW - timedelta(days=ago, hours=2))
        add_trip_day(conn, known, begun, day)
        add_stop(conn, known, begun + timedelta(minutes=20), lat=36.7, lon=138.2)
        add_idling(conn, known, begun + timedelta(minutes=5))
    add_trip(conn, never, NOW - 5 * HOUR, fuel_l=None, fuel_plus_minus_l=None, fuel_method=None)
    warm = {"fuel_level_at": NOW, "fuel_level_pct": 40.0, "coolant_at": NOW, "coolant_temp_c": 86.0}
    warm |= {"soc_at": NOW, "soc_pct": 80.0}
    add_latest(conn, known, NOW - timedelta(seconds=5), **warm)
    add_latest(conn, partly, NOW - timedelta(days=10), speed_kmh=None, speed_at=None)
    nowhere = {"position_at": None, "lat": None, "lon": None, "heading_deg": None}
    add_latest(conn, never, NOW - timedelta(seconds=5), **nowhere)
    _add_what_people_and_rules_say(conn, world)
    _add_neighbours_secrets(conn, other)
    return world


def _add_what_people_and_rules_say(conn: psycopg.Connection, world: World) -> None:
    known, partly, never, _ = world.trucks
    told = {"engine_rpm": 3100.0, "coolant_temp_c": 86.0, "battery_v": 14.1, "fuel_level_pct": 40.0, "soc_pct": 80.0}
    add_samples(conn, known, [{**row, **told} for row in drive(NOW - 2 * HOUR, 120)])
    insert(
        conn, "upkeep_task", fleet_id=world.fleet.fleet_id, vehicle_id=known.vehicle_id, kind="oil", name="Oil",
        every_km=5000.0, due_on=TODAY - timedelta(days=3), counts_from=TODAY - timedelta(days=300), entered_by="test",
    )  # fmt: skip
    _add_device(conn, known)
    add_energy(conn, world, NOW - 20 * HOUR)
    insert(
        conn, "fuel_factor", vehicle_id=partly.vehicle_id, fleet_id=partly.fleet_id, method="maf", factor=1.06,
        valid_from="-infinity", valid_to="infinity", uncertainty_ratio=0.03, tank_count=5,
    )  # fmt: skip
    conn.execute("UPDATE vehicle SET energy = 'electric' WHERE vehicle_id = %s", [world.trucks[3].vehicle_id])
    for truck in (known, partly):
        insert(
            conn, "running_rate", vehicle_id=truck.vehicle_id, fleet_id=truck.fleet_id, valid_from=date(2026, 1, 1),
            valid_to=date(2027, 1, 1), currency="JPY", price_per_l=170.0, co2_kg_per_l=2.32, source="prices",
        )  # fmt: skip
    add_episode(conn, known, NOW - 2 * HOUR)
    add_episode(conn, partly, NOW - 3 * HOUR, kind="weak_battery", closed_at=None, ended_by=None, unit="V")
    add_fill_up(conn, world, NOW - 30 * HOUR, total_price=4828, odometer_km=41_000.0, station="Ueda")
    field = add_place(conn, world)
    add_visit(conn, known, field, NOW - 4 * HOUR)
    insert(
        conn, "farm_day", vehicle_id=known.vehicle_id, fleet_id=known.fleet_id, local_date=TODAY, inside_s=1800.0,
        moving_s=300.0, engine_on_s=600.0, engine_known_s=1800.0, distance_m=900.0, fuel_l=0.25, fuel_known_s=600.0,
        energy_kwh=0.0, energy_known_s=0.0, gap_s=0.0,
    )  # fmt: skip
    insert(
        conn, "rule_setting", fleet_id=world.fleet.fleet_id, kind="driverless", is_on=True, limits=Jsonb({}),
        entered_by="test",
    )  # fmt: skip
    row = conn.execute("SELECT driver_id FROM driver WHERE fleet_id = %s", [world.fleet.fleet_id]).fetchone()
    assert row is not None
    add_entry(conn, known, NOW - 2 * HOUR, purpose="farm", driver_id=row[0], note="apples")
    # Of a trip that is no longer there.
    add_entry(conn, never, NOW - timedelta(days=4), note="lost")
    beat(conn, service="derive", instance="box:7", detail={})
    conn.execute("UPDATE service_heartbeat SET beat_at = %s", [NOW - timedelta(minutes=5)])
    beat(conn, service="ingest", instance="box:8", detail={"samples_per_s": 4.5, "lag_s": 1.2, "waiting_messages": 0})
    conn.execute("UPDATE service_heartbeat SET beat_at = %s WHERE service = 'ingest'", [NOW])


def _add_device(conn: psycopg.Connection, truck: Vehicle) -> None:
    device_id = add_device(conn, truck, "box-1")
    insert(
        conn, "device_day", device_id=device_id, fleet_id=truck.fleet_id, local_date=TODAY, message_count=10,
        row_count=100, new_count=100, late_row_count=7,
    )  # fmt: skip


def _add_neighbours_secrets(conn: psycopg.Connection, other: World) -> None:
    truck = other.trucks[0]
    add_trip(conn, truck, NOW - 2 * HOUR)
    add_latest(conn, truck, NOW)
    add_episode(conn, truck, NOW - 2 * HOUR, closed_at=None, ended_by=None)
    add_place(conn, other, name="Neighbour's barn")
