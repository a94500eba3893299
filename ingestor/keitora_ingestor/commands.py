"""The ingestor's commands: `keitora ingest`, `derive`, `dead-letters`, `adopt`."""

import argparse
import signal
from threading import Event
from typing import Any

import psycopg
from prometheus_client import start_http_server

from keitora.devices.model import SOURCES, Source
from keitora.devices.queries import assign_device, find_device, register_device
from keitora.errors import KeitoraError, NotFoundError
from keitora.fleets.console import chosen_fleet
from keitora.fleets.model import Fleet
from keitora.local.state import database_url
from keitora.logs import start_logging
from keitora.settings import DatabaseSettings, IngestSettings, MqttSettings
from keitora.vehicles.queries import find_vehicle
from keitora_ingestor import deriver
from keitora_ingestor.dead_letters import replay
from keitora_ingestor.queries import expire_buried, list_buried, list_strangers
from keitora_ingestor.readable import printable, readable
from keitora_ingestor.service import Ingestor


def ingest(argv: list[str]) -> int:
    """Run the ingestor: MQTT to samples, until SIGTERM."""
    parser = argparse.ArgumentParser(prog="keitora ingest", description=ingest.__doc__)
    parser.add_argument(
        "--leave",
        action="store_true",
        help="for an ingestor that is given up for good: store what waits for its name, end its session, and exit",
    )
    chosen = parser.parse_args(argv)
    # Settings come from the environment; a missing one is refused with its name.
    settings = IngestSettings()
    ingestor = Ingestor(DatabaseSettings(), MqttSettings(), settings, leaving=chosen.leave)
    if settings.metrics_port:
        start_http_server(settings.metrics_port, settings.metrics_host, ingestor.metrics.registry)
    ingestor.run(_until_told())
    return 0


def derive(argv: list[str]) -> int:
    """Run a derive worker: samples to trips, stops and days, until SIGTERM."""
    argparse.ArgumentParser(prog="keitora derive", description=derive.__doc__).parse_args(argv)
    deriver.run(DatabaseSettings(), _until_told())
    return 0


def dead_letters(argv: list[str]) -> int:
    """List, show, replay or expire messages that could not be stored."""
    parser = argparse.ArgumentParser(prog="keitora dead-letters", description=dead_letters.__doc__)
    actions = parser.add_subparsers(dest="action", required=True)
    listing = actions.add_parser("list", help="one line each, oldest first")
    listing.add_argument("--limit", type=int, default=100, help="how many to list at most (default 100)")
    showing = actions.add_parser("show", help="one of them whole; what is no text in hexadecimal")
    showing.add_argument("number", type=int, help="as the list names it")
    replaying = actions.add_parser("replay", help="try to store them again; may be interrupted and repeated at will")
    for action in (listing, replaying):
        action.add_argument("--reason", help="only those with this reason")
    expiring = actions.add_parser("expire", help="forget those that have not come again for long")
    expiring.add_argument("--days", type=int, help="for how long (default: KEITORA_DEAD_LETTER_DAYS)")
    chosen = parser.parse_args(argv)
    with psycopg.connect(database_url(), autocommit=True) as conn:
        match chosen.action:
            case "list":
                _tell_buried(conn, chosen.reason, chosen.limit)
            case "show":
                _show_buried(conn, chosen.number)
            case "replay":
                print(str(replay(conn, reason=chosen.reason)))
            case "expire":
                days = IngestSettings().dead_letter_days if chosen.days is None else chosen.days
                print(f"{expire_buried(conn, days=days)} dead letters forgotten that last came {days} days ago or more")
    return 0


def _tell_buried(conn: psycopg.Connection[Any], reason: str | None, limit: int) -> None:
    for letter in list_buried(conn, reason=reason, limit=limit):
        print(
            f"{letter.dead_letter_id:>6}  {letter.last_received_at:%Y-%m-%d %H:%M:%S}Z  {letter.reason:<18} "
            f"x{letter.received_count}  {printable(letter.topic)}  {printable(letter.detail)}"
        )


