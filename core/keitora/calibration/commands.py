"""`keitora fuel`."""

import argparse
from datetime import timedelta
from typing import Any

from psycopg import Connection
from psycopg.rows import class_row

from keitora.calibration.explain import MethodShare, ToldTrip, explain
from keitora.calibration.queries import READ_EXPLAINED, READ_TOLD
from keitora.clock import instant
from keitora.derive.queries import find_rules
from keitora.errors import KeitoraError
from keitora.fleets.console import open_database
from keitora.samples.queries import read_for_fold
from keitora.trips.ids import parse_trip_id
from keitora.trips.model import TripKey


def fuel(argv: list[str]) -> int:
    """Explain how a trip's litres came about, from its samples to what is shown."""
    parser = argparse.ArgumentParser(prog="keitora fuel", description=fuel.__doc__)
    actions = parser.add_subparsers(required=True, metavar="explain")
    one = actions.add_parser("explain", help="the reasoning from a trip's samples to its litres")
    one.add_argument("trip", metavar="TRIP", help="the trip's id, as the API and the dashboards tell it")
    key = parse_trip_id(parser.parse_args(argv).trip)
    with open_database() as conn:
        for line in _explained(conn, key):
            print(line)
    return 0


def _explained(conn: Connection[Any], key: TripKey) -> list[str]:
    values = {
        "vehicle_id": key.vehicle_id,
        "from_at": key.started_at,
        "to_at": key.started_at + timedelta(milliseconds=1),
    }
    with conn.cursor(row_factory=class_row(ToldTrip)) as cursor:
        trip = cursor.execute(READ_TOLD, values).fetchone()
    if trip is None:
        raise KeitoraError("there is no such trip; late samples may have moved its start")
    with conn.cursor(row_factory=class_row(MethodShare)) as cursor:
        shares = cursor.execute(READ_EXPLAINED, values).fetchall()
    after_ms = round(trip.started_at.timestamp() * 1000) - 1
    samples = list(read_for_fold(conn, vehicle_id=key.vehicle_id, after_ms=after_ms, until=trip.ended_at))
    begun = [sample for sample in samples if instant(sample.at_ms) >= trip.started_at]
    return list(explain(trip, shares, begun, find_rules(conn, key.vehicle_id).truck))
