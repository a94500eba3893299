"""`keitora device add`, `renew` and `revoke`: letting a device in and shutting it out."""

import argparse
import io
import json
import sys
from typing import Any, Final

import segno
from psycopg import Connection

from keitora.access.address import BrokerAddress, ReceiverAddress, broker_address, receiver_address
from keitora.access.handover import Handover, Ways, handover
from keitora.access.issue import issue
from keitora.access.model import Login, Rights
from keitora.access.queries import revoke_credential
from keitora.access.rights import BY_HTTP_ONLY, GATEWAYS, topics_of
from keitora.access.templates import read_templates
from keitora.devices.keys import check_device_key
from keitora.devices.model import SOURCES, Device
from keitora.devices.queries import assign_device, find_device, register_device
from keitora.errors import KeitoraError, NotFoundError
from keitora.fleets.model import Fleet
from keitora.settings import MappingSettings, PublicSettings
from keitora.vehicles.queries import find_vehicle
from keitora.wire.slug import slug

NAMES: Final = ("add", "renew", "revoke")


def add_parsers(actions: Any) -> None:
    """Add the three actions to the parser of `keitora device`."""
    add = actions.add_parser("add", help="let a new device in, and print what it needs")
    add.add_argument("--vehicle", metavar="NAME", required=True, help="the truck it is on")
    add.add_argument("--source", choices=SOURCES, default="native", help="what it speaks (default native)")
    add.add_argument("--key", dest="device", metavar="KEY", help="its name in its topics (made from the truck's name)")
    for name, what in (
        ("renew", "give a device a new password; the old one is cut"),
        ("revoke", "shut a device out at once; what it sent stays"),
    ):
        action = actions.add_parser(name, help=what)
        action.add_argument("device", metavar="KEY", help="the device, as the list names it")
        action.add_argument("--source", choices=SOURCES, default="native", help="its wire format (default native)")
    for name in ("add", "renew"):
        actions.choices[name].add_argument("--json", action="store_true", help="print JSON")


def run(conn: Connection[Any], fleet: Fleet, chosen: argparse.Namespace) -> int:
    """Do what was asked. Raises KeitoraError where it cannot be done."""
    if chosen.action == "revoke":
        device = _find(conn, fleet, chosen)
        if not revoke_credential(conn, device_id=device.device_id):
            raise KeitoraError(f"{device.device_key} has no credential")
        print(f"{device.device_key} is shut out. Let it in again with: keitora device renew {device.device_key}")
        return 0
    templates = read_templates(MappingSettings().mapping_file)
    with conn.transaction():
        device = _add(conn, fleet, chosen) if chosen.action == "add" else _find(conn, fleet, chosen)
        rights = topics_of(device.source, device.device_key, templates)
        login = issue(conn, device) if rights.write or device.source in BY_HTTP_ONLY else None
    _tell(device, login, rights, as_json=chosen.json)
    return 0


def _add(conn: Connection[Any], fleet: Fleet, chosen: argparse.Namespace) -> Device:
    vehicle = find_vehicle(conn, fleet_id=fleet.fleet_id, name=chosen.vehicle)
    if vehicle is None:
        raise NotFoundError(f"{fleet.name} has no truck '{chosen.vehicle}'; add it with: keitora vehicle add")
    key = chosen.device or _own_key(conn, chosen.source, chosen.vehicle)
    check_device_key(chosen.source, key)
    device = register_device(conn, fleet_id=fleet.fleet_id, source=chosen.source, device_key=key)
    assign_device(conn, fleet_id=fleet.fleet_id, device_id=device.device_id, vehicle_id=vehicle.vehicle_id)
    return device


def _own_key(conn: Connection[Any], source: str, vehicle_name: str) -> str:
    """Return a key for a device whose owner does not care; a source whose devices bring their own must be told."""
    if source not in {"native", "owntracks", "osmand", "sensorlogger"}:
        raise KeitoraError(f"say how the device calls itself in its topics: --key KEY (docs/reference, {source})")
    name = slug(vehicle_name)
    for number in range(1, 100):
        word = name if number == 1 else f"{name}-{number}"
        key = f"{word}/phone" if source == "owntracks" else word
        if find_device(conn, source=source, device_key=key) is None:  # type: ignore[arg-type] # one of SOURCES
            return key
    raise KeitoraError("name the device yourself: --key KEY")


def _find(conn: Connection[Any], fleet: Fleet, chosen: argparse.Namespace) -> Device:
    found = find_device(conn, source=chosen.source, device_key=chosen.device)
    if found is None or found.fleet_id != fleet.fleet_id:
        raise NotFoundError(f"{fleet.name} has no {chosen.source} device '{chosen.device}'; see: keitora device list")
    return found


def _tell(device: Device, login: Login | None, rights: Rights, *, as_json: bool) -> None:
    settings = PublicSettings()
    ways = Ways(broker_address(settings), receiver_address(settings))
    if login is None:
        text = _no_login(device)
        print(json.dumps({"device": device.device_key, "source": device.source, "remark": text}) if as_json else text)
        return
    what = handover(device.source, device.device_key, login, ways, rights)
    address = ways.receiver if device.source in BY_HTTP_ONLY else ways.broker
    if as_json:
        print(json.dumps(_as_json(device, login, rights, address, what), ensure_ascii=False))
        return
    print(f"{device.source} device {device.device_key} is let in. The password is shown only now:\n")
    width = max(len(name) for name, _ in what.settings)
    for name, value in what.settings:
        print(f"  {name:<{width}}  {value}")
    if what.link:
        print(f"\n{_qr(what.link)}\n  {what.link}")
    for remark in _remarks(address, what):
        print(f"\n{remark}")


def _no_login(device: Device) -> str:
    if device.source in GATEWAYS:
        return (
            f"{device.device_key} is known. It comes through your {device.source} server, which has one login for all: "
            f"keitora gateway add {device.source}"
        )
    return f"{device.device_key} is known, but has no topic of its own at the broker"


def _remarks(address: BrokerAddress | ReceiverAddress, what: Handover) -> list[str]:
    remarks = [what.remark] if what.remark else []
    if address.is_guess:
        remarks.append(f"{address.host} is a guess of this box's address; KEITORA_PUBLIC_HOST says another.")
    if address.is_only_here:
        remarks.append("Now only this box can connect: start Keitora with --listen 0.0.0.0.")
    if not address.is_encrypted:
        change = (
            "docs/howto/phones-by-http.md says how to change that"
            if isinstance(address, ReceiverAddress)
            else "`keitora tls make` changes that"
        )
        remarks.append(f"Nothing is encrypted on the way; {change}.")
    return remarks


def _as_json(
    device: Device, login: Login, rights: Rights, address: BrokerAddress | ReceiverAddress, what: Handover
) -> dict[str, object]:
    return {
        "device": device.device_key,
        "source": device.source,
        "username": login.username,
        "password": login.password,
        "host": address.host,
        "host_is_guess": address.is_guess,
        "port": address.port,
        "tls": address.is_encrypted,
        "write": rights.write,
        "read": rights.read,
        "settings": dict(what.settings),
        "link": what.link,
    }


def _qr(link: str) -> str:
    """Return a QR code for a terminal: half blocks where it can show them, else two characters a module."""
    drawing = io.StringIO()
    can_draw = (sys.stdout.encoding or "ascii").lower().replace("-", "").startswith("utf")
    segno.make_qr(link, error="l").terminal(out=drawing, compact=can_draw, border=2)
    return drawing.getvalue()
