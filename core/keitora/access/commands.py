"""`keitora broker-users` and `keitora gateway`."""

import argparse
import json
import signal
from pathlib import Path
from threading import Event

from keitora.access import keeper
from keitora.access.issue import issue_gateway
from keitora.access.queries import revoke_gateway
from keitora.access.rights import GATEWAYS
from keitora.errors import KeitoraError, SetupError
from keitora.fleets.console import open_database
from keitora.logs import start_logging
from keitora.settings import DatabaseSettings, MappingSettings


def broker_users(argv: list[str]) -> int:
    """Keep the broker's users and their rights in step with the database, until SIGTERM."""
    parser = argparse.ArgumentParser(prog="keitora broker-users", description=broker_users.__doc__)
    parser.add_argument("folder", type=Path, metavar="FOLDER", help="the broker's, with its mosquitto.conf")
    folder: Path = parser.parse_args(argv).folder
    if not folder.is_dir():
        raise SetupError(f"{folder} is no folder; it is made when the broker is set up")
    start_logging()
    stop = Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    keeper.keep(DatabaseSettings().conninfo(), folder, MappingSettings().mapping_file, stop)
    return 0


def gateway(argv: list[str]) -> int:
    """Let a forwarder in that speaks for many devices (Traccar), or shut it out."""
    parser = argparse.ArgumentParser(prog="keitora gateway", description=gateway.__doc__)
    parser.add_argument("action", choices=["add", "renew", "revoke"], help="renew: a new password, the old one is cut")
    parser.add_argument("source", choices=sorted(GATEWAYS), help="whose devices it forwards")
    parser.add_argument("--json", action="store_true", help="print JSON")
    chosen = parser.parse_args(argv)
    with open_database() as conn:
        if chosen.action == "revoke":
            if not revoke_gateway(conn, source=chosen.source):
                raise KeitoraError(f"the gateway of {chosen.source} has no credential")
            print(f"The gateway of {chosen.source} is shut out.")
            return 0
        login = issue_gateway(conn, chosen.source)
    topics = GATEWAYS[chosen.source].write
    if chosen.json:
        print(json.dumps({"username": login.username, "password": login.password, "topics": topics}))
        return 0
    print(f"It may speak for every {chosen.source} device of every fleet. The password is shown only now:")
    print(f"  user      {login.username}\n  password  {login.password}\n  topics    {', '.join(topics)}")
    return 0
