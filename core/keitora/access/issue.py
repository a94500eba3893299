"""Give a device or a gateway a password. It is known only here and now: the database keeps its hash."""

from typing import Any

from psycopg import Connection

from keitora.access.model import Login
from keitora.access.passwords import hash_password, new_password
from keitora.access.queries import put_credential, put_gateway
from keitora.access.rights import gateway_username, username_of
from keitora.devices.keys import check_device_key
from keitora.devices.model import Device


def issue(conn: Connection[Any], device: Device) -> Login:
    """Return a new login of a device; one it had is worthless from the commit on.

    Raises KeitoraError if its key is one that the broker's rules cannot hold.
    """
    check_device_key(device.source, device.device_key)
    login = Login(username_of(device.source, device.device_key), new_password())
    put_credential(
        conn, device_id=device.device_id, username=login.username, password_hash=hash_password(login.password)
    )
    return login


def issue_gateway(conn: Connection[Any], source: str) -> Login:
    """Return a new login of a source's gateway. Raises KeitoraError if it has none."""
    login = Login(gateway_username(source), new_password())
    put_gateway(conn, source=source, username=login.username, password_hash=hash_password(login.password))
    return login
