"""`keitora rule`."""

import argparse
import json
from typing import Any

import psycopg

from keitora.episodes.catalogue import MEANINGS
from keitora.episodes.model import Kind
from keitora.episodes.setting_queries import forget_rule_setting, list_rule_settings, save_rule_setting
from keitora.errors import KeitoraError
from keitora.fleets.console import chosen_fleet, open_database
from keitora.vehicles.queries import find_vehicle


def rule(argv: list[str]) -> int:
    """List and set the rules that raise episodes, for a fleet or for one of its trucks."""
    arguments = _parser().parse_args(argv)
    done: int = arguments.run(arguments)
    return done


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="keitora rule", description=rule.__doc__)
    actions = parser.add_subparsers(required=True, metavar="list|set|forget")

    listing = actions.add_parser("list", help="what is set differently from the defaults")
    listing.add_argument("--fleet", help="whose; may be left out if there is only one")
    listing.set_defaults(run=_list)

    setting = actions.add_parser("set", help="set thresholds, switch a rule on or off")
    _add_subject(setting)
    setting.add_argument("thresholds", nargs="*", metavar="NAME=VALUE", help="such as over_rpm=6000; a list as JSON")
    switch = setting.add_mutually_exclusive_group()
    switch.add_argument("--on", dest="is_on", action="store_const", const=True, help="switch the rule on")
    switch.add_argument("--off", dest="is_on", action="store_const", const=False, help="switch the rule off")
    setting.set_defaults(run=_set)

    forget = actions.add_parser("forget", help="let a rule be as the fleet, or its own default, has it")
    _add_subject(forget)
    forget.set_defaults(run=_forget)
    return parser


def _add_subject(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("kind", choices=[kind.value for kind in MEANINGS], metavar="KIND", help="as over_rev, low_fuel")
    parser.add_argument("--fleet", help="whose; may be left out if there is only one")
    parser.add_argument("--vehicle", help="only for this truck")


def _list(arguments: argparse.Namespace) -> int:
    with open_database() as conn:
        rows = list_rule_settings(conn, fleet_id=chosen_fleet(conn, arguments.fleet).fleet_id)
    for row in rows:
        switch = {None: "", True: " on", False: " off"}[row.is_on]
        told = " ".join(f"{name}={json.dumps(value)}" for name, value in sorted(row.limits.items()))
        print(f"{row.kind:<20} {row.vehicle_name or '(fleet)'}{switch} {told}".rstrip())
    if not rows:
        print("Every rule is as docs/reference/episodes.md has it.")
    return 0


def _set(arguments: argparse.Namespace) -> int:
    thresholds = dict(map(_pair, arguments.thresholds))
    if not thresholds and arguments.is_on is None:
        raise KeitoraError("say what to set: NAME=VALUE, --on or --off")
    with open_database() as conn:
        fleet_id, vehicle_id = _subject(conn, arguments)
        save_rule_setting(
            conn,
            fleet_id=fleet_id,
            vehicle_id=vehicle_id,
            kind=Kind(arguments.kind),
            thresholds=thresholds,
            is_on=arguments.is_on,
            entered_by="command line",
        )
    print(f"{arguments.kind} is set for {arguments.vehicle or 'the fleet'}; its episodes are being made anew.")
    return 0


def _forget(arguments: argparse.Namespace) -> int:
    with open_database() as conn:
        fleet_id, vehicle_id = _subject(conn, arguments)
        if not forget_rule_setting(conn, fleet_id=fleet_id, vehicle_id=vehicle_id, kind=Kind(arguments.kind)):
            raise KeitoraError(f"{arguments.kind} is not set for {arguments.vehicle or 'the fleet'}")
    print(f"{arguments.kind} is no longer set for {arguments.vehicle or 'the fleet'}.")
    return 0


def _pair(text: str) -> tuple[str, Any]:
    name, found, value = text.partition("=")
    if not found:
        raise KeitoraError(f"'{text}' is not NAME=VALUE")
    try:
        return name, json.loads(value)
    except json.JSONDecodeError:
        return name, value


def _subject(conn: psycopg.Connection, arguments: argparse.Namespace) -> tuple[int, int | None]:
    fleet = chosen_fleet(conn, arguments.fleet)
    if arguments.vehicle is None:
        return fleet.fleet_id, None
    vehicle = find_vehicle(conn, fleet_id=fleet.fleet_id, name=arguments.vehicle)
    if vehicle is None:
        raise KeitoraError(f"the fleet '{fleet.name}' has no truck '{arguments.vehicle}'")
    return fleet.fleet_id, vehicle.vehicle_id
