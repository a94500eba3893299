"""`keitora sim load`: arguments, registration, and the figures at the end."""

import argparse
import json
import resource
import signal
from collections.abc import Mapping
from contextlib import suppress
from datetime import UTC, datetime
from threading import Event
from typing import Final

from psycopg import Connection
from rich.console import Console

from keitora.access.wallet import Wallet, names_user
from keitora.clock import utc_now
from keitora.devices.model import Device
from keitora.errors import SetupError
from keitora.fleets.console import open_database
from keitora.fleets.queries import create_fleet, find_fleet
from keitora.local.state import mqtt_url
from keitora_sim.load.drives import laps
from keitora_sim.load.faults import Chances
from keitora_sim.load.run import Figures, Load, Plan
from keitora_sim.load.view import line, live
from keitora_sim.logins import addresses_of, logins_file
from keitora_sim.registration import Truck, ensure_device, ensure_truck

FLEET_NAME: Final = "Keitora load"
_FASTEST_ROWS_PER_S: Final = 1_000_000  # what "as fast as it goes" is taken for when past time is laid aside for it
_SPARE_SOCKETS: Final = 64


def add_to(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the sub-command."""
    parser = commands.add_parser(
        "load",
        help="send as many samples as one process can, or at a rate",
        description="Send pre-computed drives of many trucks. Every row is new: its time and number were never sent.",
    )
    parser.add_argument("--url", help="the broker (that of this installation); a user in it speaks for all trucks")
    parser.add_argument("--devices", type=_count, default=30, metavar="N", help="trucks (%(default)s)")
    parser.add_argument("--rows", type=_count, default=10, metavar="N", help="rows in a message (%(default)s)")
    parser.add_argument("--rate", type=_rate, metavar="max|N", help="samples a second of all trucks together (max)")
    parser.add_argument("--seconds", type=float, default=60.0, metavar="S", help="how long (%(default)g)")
    parser.add_argument(
        "--connections", type=_count, metavar="N", help="for a user that speaks for all trucks (1); else one a truck"
    )
    parser.add_argument("--device-prefix", default="load-", metavar="TEXT", help="devices are TEXT0000 … (%(default)s)")
    parser.add_argument("--interval", type=float, default=1.0, metavar="S", help="seconds between rows (%(default)g)")
    parser.add_argument("--from", dest="start", type=_time, metavar="TIME", help="time of the first row, ISO 8601")
    parser.add_argument("--window", type=_count, default=4000, metavar="N", help="messages in flight (%(default)s)")
    parser.add_argument(
        "--faults",
        type=_chances,
        metavar="LIST",
        help="shares of the messages: duplicates=0.01,reordering=0.01,garbage=0.001,outages=0.0001",
    )
    parser.add_argument("--no-confirm", action="store_true", help="do not ask the ingestor what is committed")
    parser.add_argument("--register", action="store_true", help=f"make the fleet '{FLEET_NAME}' and its trucks first")
    parser.add_argument("--json", action="store_true", help="print the figures as JSON at the end, and nothing else")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Send, show, and print what came of it: 0 if all that was asked after is committed, else 1."""
    url = arguments.url or mqtt_url()
    is_shared = names_user(url)
    plan = plan_of(arguments, utc_now(), connections=arguments.connections if is_shared else arguments.devices)
    own = None if is_shared else own_addresses(plan, url)
    if is_shared and arguments.register:
        with open_database() as conn:
            register(conn, plan)
    _allow_sockets(plan.connections)
    stop = Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda _number, _frame: stop.set())
    load = Load(url, plan, laps(rows=plan.rows, interval_ms=round(arguments.interval * 1000)), own)
    with live(plan, Console(stderr=True), is_quiet=arguments.json) as tell:
        figures = load.run(stop, tell)
    print(json.dumps(figures.as_json()) if arguments.json else line(figures))
    return 0 if is_whole(plan, figures) else 1


def plan_of(arguments: argparse.Namespace, now: datetime, *, connections: int | None = None) -> Plan:
    """Return the plan of a command line.

    Rows are dated so that the last one lies before now: where trucks make rows faster than time passes, the first one
    lies as far back as that takes. The milliseconds of the start are kept, so that another run's rows lie between.
    """
    now_ms = round(now.timestamp() * 1000)
    rows_per_s = arguments.rate
    per_device_s = (rows_per_s or _FASTEST_ROWS_PER_S) * arguments.interval / arguments.devices
    needed_ms = round(max(0.0, per_device_s - 1.0) * arguments.seconds * 1000)
    start_ms = round(arguments.start.timestamp() * 1000) if arguments.start else now_ms - needed_ms
    return Plan(
        devices=arguments.devices,
        rows=arguments.rows,
        rows_per_s=rows_per_s,
        seconds=arguments.seconds,
        connections=connections or 1,
        window_messages=arguments.window,
        ask_every=0 if arguments.no_confirm else 20,
        prefix=arguments.device_prefix,
        boot=now_ms // 1000,
        start_ms=start_ms,
        faults=arguments.faults,
    )


def own_addresses(plan: Plan, url: str) -> Mapping[str, str]:
    """Return the broker's address for each truck, its own login in it; trucks and logins are made where missing."""
    with open_database() as conn:
        return addresses_of(conn, register(conn, plan), url, Wallet(logins_file()))


def register(conn: Connection, plan: Plan) -> list[Device]:
    """Make the trucks known, where they are not, and return their loggers."""
    fleet = find_fleet(conn, FLEET_NAME) or create_fleet(conn, name=FLEET_NAME)
    devices = []
    for key in plan.device_keys():
        truck = Truck(name=key, device_key=key, displacement_cc=658.0)
        vehicle, _ = ensure_truck(conn, fleet_id=fleet.fleet_id, truck=truck)
        devices.append(ensure_device(conn, vehicle, truck))
    return devices


def is_whole(plan: Plan, figures: Figures) -> bool:
    """Tell whether nobody was refused, everything was acknowledged and, where asked, nearly all of it is committed."""
    if figures.acknowledged_messages < figures.sent_messages or figures.refused_logins:
        return False
    asked_rows = plan.ask_every * plan.rows * plan.devices
    return not plan.ask_every or figures.confirmed_rows >= figures.sent_rows - asked_rows


def _allow_sockets(connections: int) -> None:
    """Raise this process's limit of open files where many connections need it. Raises SetupError if it may not."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    needed = connections + _SPARE_SOCKETS
    if soft < needed:
        with suppress(ValueError, OSError):
            resource.setrlimit(resource.RLIMIT_NOFILE, (min(needed, hard), hard))
    if resource.getrlimit(resource.RLIMIT_NOFILE)[0] < needed:
        raise SetupError(f"{connections} connections need {needed} open files; this process may have {hard}")


def _count(text: str) -> int:
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError("must be at least 1")
    return number


def _rate(text: str) -> float | None:
    if text == "max":
        return None
    rate = float(text)
    if rate <= 0:
        raise argparse.ArgumentTypeError("must be more than 0, or max")
    return rate


def _chances(text: str) -> Chances:
    try:
        return Chances.parse(text)
    except SetupError as error:
        raise argparse.ArgumentTypeError(str(error).removeprefix("--faults: ")) from error


def _time(text: str) -> datetime:
    at = datetime.fromisoformat(text)
    return at if at.tzinfo else at.replace(tzinfo=UTC)
