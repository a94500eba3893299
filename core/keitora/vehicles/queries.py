"""All SQL of vehicles. The caller commits."""

from collections.abc import Mapping
from dataclasses import asdict
from datetime import date
from typing import Final

from psycopg import AsyncConnection, Connection
from psycopg.errors import CheckViolation, UniqueViolation
from psycopg.rows import class_row

from keitora.db.sql import load
from keitora.errors import KeitoraError, NotFoundError
from keitora.vehicles.model import Energy, NewVehicle, Vehicle

_FIND_VEHICLE: Final = load("keitora.vehicles", "find_vehicle")
_CREATE_VEHICLE: Final = load("keitora.vehicles", "create_vehicle")
_LIST_VEHICLES: Final = load("keitora.vehicles", "list_vehicles")
_FIND_BY_ID: Final = load("keitora.vehicles", "find_vehicle_by_id")
_HOLD: Final = _FIND_BY_ID + b"FOR NO KEY UPDATE"
_CHANGE_VEHICLE: Final = load("keitora.vehicles", "change_vehicle")
_LIST_DEVICE_KEYS: Final = """
SELECT a.vehicle_id, d.device_key
FROM device_assignment AS a JOIN device AS d USING (fleet_id, device_id)
WHERE a.fleet_id = %(fleet_id)s AND a.during @> now()
ORDER BY a.vehicle_id, d.device_key
"""


def find_vehicle(conn: Connection, *, fleet_id: int, name: str) -> Vehicle | None:
    """Return the fleet's truck of that name, in service or not."""
    with conn.cursor(row_factory=class_row(Vehicle)) as cursor:
        return cursor.execute(_FIND_VEHICLE, {"fleet_id": fleet_id, "name": name}).fetchone()


def create_vehicle(
    conn: Connection,
    *,
    fleet_id: int,
    name: str,
    plate: str | None = None,
    maker: str | None = None,
    model: str | None = None,
    chassis_code: str | None = None,
    energy: Energy = "petrol",
    displacement_cc: float | None = None,
    volumetric_efficiency: float | None = None,
    tank_l: float | None = None,
    battery_kwh: float | None = None,
    kerb_kg: float | None = None,
    built_on: date | None = None,
    induction: str = "natural",
    has_fuel_cut: bool | None = None,
) -> Vehicle:
    """Make a truck. Raises KeitoraError if the fleet has one of that name, or a number cannot be true of a truck."""
    values: dict[str, object] = {
        "fleet_id": fleet_id,
        "name": name,
        "plate": plate,
        "maker": maker,
        "model": model,
        "chassis_code": chassis_code,
        "energy": energy,
        "displacement_cc": displacement_cc,
        "volumetric_efficiency": volumetric_efficiency,
        "tank_l": tank_l,
        "battery_kwh": battery_kwh,
        "kerb_kg": kerb_kg,
        "built_on": built_on,
        "induction": induction,
        "has_fuel_cut": has_fuel_cut,
    }
    try:
        with conn.cursor(row_factory=class_row(Vehicle)) as cursor:
            vehicle = cursor.execute(_CREATE_VEHICLE, values).fetchone()
    except CheckViolation as error:
        raise _not_true(error, values) from error
    if vehicle is None:
        raise KeitoraError(f"there is already a truck named '{name}'")
    return vehicle


async def add_vehicle(conn: AsyncConnection, *, fleet_id: int, new: NewVehicle) -> Vehicle:
    """Make a truck. Raises KeitoraError if the fleet has one of that name, or a number cannot be true of a truck."""
    values: dict[str, object] = {"fleet_id": fleet_id, "volumetric_efficiency": None, **asdict(new)}
    try:
        async with conn.transaction(), conn.cursor(row_factory=class_row(Vehicle)) as cursor:
            await cursor.execute(_CREATE_VEHICLE, values)
            vehicle = await cursor.fetchone()
    except CheckViolation as error:
        raise _not_true(error, values) from error
    if vehicle is None:
        raise KeitoraError(f"there is already a truck named '{new.name}'")
    return vehicle


def _not_true(error: CheckViolation, values: Mapping[str, object]) -> KeitoraError:
    column = (error.diag.constraint_name or "").removeprefix("vehicle_").removesuffix("_check")
    return KeitoraError(f"{column} = {values.get(column)!r} cannot be true of a truck")


def list_vehicles(conn: Connection, *, fleet_id: int) -> list[Vehicle]:
    """Return the fleet's trucks that are in service, by name."""
    with conn.cursor(row_factory=class_row(Vehicle)) as cursor:
        return cursor.execute(_LIST_VEHICLES, {"fleet_id": fleet_id, "archived": False}).fetchall()


def list_device_keys(conn: Connection, *, fleet_id: int) -> dict[int, list[str]]:
    """Return the keys of the devices that are on each truck now."""
    keys: dict[int, list[str]] = {}
    for vehicle_id, device_key in conn.execute(_LIST_DEVICE_KEYS, {"fleet_id": fleet_id}):
        keys.setdefault(vehicle_id, []).append(device_key)
    return keys


async def read_vehicles(conn: AsyncConnection, *, fleet_id: int, archived: bool = False) -> list[Vehicle]:
    """Return the fleet's trucks that are in service, or those that are put away, by name."""
    async with conn.cursor(row_factory=class_row(Vehicle)) as cursor:
        await cursor.execute(_LIST_VEHICLES, {"fleet_id": fleet_id, "archived": archived})
        return await cursor.fetchall()


async def read_vehicle(conn: AsyncConnection, *, fleet_id: int, vehicle_id: int) -> Vehicle:
    """Return the fleet's truck in service of that number. Raises NotFoundError if there is none."""
    for truck in await read_vehicles(conn, fleet_id=fleet_id):
        if truck.vehicle_id == vehicle_id:
            return truck
    raise NotFoundError(f"there is no truck {vehicle_id}")


async def find_known_vehicle(
    conn: AsyncConnection, *, fleet_id: int, vehicle_id: int, is_to_change: bool = False
) -> Vehicle:
    """Return the fleet's truck of that number, in service or put away. Raises NotFoundError if there is none.

    `is_to_change`: nobody else changes it until the transaction ends, so that two people's changes add up.
    """
    async with conn.cursor(row_factory=class_row(Vehicle)) as cursor:
        await cursor.execute(_HOLD if is_to_change else _FIND_BY_ID, {"fleet_id": fleet_id, "vehicle_id": vehicle_id})
        truck = await cursor.fetchone()
    if truck is None:
        raise NotFoundError(f"there is no truck {vehicle_id}")
    return truck


async def change_vehicle(conn: AsyncConnection, *, truck: Vehicle, archived: bool) -> Vehicle:
    """Keep what a truck has become, in service or put away, and return it; what follows from it is made anew.

    Raises KeitoraError if the fleet has another truck of that name, or a number cannot be true of a truck.
    """
    values: dict[str, object] = {**asdict(truck), "archived": archived}
    try:
        async with conn.transaction(), conn.cursor(row_factory=class_row(Vehicle)) as cursor:
            await cursor.execute(_CHANGE_VEHICLE, values)
            changed = await cursor.fetchone()
    except CheckViolation as error:
        raise _not_true(error, values) from error
    except UniqueViolation as error:
        raise KeitoraError(f"there is already a truck named '{truck.name}'; it may be put away") from error
    if changed is None:
        raise NotFoundError(f"there is no truck {truck.vehicle_id}")
    return changed
