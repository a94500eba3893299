"""The ingestor's commands: `keitora ingest`, `derive`, `rebuild`, `dead-letters`."""

import argparse
import logging
import signal
from threading import Event

import psycopg

from keitora.clock import utc_now
from keitora.derive.queries import touch_all
from keitora.local.state import database_url
from keitora.settings import DatabaseSettings, IngestSettings, MqttSettings
from keitora_ingestor import deriver
from keitora_ingestor.devices import DeviceCache
from keitora_ingestor.message import Message
from keitora_ingestor.queries import list_buried, remove_buried
from keitora_ingestor.service import Ingestor, limits_of
from keitora_ingestor.writer import write


def ingest(argv: list[str]) -> int:
    """Run the ingestor: MQTT to samples, until SIGTERM."""
    argparse.ArgumentParser(prog="keitora ingest", description=ingest.__doc__).parse_args(argv)
    # Settings come from the environment; a missing one is refused with its name.
    ingestor = Ingestor(DatabaseSettings(), MqttSettings(), IngestSettings())
    ingestor.run(_until_told())
    return 0


def derive(argv: list[str]) -> int:
    """Run a derive worker: samples to trips, stops and days, until SIGTERM."""
    argparse.ArgumentParser(prog="keitora derive", description=derive.__doc__).parse_args(argv)
    deriver.run(DatabaseSettings(), _until_told())
    return 0


def rebuild(argv: list[str]) -> int:
    """Fold samples anew from the first one; where nothing was wrong, no row changes."""
    parser = argparse.ArgumentParser(prog="keitora rebuild", description=rebuild.__doc__)
    parser.add_argument("--vehicle", type=int, metavar="ID", help="only this truck (default: every truck)")
    chosen = parser.parse_args(argv)
    with psycopg.connect(database_url(), autocommit=True) as conn:
        print(f"{touch_all(conn, chosen.vehicle)} trucks to fold anew")
        count = 0
        while deriver.derive_next(conn):
            count += 1
    print(f"{count} folded here; running derive workers may have taken others")
    return 0


def dead_letters(argv: list[str]) -> int:
    """List or replay messages that could not be stored."""
    parser = argparse.ArgumentParser(prog="keitora dead-letters", description=dead_letters.__doc__)
    parser.add_argument("action", choices=["list", "replay"])
    parser.add_argument("--reason", help="only those with this reason")
    parser.add_argument("--limit", type=int, default=100, help="how many at most (default 100)")
    chosen = parser.parse_args(argv)
    with psycopg.connect(database_url(), autocommit=True) as conn:
        if chosen.action == "replay":
            return _replay(conn, chosen.reason, chosen.limit)
        for letter in list_buried(conn, reason=chosen.reason, limit=chosen.limit):
            print(
                f"{letter.dead_letter_id:>6}  {letter.last_received_at:%Y-%m-%d %H:%M:%S}Z  {letter.reason:<18} "
                f"x{letter.received_count}  {letter.topic}  {letter.detail}"
            )
    return 0


def _replay(conn: psycopg.Connection[tuple[object, ...]], reason: str | None, limit: int) -> int:
    """Hand dead letters to the writer again; what still cannot be stored is buried again under its reason of now."""
    letters = list_buried(conn, reason=reason, limit=limit)
    devices = DeviceCache()
    limits = limits_of(IngestSettings())
    stored_count = 0
    for letter in letters:
        message = Message(letter.topic, letter.payload, utc_now(), mid=0, qos=0, generation=0)
        with conn.transaction():
            remove_buried(conn, [letter.dead_letter_id])
            stored_count += write(conn, [message], limits, devices).stored_count
    print(f"{len(letters)} replayed, {stored_count} samples were new")
    return 0


def _until_told() -> Event:
    """Return an event that SIGTERM or Ctrl-C sets, and start logging."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    stop = Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    return stop
