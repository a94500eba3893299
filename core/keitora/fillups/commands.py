"""`keitora fill-ups`."""

import argparse
import json
import sys
import tomllib
from pathlib import Path
from zoneinfo import ZoneInfo

from pydantic import ValidationError

from keitora.errors import KeitoraError
from keitora.fillups.checks import questions
from keitora.fillups.csv_file import ColumnMap, Refused, read_fill_ups
from keitora.fillups.keys import content_keys
from keitora.fillups.model import FillUp, NewFillUp, Question
from keitora.fillups.queries import import_fill_ups, read_fill_ups_of
from keitora.fleets.console import chosen_fleet, open_database
from keitora.vehicles.queries import find_vehicle


def fill_ups(argv: list[str]) -> int:
    """Import fill-ups from a CSV file, and say what is odd about them."""
    arguments = _parser().parse_args(argv)
    done: int = arguments.run(arguments)
    return done


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="keitora fill-ups", description=fill_ups.__doc__)
    actions = parser.add_subparsers(required=True, metavar="import|check")
    bring = actions.add_parser("import", help="import a CSV file; the same file again adds nothing")
    bring.add_argument("file", type=Path, metavar="FILE")
    bring.add_argument("--mapping", type=Path, metavar="FILE", help="which column is what (TOML or JSON)")
    check = actions.add_parser("check", help="say which entries look mistyped")
    for one, run in ((bring, _import), (check, _check)):
        one.add_argument("--vehicle", required=True, metavar="NAME", help="the truck they are of")
        one.add_argument("--fleet", help="name of the fleet; may be left out if there is only one")
        one.set_defaults(run=run)
    return parser


def _import(arguments: argparse.Namespace) -> int:
    mapping = None if arguments.mapping is None else read_mapping(arguments.mapping)
    try:
        text = arguments.file.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise KeitoraError(f"{arguments.file}: {error}") from error
    with open_database() as conn:
        fleet = chosen_fleet(conn, arguments.fleet)
        truck = find_vehicle(conn, fleet_id=fleet.fleet_id, name=arguments.vehicle)
        if truck is None:
            raise KeitoraError(f"there is no truck named '{arguments.vehicle}'")
        read = list(read_fill_ups(text, zone=ZoneInfo(fleet.time_zone), currency=fleet.currency, mapping=mapping))
        good = [one for one in read if isinstance(one, NewFillUp)]
        keyed = _keyed(good, truck.vehicle_id)
        new = import_fill_ups(conn, fleet_id=fleet.fleet_id, vehicle_id=truck.vehicle_id, rows=keyed, by="import")
        kept = read_fill_ups_of(conn, fleet_id=fleet.fleet_id, vehicle_id=truck.vehicle_id)
    for one in read:
        if isinstance(one, Refused):
            print(f"line {one.line}: {one.reason}", file=sys.stderr)
    print(f"{new} fill-ups imported, {len(good) - new} were there already, {len(read) - len(good)} lines refused.")
    _tell(kept, questions(kept, tank_l=truck.tank_l))
    return 0 if good else 1


def _check(arguments: argparse.Namespace) -> int:
    with open_database() as conn:
        fleet = chosen_fleet(conn, arguments.fleet)
        truck = find_vehicle(conn, fleet_id=fleet.fleet_id, name=arguments.vehicle)
        if truck is None:
            raise KeitoraError(f"there is no truck named '{arguments.vehicle}'")
        kept = read_fill_ups_of(conn, fleet_id=fleet.fleet_id, vehicle_id=truck.vehicle_id)
    _tell(kept, questions(kept, tank_l=truck.tank_l))
    return 0


def read_mapping(path: Path) -> ColumnMap:
    """Return the mapping in a TOML or JSON file. Raises KeitoraError if it is none."""
    try:
        text = path.read_text(encoding="utf-8")
        return ColumnMap.model_validate(json.loads(text) if path.suffix == ".json" else tomllib.loads(text))
    except (OSError, ValueError, ValidationError) as error:
        raise KeitoraError(f"{path}: {error}") from error


def _keyed(rows: list[NewFillUp], vehicle_id: int) -> list[tuple[str, NewFillUp]]:
    keys = content_keys((vehicle_id, row.filled_at, row.volume_l, row.odometer_km) for row in rows)
    return list(zip(keys, rows, strict=True))


def _tell(fills: list[FillUp], asked: list[Question]) -> None:
    by_id = {fill.fill_up_id: fill for fill in fills}
    for one in asked:
        fill = by_id[one.fill_up_id]
        proposal = "" if one.proposed is None else f"; {one.proposed:.1f} {one.unit} would fit"
        typed = f"{one.kind}, typed {one.typed:.1f} {one.unit}{proposal}"
        print(f"? {fill.filled_at:%Y-%m-%d} number {fill.fill_up_id}: {typed}")
    if asked:
        print("Tanks with an open question are left out of economy and calibration.")
