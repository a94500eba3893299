"""`keitora events`."""

import argparse
import json

import psycopg

from keitora.errors import NotFoundError
from keitora.events.queries import list_events
from keitora.fleets.console import chosen_fleet
from keitora.local.state import database_url
from keitora.vehicles.queries import find_vehicle


def events(argv: list[str]) -> int:
    """List what devices say has happened: crashes, trouble codes, drivers' cards; newest first."""
    parser = argparse.ArgumentParser(prog="keitora events", description=events.__doc__)
    parser.add_argument("--vehicle", metavar="NAME", help="only this truck's")
    parser.add_argument("--kind", help="only events of this kind, as docs/reference/events.md names it")
    parser.add_argument("--limit", type=int, default=100, help="how many at most (default 100)")
    parser.add_argument("--fleet", metavar="NAME", help="needed only if there are several fleets")
    chosen = parser.parse_args(argv)
    with psycopg.connect(database_url(), autocommit=True) as conn:
        fleet = chosen_fleet(conn, chosen.fleet)
        vehicle_id = None
        if chosen.vehicle is not None:
            vehicle = find_vehicle(conn, fleet_id=fleet.fleet_id, name=chosen.vehicle)
            if vehicle is None:
                raise NotFoundError(f"{fleet.name} has no truck '{chosen.vehicle}'")
            vehicle_id = vehicle.vehicle_id
        found = list_events(conn, fleet_id=fleet.fleet_id, vehicle_id=vehicle_id, kind=chosen.kind, limit=chosen.limit)
    for one in found:
        detail = json.dumps(one.detail, ensure_ascii=False) if one.detail else ""
        print(f"{one.at:%Y-%m-%d %H:%M:%S}Z  {one.kind:<12} {one.vehicle_name:<20} {one.device_key:<20} {detail}")
    if not found:
        print("no device has told of anything")
    return 0
