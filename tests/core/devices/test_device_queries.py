from collections.abc import Iterator
from datetime import UTC, datetime
from functools import partial

import psycopg
import pytest

from keitora.devices.queries import assign_device, find_device, register_device
from keitora.errors import KeitoraError, NotFoundError
from keitora.fleets.model import Fleet
from keitora.fleets.queries import create_fleet
from keitora.vehicles.model import Vehicle
from keitora.vehicles.queries import create_vehicle, find_vehicle, list_device_keys

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
EVENING = datetime(2026, 11, 22, 18, tzinfo=UTC)


@pytest.fixture
def conn(database_url: str) -> Iterator[psycopg.Connection]:
    with psycopg.connect(database_url) as conn:
        conn.execute("SET TimeZone TO 'UTC'")
        yield conn


@pytest.fixture
def fleet(conn: psycopg.Connection) -> Fleet:
    return create_fleet(conn, name="A")


@pytest.fixture
def truck(conn: psycopg.Connection, fleet: Fleet) -> Vehicle:
    return create_vehicle(conn, fleet_id=fleet.fleet_id, name="Carry")


def test_a_device_is_found_as_its_topic_names_it(conn: psycopg.Connection, fleet: Fleet) -> None:
    made = register_device(conn, fleet_id=fleet.fleet_id, source="native", device_key="logger-1")

    assert find_device(conn, source="native", device_key="logger-1") == made
    assert find_device(conn, source="owntracks", device_key="logger-1") is None
    with pytest.raises(KeitoraError, match="already registered"):
        register_device(conn, fleet_id=fleet.fleet_id, source="native", device_key="logger-1")


@pytest.mark.parametrize("device_key", ["ab", "UPPER", "a b", "a/b", "a" * 33, "日本"])
def test_a_malformed_key_is_refused(conn: psycopg.Connection, fleet: Fleet, device_key: str) -> None:
    with pytest.raises(KeitoraError, match="no device key"):
        register_device(conn, fleet_id=fleet.fleet_id, source="native", device_key=device_key)


def test_a_device_moves_from_truck_to_truck(conn: psycopg.Connection, fleet: Fleet, truck: Vehicle) -> None:
    other = create_vehicle(conn, fleet_id=fleet.fleet_id, name="Hijet")
    device = register_device(conn, fleet_id=fleet.fleet_id, source="native", device_key="logger-1")
    assign = partial(assign_device, conn, fleet_id=fleet.fleet_id, device_id=device.device_id)

    assign(vehicle_id=truck.vehicle_id, to_at=NOON)
    assign(vehicle_id=other.vehicle_id, from_at=NOON)

    with pytest.raises(
        KeitoraError, match=r"'logger-1' is on 'Carry' from the beginning to 2026-11-22 12:00:00\+00:00"
    ):
        assign(vehicle_id=truck.vehicle_id)
    with pytest.raises(KeitoraError, match=r"is on 'Hijet'.*to further notice"):
        assign(vehicle_id=truck.vehicle_id, from_at=EVENING)
    spans = conn.execute(
        "SELECT vehicle_id, lower(during), upper(during) FROM device_assignment ORDER BY 2 NULLS FIRST"
    )
    assert spans.fetchall() == [(truck.vehicle_id, None, NOON), (other.vehicle_id, NOON, None)]


def test_one_truck_carries_several_devices(conn: psycopg.Connection, fleet: Fleet, truck: Vehicle) -> None:
    for key in ("logger-2", "logger-1"):
        device = register_device(conn, fleet_id=fleet.fleet_id, source="native", device_key=key)
        assign_device(conn, fleet_id=fleet.fleet_id, device_id=device.device_id, vehicle_id=truck.vehicle_id)

    assert list_device_keys(conn, fleet_id=fleet.fleet_id) == {truck.vehicle_id: ["logger-1", "logger-2"]}


def test_a_device_is_taken_off_after_it_was_put_on(conn: psycopg.Connection, fleet: Fleet, truck: Vehicle) -> None:
    device = register_device(conn, fleet_id=fleet.fleet_id, source="native", device_key="logger-1")

    for from_at, to_at in ((EVENING, NOON), (NOON, NOON)):
        with pytest.raises(KeitoraError, match="before it is taken off"):
            assign_device(
                conn,
                fleet_id=fleet.fleet_id,
                device_id=device.device_id,
                vehicle_id=truck.vehicle_id,
                from_at=from_at,
                to_at=to_at,
            )


def test_another_fleets_truck_is_not_found(conn: psycopg.Connection, fleet: Fleet, truck: Vehicle) -> None:
    other = create_fleet(conn, name="B")
    device = register_device(conn, fleet_id=other.fleet_id, source="native", device_key="logger-1")

    with pytest.raises(NotFoundError, match="no such device or truck"):
        assign_device(conn, fleet_id=other.fleet_id, device_id=device.device_id, vehicle_id=truck.vehicle_id)
    conn.rollback()


def test_a_truck_is_found_in_its_own_fleet_only(conn: psycopg.Connection, fleet: Fleet, truck: Vehicle) -> None:
    other = create_fleet(conn, name="B")

    assert find_vehicle(conn, fleet_id=fleet.fleet_id, name="Carry") == truck
    assert find_vehicle(conn, fleet_id=other.fleet_id, name="Carry") is None
