"""`keitora sim register`: make the demo fleet as its owner would."""

from dataclasses import asdict, dataclass

from psycopg import Connection

from keitora.access.queries import find_credential
from keitora.access.wallet import Wallet
from keitora.devices.queries import find_device
from keitora.drivers.queries import create_driver, find_driver
from keitora.errors import SetupError
from keitora.fleets.queries import create_fleet, create_key, find_fleet
from keitora_sim.demo.fleet import scenario
from keitora_sim.registration import Truck, ensure_truck
from keitora_sim.scenario.make import Fleet


@dataclass(frozen=True, slots=True)
class Registered:
    """The demo fleet and fresh keys to it, by who holds them."""

    fleet_id: int
    name: str
    keys: dict[str, str]

    def as_json(self) -> dict[str, object]:
        """Return what `--json` prints."""
        return {"fleet": {"id": self.fleet_id, "name": self.name}, "keys": asdict(self)["keys"]}


def trucks() -> list[Truck]:
    """Return the demo's trucks as their owner enters them."""
    return Fleet(scenario()).trucks()


def let_in(conn: Connection, wallet: Wallet) -> None:
    """Give each device of the demo a login of its own, and remember it; one that was shut out stays out."""
    for truck in trucks():
        device = find_device(conn, source=truck.source, device_key=truck.device_key)
        if device is None:
            raise SetupError("the demo's trucks are not there yet; make them with: keitora sim register")
        credential = find_credential(conn, device_id=device.device_id)
        if credential is None or credential.revoked_at is None:
            wallet.ensure(conn, device, may_renew=True)


def register(conn: Connection) -> Registered:
    """Make fleet, trucks and drivers where they are missing, and new keys, as a token cannot be read a second time."""
    name, time_zone = scenario().fleet, scenario().time_zone
    fleet = find_fleet(conn, name) or create_fleet(conn, name=name, time_zone=time_zone)
    fleet_id = fleet.fleet_id
    for truck in trucks():
        ensure_truck(conn, fleet_id=fleet_id, truck=truck)
    drivers = {
        driver: find_driver(conn, fleet_id=fleet_id, name=driver) or create_driver(conn, fleet_id=fleet_id, name=driver)
        for driver in scenario().drivers
    }
    first = scenario().drivers[0]
    keys = {
        "manager": create_key(conn, fleet_id=fleet_id, name="demo manager", role="manager"),
        "driver": create_key(conn, fleet_id=fleet_id, name=first, role="driver", driver_id=drivers[first]),
        "grafana": create_key(conn, fleet_id=fleet_id, name="demo grafana", role="viewer"),
    }
    return Registered(fleet_id, fleet.name, keys)
