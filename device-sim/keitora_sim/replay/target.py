"""The truck that recordings become, and the logger they come from: found, or made."""

import argparse
from dataclasses import dataclass
from typing import Final
from zoneinfo import ZoneInfo

from keitora.access.wallet import Wallet, names_user, with_login
from keitora.devices.model import Source
from keitora.errors import KeitoraError
from keitora.fleets.console import open_database
from keitora.fleets.model import Fleet
from keitora.local.state import mqtt_url
from keitora.vehicles.model import Energy, Vehicle
from keitora.wire.slug import slug
from keitora.wire.topics import is_device_key
from keitora_sim.logins import logins_file
from keitora_sim.registration import Truck, ensure_device, ensure_truck
from keitora_sim.replay.files import OWNTRACKS, Recording

_OF_BATTERY: Final = frozenset({"soc_pct", "hv_voltage_v", "hv_power_kw"})
_OF_ENGINE: Final = frozenset({"engine_rpm", "maf_gs", "map_kpa"})


@dataclass(frozen=True, slots=True)
class Target:
    """Where recordings go, and the zone of the fleet they become part of."""

    vehicle_id: int
    device_key: str
    source: Source
    url: str
    zone: ZoneInfo


def registered(arguments: argparse.Namespace, fleet: Fleet, recordings: list[Recording]) -> Target:
    """Look the truck and its logger up, make what is missing, and say so.

    Raises KeitoraError for a key that cannot be a device's or is another's, SetupError without a server.
    """
    url = mqtt_url()
    source: Source = "owntracks" if all(one.file_format == OWNTRACKS for one in recordings) else "native"
    default_key = f"{slug(arguments.vehicle)}-replay" + ("/phone" if source == OWNTRACKS else "")
    device_key: str = arguments.device or default_key
    if source == "native" and not is_device_key(device_key):
        raise KeitoraError(f"'{device_key}' cannot be a device's key: 3 to 32 of a-z, 0-9 and hyphen")
    truck = Truck(
        name=arguments.vehicle,
        source=source,
        device_key=device_key,
        energy=arguments.energy or energy_of(recordings),
        displacement_cc=arguments.displacement_cc,
        battery_kwh=arguments.battery_kwh,
    )
    with open_database() as conn:
        vehicle, is_new = ensure_truck(conn, fleet_id=fleet.fleet_id, truck=truck)
        if not names_user(url):
            device = ensure_device(conn, vehicle, truck)
            # A key of our own making is nobody's else; a named one may be a real logger's, which must not be cut off.
            login = Wallet(logins_file()).ensure(conn, device, may_renew=arguments.device is None)
            url = with_login(url, login)
    what = f"made ({vehicle.energy})" if is_new else "found"
    print(f"{fleet.name}: truck {vehicle.vehicle_id} '{vehicle.name}' {what}, device {device_key}")
    if not is_new:
        _tell_what_stays(arguments, vehicle)
    return Target(vehicle.vehicle_id, device_key, source, url, ZoneInfo(fleet.time_zone))


def _tell_what_stays(arguments: argparse.Namespace, vehicle: Vehicle) -> None:
    for name in ("energy", "displacement_cc", "battery_kwh"):
        wanted, has = getattr(arguments, name), getattr(vehicle, name)
        if wanted not in {None, has}:
            print(f"  its {name} stays {has or 'unknown'}; --{name.replace('_', '-')} is for new trucks")


def energy_of(recordings: list[Recording]) -> Energy:
    """Tell what kind of truck the recordings are of: who tells of a traction battery and of no engine is electric."""
    columns = {column for recording in recordings for row in recording.drive.rows[:1000] for column in row.values}
    if not columns & _OF_BATTERY:
        return "petrol"
    return "hybrid" if columns & _OF_ENGINE else "electric"
