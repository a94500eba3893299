"""Make a truck and its logger known to the server, as the owner does when adding a truck."""

from dataclasses import dataclass

from psycopg import Connection

from keitora.devices.model import Device, Source
from keitora.devices.queries import assign_device, find_device, register_device
from keitora.errors import KeitoraError
from keitora.vehicles.model import Energy, Vehicle
from keitora.vehicles.queries import create_vehicle, find_vehicle, list_device_keys


@dataclass(frozen=True, slots=True, kw_only=True)
class Truck:
    """What the owner types in for a new truck."""

    name: str
    source: Source = "native"
    device_key: str
    energy: Energy = "petrol"
    displacement_cc: float | None = None
    plate: str | None = None
    maker: str | None = None
    model: str | None = None
    chassis_code: str | None = None
    tank_l: float | None = None
    battery_kwh: float | None = None
    kerb_kg: float | None = None


def ensure_truck(conn: Connection, *, fleet_id: int, truck: Truck) -> tuple[Vehicle, bool]:
    """Return the fleet's truck of that name with the device on it, made where missing, and whether it was made now.

    An existing truck is left as it is. Raises KeitoraError if the device is another fleet's, or on another truck.
    """
    vehicle = find_vehicle(conn, fleet_id=fleet_id, name=truck.name)
    is_new = vehicle is None
    if vehicle is None:
        vehicle = create_vehicle(
            conn,
            fleet_id=fleet_id,
            name=truck.name,
            plate=truck.plate,
            maker=truck.maker,
            model=truck.model,
            chassis_code=truck.chassis_code,
            energy=truck.energy,
            displacement_cc=truck.displacement_cc,
            tank_l=truck.tank_l,
            battery_kwh=truck.battery_kwh,
            kerb_kg=truck.kerb_kg,
        )
    ensure_device(conn, vehicle, truck)
    return vehicle, is_new


def ensure_device(conn: Connection, vehicle: Vehicle, truck: Truck) -> Device:
    """Return the truck's device, made and put on it where missing. Raises KeitoraError as `ensure_truck` does."""
    device = find_device(conn, source=truck.source, device_key=truck.device_key)
    if device is None:
        device = register_device(conn, fleet_id=vehicle.fleet_id, source=truck.source, device_key=truck.device_key)
    if device.fleet_id != vehicle.fleet_id:
        raise KeitoraError(
            f"the device '{truck.device_key}' belongs to another fleet; choose another key: --device KEY"
        )
    if truck.device_key not in list_device_keys(conn, fleet_id=vehicle.fleet_id).get(vehicle.vehicle_id, []):
        assign_device(conn, fleet_id=vehicle.fleet_id, device_id=device.device_id, vehicle_id=vehicle.vehicle_id)
    return device