def _show_buried(conn: psycopg.Connection[Any], number: int) -> None:
    found = list_buried(conn, number=number, limit=1)
    if not found:
        raise NotFoundError(f"there is no dead letter {number}; see: keitora dead-letters list")
    [letter] = found
    print(f"reason    {letter.reason}: {printable(letter.detail, 1000)}")
    print(f"topic     {printable(letter.topic, 1000)}")
    print(f"received  {letter.received_count} times, {letter.first_received_at} to {letter.last_received_at}")
    print(f"payload   {readable(letter.payload)}")


def adopt(argv: list[str]) -> int:
    """Take in a device that sent before it was known, with all it has sent; without a name, list them."""
    parser = argparse.ArgumentParser(prog="keitora adopt", description=adopt.__doc__)
    parser.add_argument("device", nargs="?", metavar="KEY", help="the device, as the list names it")
    parser.add_argument("--source", choices=SOURCES, help="its wire format (default: the one it was heard in)")
    parser.add_argument("--vehicle", metavar="NAME", help="the truck it is on; not needed if it is on one already")
    parser.add_argument("--fleet", metavar="NAME", help="needed only if there are several fleets")
    chosen = parser.parse_args(argv)
    with psycopg.connect(database_url(), autocommit=True) as conn:
        if chosen.device is None:
            return _tell_strangers(conn)
        fleet = chosen_fleet(conn, chosen.fleet)
        source = chosen.source or _source_of(conn, chosen.device)
        with conn.transaction():
            _take_in(conn, fleet, source, chosen.device, chosen.vehicle)
        print(str(replay(conn, source=source, device_key=chosen.device)))
    return 0


def _source_of(conn: psycopg.Connection[Any], device_key: str) -> Source:
    strangers = {(one.source, one.device_key) for one in list_strangers(conn)}
    heard = [source for source in SOURCES if (source, device_key) in strangers]
    if len(heard) > 1:
        raise KeitoraError(f"'{device_key}' is heard in several formats; say which: --source {' | '.join(heard)}")
    return heard[0] if heard else "native"


def _take_in(
    conn: psycopg.Connection[Any], fleet: Fleet, source: Source, device_key: str, vehicle_name: str | None
) -> None:
    """Register a device and put it on a truck, as far as that has not been done."""
    device = find_device(conn, source=source, device_key=device_key)
    if device is not None and device.fleet_id != fleet.fleet_id:
        raise NotFoundError(f"{fleet.name} has no {source} device '{device_key}'")
    if device is not None and vehicle_name is None:
        return
    if vehicle_name is None:
        raise KeitoraError("which truck is it on? --vehicle NAME")
    vehicle = find_vehicle(conn, fleet_id=fleet.fleet_id, name=vehicle_name)
    if vehicle is None:
        raise NotFoundError(f"{fleet.name} has no truck '{vehicle_name}'; add it with: keitora vehicle add")
    if device is None:
        device = register_device(conn, fleet_id=fleet.fleet_id, source=source, device_key=device_key)
    assign_device(conn, fleet_id=fleet.fleet_id, device_id=device.device_id, vehicle_id=vehicle.vehicle_id)
    print(f"{device_key} is on {vehicle.name} from now on and was before")


def _tell_strangers(conn: psycopg.Connection[Any]) -> int:
    strangers = list_strangers(conn)
    for one in strangers:
        print(
            f"{one.source:<12} {one.device_key:<32} {one.message_count:>6} messages, "
            f"{one.first_received_at:%Y-%m-%d %H:%M}Z to {one.last_received_at:%Y-%m-%d %H:%M}Z"
            f"{'  registered' if one.is_registered else ''}"
        )
    if not strangers:
        print("no messages wait for a device to be adopted")
    return 0


def _until_told() -> Event:
    """Return an event that SIGTERM or Ctrl-C sets, and start logging."""
    start_logging()
    stop = Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    return stop
