"""Make a scenario's fleet known to the server, loggers that change trucks included."""

from datetime import UTC, datetime, time
from zoneinfo import ZoneInfo

from psycopg import Connection

from keitora.devices.model import Device
from keitora.devices.queries import assign_device, find_device, register_device
from keitora.fleets.console import chosen_fleet
from keitora.fleets.queries import create_fleet, create_key, find_fleet
from keitora.vehicles.queries import create_vehicle, find_vehicle, list_device_keys
from keitora_sim.registration import Truck, ensure_truck
from keitora_sim.scenario.make import Lived
from keitora_sim.scenario.model import Scenario


def register(conn: Connection, fleet: Lived) -> list[Device]:
    """Make fleet and trucks where they are missing, and return the trucks' loggers. Raises as `ensure_truck` does."""
    scenario = fleet.scenario
    known = find_fleet(conn, scenario.fleet) or create_fleet(conn, name=scenario.fleet, time_zone=scenario.time_zone)
    trucks = {truck.name: truck for truck in fleet.trucks()}
    swapped: set[str] = set()
    for name, partner, at in _swaps(scenario):
        _swap(conn, known.fleet_id, trucks[name], trucks[partner], at)
        swapped |= {name, partner}
    for truck in trucks.values():
        if truck.name not in swapped:
            ensure_truck(conn, fleet_id=known.fleet_id, truck=truck)
    found = [find_device(conn, source=truck.source, device_key=truck.device_key) for truck in trucks.values()]
    return [device for device in found if device is not None]


def reading_key(conn: Connection, scenario: Scenario) -> str:
    """Return a fresh key that may read a scenario's fleet. Raises KeitoraError if the fleet is not there."""
    fleet = chosen_fleet(conn, scenario.fleet)
    return create_key(conn, fleet_id=fleet.fleet_id, name=f"scenario {scenario.name}", role="viewer")


def _swaps(scenario: Scenario) -> list[tuple[str, str, datetime]]:
    zone = ZoneInfo(scenario.time_zone)
    return [
        (part.name, part.swaps_logger_with, datetime.combine(part.swaps_on, time(), zone).astimezone(UTC))
        for part in scenario.trucks
        if part.swaps_logger_with and part.swaps_on
    ]


def _swap(conn: Connection, fleet_id: int, one: Truck, other: Truck, at: datetime) -> None:
    """Put each logger on its truck until a time, and on the other one from then on."""
    vehicles = {}
    for truck in (one, other):
        vehicles[truck.name] = find_vehicle(conn, fleet_id=fleet_id, name=truck.name) or create_vehicle(
            conn, fleet_id=fleet_id, name=truck.name, energy=truck.energy, displacement_cc=truck.displacement_cc
        )
    fitted = list_device_keys(conn, fleet_id=fleet_id)
    for truck, then in ((one, other), (other, one)):
        if truck.device_key in fitted.get(vehicles[truck.name].vehicle_id, []):
            continue
        device = find_device(conn, source=truck.source, device_key=truck.device_key) or register_device(
            conn, fleet_id=fleet_id, source=truck.source, device_key=truck.device_key
        )
        for vehicle, span in ((vehicles[truck.name], (None, at)), (vehicles[then.name], (at, None))):
            assign_device(
                conn,
                fleet_id=fleet_id,
                device_id=device.device_id,
                vehicle_id=vehicle.vehicle_id,
                from_at=span[0],
                to_at=span[1],
            )
