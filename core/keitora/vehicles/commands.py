"""`keitora vehicle`."""

import argparse
import json
import shlex
import sys
from dataclasses import asdict
from datetime import date

import psycopg

from keitora.catalogue.find import chassis_code, look_up
from keitora.devices.model import SOURCES
from keitora.devices.queries import assign_device, find_device, register_device
from keitora.errors import KeitoraError
from keitora.fleets.console import chosen_fleet, open_database
from keitora.vehicles.model import ENERGIES, Vehicle
from keitora.vehicles.queries import create_vehicle, list_device_keys, list_vehicles


def vehicle(argv: list[str]) -> int:
    """Add trucks with their loggers, and list them."""
    arguments = _parser().parse_args(argv)
    done: int = arguments.run(arguments)
    return done


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="keitora vehicle", description=vehicle.__doc__)
    actions = parser.add_subparsers(required=True, metavar="add|list")

    add = actions.add_parser("add", help="add a truck, with the device that is on it")
    add.add_argument("name", metavar="NAME", help="what you call it; unique in the fleet")
    add.add_argument("--fleet", help="name of the fleet; may be left out if there is only one")
    add.add_argument("--device", metavar="KEY", help="the logger's name in its topic, or USER/DEVICE of OwnTracks")
    add.add_argument("--source", choices=SOURCES, default="native", help="what the device speaks (%(default)s)")
    add.add_argument("--plate", help="number plate")
    add.add_argument("--maker", help="such as Suzuki")
    add.add_argument("--model", help="such as Carry")
    add.add_argument(
        "--chassis-code", "--chassis", metavar="CODE", help="such as DA63T or EBD-DA63T; fills in what is known of it"
    )
    add.add_argument("--built", metavar="YYYY-MM", type=_month, help="when it was built; tells generations apart")
    add.add_argument("--energy", choices=ENERGIES, help="what it runs on (petrol)")
    add.add_argument("--displacement-cc", type=float, metavar="CC", help="engine; fuel from MAP needs it")
    add.add_argument("--volumetric-efficiency", type=float, metavar="RATIO", help="such as 0.85; fuel from MAP")
    add.add_argument("--tank-l", type=float, metavar="L", help="tank (litres)")
    add.add_argument("--battery-kwh", type=float, metavar="KWH", help="usable traction battery (kWh)")
    add.add_argument("--kerb-kg", type=float, metavar="KG", help="kerb weight (kg)")
    add.add_argument("--json", action="store_true", help="print JSON")
    add.set_defaults(run=_add)

    listing = actions.add_parser("list", help="list the fleet's trucks and the devices on them")
    listing.add_argument("--fleet", help="name of the fleet; may be left out if there is only one")
    listing.add_argument("--json", action="store_true", help="print JSON")
    listing.set_defaults(run=_list)
    return parser


def _month(text: str) -> date:
    try:
        return date.fromisoformat(f"{text}-01")
    except ValueError as error:
        raise argparse.ArgumentTypeError("a month such as 1999-05") from error


def _fill_in(arguments: argparse.Namespace) -> None:
    """Fill in what the catalogue knows of the chassis code and nobody typed, and say so."""
    known = look_up(arguments.chassis_code, arguments.built) if arguments.chassis_code else None
    if arguments.chassis_code:
        arguments.chassis_code = chassis_code(arguments.chassis_code)
    for name in ("maker", "model", "energy", "displacement_cc", "tank_l", "kerb_kg"):
        value = None if known is None else getattr(known, name)
        if value is not None and getattr(arguments, name) is None:
            setattr(arguments, name, value)
            print(f"{name} = {value}: known of {arguments.chassis_code}", file=sys.stderr)
    arguments.induction = (known.induction if known else None) or "natural"
    arguments.has_fuel_cut = known.has_fuel_cut if known else None
    arguments.energy = arguments.energy or "petrol"


def _add(arguments: argparse.Namespace) -> int:
    _fill_in(arguments)
    with open_database() as conn:
        fleet_id = chosen_fleet(conn, arguments.fleet).fleet_id
        truck = create_vehicle(
            conn,
            fleet_id=fleet_id,
            name=arguments.name,
            plate=arguments.plate,
            maker=arguments.maker,
            model=arguments.model,
            chassis_code=arguments.chassis_code,
            energy=arguments.energy,
            displacement_cc=arguments.displacement_cc,
            volumetric_efficiency=arguments.volumetric_efficiency,
            tank_l=arguments.tank_l,
            battery_kwh=arguments.battery_kwh,
            kerb_kg=arguments.kerb_kg,
            built_on=arguments.built,
            induction=arguments.induction,
            has_fuel_cut=arguments.has_fuel_cut,
        )
        if arguments.device:
            _put_device(conn, truck, arguments)
    keys = [arguments.device] if arguments.device else []
    if arguments.json:
        print(json.dumps(_as_json(truck, keys), ensure_ascii=False, default=str))
    else:
        print(f"Truck {truck.vehicle_id} '{truck.name}' added" + (f", device {keys[0]} on it." if keys else "."))
        print(f"Let {'it' if keys else 'a device'} in with: keitora device {_next_step(arguments)}")
    return 0


def _next_step(arguments: argparse.Namespace) -> str:
    if arguments.device is None:
        return f"add --vehicle {shlex.quote(arguments.name)}"
    return f"renew {shlex.quote(arguments.device)}" + (
        "" if arguments.source == "native" else f" --source {arguments.source}"
    )


def _put_device(conn: psycopg.Connection, truck: Vehicle, arguments: argparse.Namespace) -> None:
    device = find_device(conn, source=arguments.source, device_key=arguments.device)
    if device is None:
        device = register_device(conn, fleet_id=truck.fleet_id, source=arguments.source, device_key=arguments.device)
    if device.fleet_id != truck.fleet_id:
        raise KeitoraError(f"the device '{arguments.device}' belongs to another fleet")
    assign_device(conn, fleet_id=truck.fleet_id, device_id=device.device_id, vehicle_id=truck.vehicle_id)


def _list(arguments: argparse.Namespace) -> int:
    with open_database() as conn:
        fleet_id = chosen_fleet(conn, arguments.fleet).fleet_id
        trucks = list_vehicles(conn, fleet_id=fleet_id)
        keys = list_device_keys(conn, fleet_id=fleet_id)
    if arguments.json:
        shown = [_as_json(truck, keys.get(truck.vehicle_id, [])) for truck in trucks]
        print(json.dumps(shown, ensure_ascii=False, default=str))
        return 0
    for truck in trucks:
        kind = " ".join(word for word in (truck.maker, truck.model, truck.chassis_code) if word) or truck.energy
        devices = ", ".join(keys.get(truck.vehicle_id, [])) or "no device"
        print(f"{truck.vehicle_id:>4}  {truck.name}  {kind}  {devices}")
    return 0


def _as_json(truck: Vehicle, device_keys: list[str]) -> dict[str, object]:
    fields = asdict(truck)
    return {"id": fields.pop("vehicle_id"), **fields, "devices": device_keys}
