"""`keitora sim`: arguments and signals."""

import argparse
import json
import os
import signal
import sys
from importlib import import_module
from pathlib import Path
from threading import Event
from typing import Final

from keitora.access.model import Login
from keitora.access.wallet import Wallet, names_user, with_login
from keitora.clock import utc_now
from keitora.errors import SetupError
from keitora.fleets.console import open_database
from keitora.local.paths import homes
from keitora.local.state import mqtt_url, running
from keitora_sim.demo.fleet import opening
from keitora_sim.demo.register import let_in, register, trucks
from keitora_sim.demo.run import run
from keitora_sim.demo.store import Store

_OTHERS: Final = ("keitora_sim.scenario.command", "keitora_sim.load.command")
"""Modules of the other sub-commands: read only when asked for, as the demo runs for days on a small box."""


def main(argv: list[str], description: str) -> int:
    """Run a sub-command of `keitora sim`; without one, print help."""
    parser = argparse.ArgumentParser(prog="keitora sim", description=description)
    commands = parser.add_subparsers(metavar="register|demo|run|year|scenarios|trucks|load")

    register_parser = commands.add_parser("register", help="make the demo fleet, its trucks, drivers and keys")
    register_parser.add_argument("--json", action="store_true", help="print JSON")
    register_parser.add_argument(
        "--logins", type=Path, metavar="FILE", help="also give each device a login, and keep it"
    )
    register_parser.set_defaults(run=_register)

    demo_parser = commands.add_parser("demo", help="drive the demo fleet in real time until stopped")
    demo_parser.add_argument("--state", type=Path, metavar="FILE", help="where to remember the trucks between runs")
    demo_parser.add_argument("--logins", type=Path, metavar="FILE", help="their logins at the broker")
    demo_parser.set_defaults(run=_demo)
    if argv[:1] not in (["register"], ["demo"]):
        for name in _OTHERS:
            import_module(name).add_to(commands)

    arguments = parser.parse_args(argv)
    if "run" not in arguments:
        parser.print_help()
        return 0
    code: int = arguments.run(arguments)
    return code


def _register(arguments: argparse.Namespace) -> int:
    with open_database() as conn:
        made = register(conn)
        if arguments.logins:
            let_in(conn, Wallet(arguments.logins))
    if arguments.json:
        print(json.dumps(made.as_json(), ensure_ascii=False))
        return 0
    print(f"Fleet {made.fleet_id} '{made.name}' with {len(trucks())} trucks.")
    for who, token in made.keys.items():
        print(f"  {who + ' key':<12}{token}")
    return 0


def _demo(arguments: argparse.Namespace) -> int:
    stop = Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda _number, _frame: stop.set())
    home = homes()[1]
    addresses = _addresses(mqtt_url(), arguments.logins or home.logins_file)
    print(f"{len(addresses)} trucks: first yesterday and this morning, then live. Ctrl-C ends it.", flush=True)
    store = Store(arguments.state or home.demo_file)
    run(
        opening(store.load(), utc_now()),
        addresses,
        store,
        stop,
        tell=lambda text: print(f"keitora sim: {text}", file=sys.stderr, flush=True),
    )
    return 0


def _addresses(url: str, logins: Path) -> dict[str, str]:
    """Return the broker's address for each logger, its own login in it unless `url` names a user for all."""
    if names_user(url):
        return {truck.device_key: url for truck in trucks()}
    wallet = Wallet(logins)
    if "KEITORA_DATABASE_URL" in os.environ or running():
        with open_database() as conn:
            let_in(conn, wallet)
    found = {truck.device_key: wallet.find(truck.source, truck.device_key) for truck in trucks()}
    if not any(found.values()):
        raise SetupError(f"no logins in {logins}; make them with: keitora sim register --logins {logins}")
    return {key: with_login(url, login or Login("-", "-")) for key, login in found.items()}
