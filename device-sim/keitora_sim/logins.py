"""How simulated devices get into the broker: each with a login of its own, unless the address names a user for all."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from psycopg import Connection

from keitora.access.rights import GATEWAYS
from keitora.access.wallet import Wallet, with_login
from keitora.devices.model import Device
from keitora.local.paths import Home, base_dir
from keitora.local.state import running

NEWS_TAKES_S: Final = 15.0
"""How long a broker may take to hear of new logins (s)."""


def logins_file() -> Path:
    """Return where programs on this box remember the logins of the devices they play."""
    state = running()
    return Home(state.home if state else base_dir()).logins_file


def addresses_of(conn: Connection[Any], devices: Sequence[Device], url: str, wallet: Wallet) -> Mapping[str, str]:
    """Return the broker's address for each device's key, its login in it, made where missing; the caller commits.

    Devices behind a server of another project share that server's login. Raises KeitoraError if a device was shut out,
    or if such a server's login is not known here.
    """
    own = [device for device in devices if device.source not in GATEWAYS]
    logins = wallet.ensure_all(conn, own, may_renew=True)  # their keys are of our own making, so nobody else's
    addresses = {device.device_key: with_login(url, login) for device, login in zip(own, logins, strict=True)}
    for source in sorted({device.source for device in devices} & GATEWAYS.keys()):
        login = wallet.ensure_gateway(conn, source)
        addresses |= {device.device_key: with_login(url, login) for device in devices if device.source == source}
    return addresses
