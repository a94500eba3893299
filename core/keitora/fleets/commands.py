"""`keitora key`."""

import argparse
import json

import psycopg

from keitora.drivers.queries import create_driver, find_driver
from keitora.errors import KeitoraError
from keitora.fleets.console import chosen_fleet, open_database
from keitora.fleets.model import ROLES, Fleet, Key
from keitora.fleets.queries import create_fleet, create_key, find_fleet, list_keys, oldest_fleet, revoke_key


def key(argv: list[str]) -> int:
    """Make, list and revoke the keys that open a fleet's data."""
    arguments = _parser().parse_args(argv)
    done: int = arguments.run(arguments)
    return done


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="keitora key", description=key.__doc__)
    actions = parser.add_subparsers(required=True, metavar="create|list|revoke")

    create = actions.add_parser("create", help="make a key (and its fleet, if there is none of that name)")
    create.add_argument("--fleet", help="name of the fleet; made if it does not exist (default: the oldest one)")
    create.add_argument("--role", required=True, choices=ROLES, help="viewer: read only, for Grafana")
    create.add_argument("--name", help="what the key is for; its role if not said")
    create.add_argument("--driver", help="whose key it is (role driver); made if the fleet has no such driver")
    create.add_argument("--time-zone", default="Asia/Tokyo", help="of a fleet that is made (default: %(default)s)")
    create.add_argument("--json", action="store_true", help="print JSON")
    create.set_defaults(run=_create)

    listing = actions.add_parser("list", help="list keys; the tokens themselves are not kept")
    listing.add_argument("--fleet", help="only this fleet's")
    listing.add_argument("--json", action="store_true", help="print JSON")
    listing.set_defaults(run=_list)

    revoke = actions.add_parser("revoke", help="make a key worthless")
    revoke.add_argument("api_key_id", type=int, metavar="ID", help="its number, as `keitora key list` shows it")
    revoke.set_defaults(run=_revoke)
    return parser


def _create(arguments: argparse.Namespace) -> int:
    if (arguments.role == "driver") != (arguments.driver is not None):
        raise KeitoraError("--driver NAME goes with --role driver, and only with it")
    with open_database() as conn:
        fleet = find_fleet(conn, arguments.fleet) if arguments.fleet else oldest_fleet(conn)
        if fleet is None:
            fleet = create_fleet(conn, name=arguments.fleet, time_zone=arguments.time_zone)
        driver_id = _driver_id(conn, fleet, arguments.driver)
        name = arguments.name or arguments.role
        token = create_key(conn, fleet_id=fleet.fleet_id, name=name, role=arguments.role, driver_id=driver_id)
    if arguments.json:
        shown = {"id": fleet.fleet_id, "name": fleet.name, "time_zone": fleet.time_zone}
        print(json.dumps({"key": token, "fleet": shown}, ensure_ascii=False))
    else:
        print(f"Key of the fleet '{fleet.name}' ({fleet.time_zone}), role {arguments.role}; it is shown only now:")
        print(token)
    return 0


def _driver_id(conn: psycopg.Connection, fleet: Fleet, name: str | None) -> int | None:
    if name is None:
        return None
    found = find_driver(conn, fleet_id=fleet.fleet_id, name=name)
    return create_driver(conn, fleet_id=fleet.fleet_id, name=name) if found is None else found


def _list(arguments: argparse.Namespace) -> int:
    with open_database() as conn:
        fleet_id = chosen_fleet(conn, arguments.fleet).fleet_id if arguments.fleet else None
        keys = list_keys(conn, fleet_id=fleet_id)
    if arguments.json:
        print(json.dumps([_as_json(item) for item in keys], ensure_ascii=False))
        return 0
    for item in keys:
        who = f"{item.role} {item.driver_name}" if item.driver_name else item.role
        print(f"{item.api_key_id:>4}  {item.fleet_name}  {who}  {item.name}  {_condition(item)}")
    return 0


def _condition(item: Key) -> str:
    if item.revoked_at:
        return f"revoked {item.revoked_at:%Y-%m-%d}"
    return f"until {item.expires_at:%Y-%m-%d}" if item.expires_at else f"since {item.created_at:%Y-%m-%d}"


def _as_json(item: Key) -> dict[str, object]:
    return {
        "id": item.api_key_id,
        "fleet": item.fleet_name,
        "name": item.name,
        "role": item.role,
        "driver": item.driver_name,
        "created_at": item.created_at.isoformat(),
        "expires_at": item.expires_at.isoformat() if item.expires_at else None,
        "revoked_at": item.revoked_at.isoformat() if item.revoked_at else None,
    }


def _revoke(arguments: argparse.Namespace) -> int:
    with open_database() as conn:
        if not revoke_key(conn, api_key_id=arguments.api_key_id):
            raise KeitoraError(f"there is no key {arguments.api_key_id}; `keitora key list` shows them")
    print(f"Key {arguments.api_key_id} is revoked.")
    return 0
