"""`keitora device`: where devices are, and moving them."""

import argparse
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import psycopg
from psycopg import Connection

from keitora.access import device_actions
from keitora.clock import utc_now
from keitora.devices.model import SOURCES, Device
from keitora.devices.queries import assign_device, find_device
from keitora.errors import KeitoraError, NotFoundError
from keitora.events.queries import move_events
from keitora.fleets.console import chosen_fleet
from keitora.fleets.model import Fleet
from keitora.local.state import database_url
from keitora.quality.health import health
from keitora.quality.queries import list_qualities
from keitora.samples.queries import Stored, touch
from keitora.vehicles.queries import find_vehicle
from keitora_ingestor.fitting.queries import find_books_closed, list_fitted, move_samples, renew_latest, take_off


def device(argv: list[str]) -> int:
    """Let a device in, shut it out, list devices, move one to another truck with its samples, or take it off."""
    parser = argparse.ArgumentParser(prog="keitora device", description=device.__doc__)
    parser.add_argument("--fleet", metavar="NAME", help="needed only if there are several fleets")
    actions = parser.add_subparsers(dest="action", required=True)
    actions.add_parser("list", help="where each device is, and when it was last heard")
    for name, what in (("move", "put it on another truck"), ("take-off", "it is on no truck from then on")):
        action = actions.add_parser(name, help=what)
        action.add_argument("device", metavar="KEY", help="the device, as the list names it")
        action.add_argument("--source", choices=SOURCES, default="native", help="its wire format (default native)")
        action.add_argument("--at", metavar="TIME", help="since when, as 2026-04-01T07:30 local time (default: now)")
        if name == "move":
            action.add_argument("--vehicle", metavar="NAME", required=True, help="the truck it is on now")
    device_actions.add_parsers(actions)
    chosen = parser.parse_args(argv)
    with psycopg.connect(database_url(), autocommit=True) as conn:
        fleet = chosen_fleet(conn, chosen.fleet)
        if chosen.action in device_actions.NAMES:
            return device_actions.run(conn, fleet, chosen)
        if chosen.action == "list":
            return _list(conn, fleet)
        found = _find(conn, fleet, chosen)
        at = _moment(chosen.at, fleet)
        if chosen.action == "take-off":
            take_off(conn, device_id=found.device_id, at=at)
            print(f"{found.device_key} is on no truck since {at:%Y-%m-%d %H:%M}Z; what it sends now is kept aside")
            return 0
        return _move(conn, fleet, found, chosen.vehicle, at)


def _list(conn: Connection[Any], fleet: Fleet) -> int:
    now = utc_now()
    qualities = {one.device_id: one for one in list_qualities(conn, fleet_id=fleet.fleet_id, now=now)}
    for one in list_fitted(conn, fleet_id=fleet.fleet_id):
        word = health(qualities.get(one.device_id), last_received_at=one.last_received_at, now=now)
        heard = f"{one.last_received_at:%Y-%m-%d %H:%M}Z" if one.last_received_at else "never heard"
        print(f"{one.source:<12} {one.device_key:<32} {one.vehicle_name or '– on no truck':<24} {heard:<18} {word}")
    return 0


def _find(conn: Connection[Any], fleet: Fleet, chosen: argparse.Namespace) -> Device:
    found = find_device(conn, source=chosen.source, device_key=chosen.device)
    if found is None or found.fleet_id != fleet.fleet_id:
        raise NotFoundError(f"{fleet.name} has no {chosen.source} device '{chosen.device}'; see: keitora device list")
    return found


def _moment(text: str | None, fleet: Fleet) -> datetime:
    if text is None:
        return utc_now()
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise KeitoraError(f"'{text}' is no time; write it as 2026-04-01T07:30") from error
    return moment if moment.tzinfo else moment.replace(tzinfo=ZoneInfo(fleet.time_zone))


def _move(conn: Connection[Any], fleet: Fleet, found: Device, vehicle_name: str, at: datetime) -> int:
    vehicle = find_vehicle(conn, fleet_id=fleet.fleet_id, name=vehicle_name)
    if vehicle is None:
        raise NotFoundError(f"{fleet.name} has no truck '{vehicle_name}'; add it with: keitora vehicle add")
    with conn.transaction():
        closed_at = find_books_closed(conn, device_id=found.device_id, vehicle_id=vehicle.vehicle_id, at=at)
        if closed_at is not None and at <= closed_at:
            raise KeitoraError(
                f"samples until {closed_at:%Y-%m-%d %H:%M}Z are kept no longer, and what was made of them stays "
                "with its truck; move the device from a later time on"
            )
        take_off(conn, device_id=found.device_id, at=at)
        assign_device(
            conn, fleet_id=fleet.fleet_id, device_id=found.device_id, vehicle_id=vehicle.vehicle_id, from_at=at
        )
        lost = move_samples(conn, device_id=found.device_id, vehicle_id=vehicle.vehicle_id, at=at)
        move_events(conn, device_id=found.device_id, vehicle_id=vehicle.vehicle_id, from_at=at)
        touch(conn, [*lost, *_gained(lost, vehicle.vehicle_id)])
        renew_latest(conn, sorted({vehicle.vehicle_id, *(one.vehicle_id for one in lost)}))
    print(f"{found.device_key} is on {vehicle.name} since {at:%Y-%m-%d %H:%M}Z")
    if lost:
        print(f"{sum(one.count for one in lost)} samples since then went with it; their trips are made anew")
    return 0


def _gained(lost: list[Stored], vehicle_id: int) -> list[Stored]:
    if not lost:
        return []
    return [
        Stored(
            vehicle_id,
            sum(one.count for one in lost),
            min(one.first_at for one in lost),
            max(one.last_at for one in lost),
        )
    ]
