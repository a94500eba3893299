"""Letting a device in by the API, as a manager of the fleet does. The caller commits."""

import secrets
from typing import Final

from psycopg import AsyncConnection
from psycopg.rows import class_row
from psycopg.types.range import TimestamptzRange

from keitora.access.model import Login
from keitora.access.passwords import hash_password, new_password
from keitora.access.queries import REVOKE_CREDENTIAL
from keitora.access.rights import username_of
from keitora.devices.keys import check_device_key
from keitora.devices.model import Device, Source
from keitora.devices.queries import ASSIGN_DEVICE, REGISTER_DEVICE
from keitora.errors import KeitoraError
from keitora.wire.slug import slug

_FIND: Final = """
SELECT device_id, fleet_id, source, device_key FROM device
WHERE fleet_id = %(fleet_id)s AND device_id = %(device_id)s
"""
_RENEW: Final = """
UPDATE device_credential
SET username = %(username)s, password_hash = %(password_hash)s, created_at = now(), revoked_at = NULL
WHERE device_id = %(device_id)s
"""
_ADD: Final = """
INSERT INTO device_credential (device_id, fleet_id, username, password_hash)
VALUES (%(device_id)s, %(fleet_id)s, %(username)s, %(password_hash)s) ON CONFLICT DO NOTHING
"""
_ATTEMPTS: Final = 20
NAMED_BY_US: Final = frozenset({"native", "owntracks", "osmand", "sensorlogger"})
"""Sources whose devices are called what they are told; the others bring a name of their own."""


async def admit(
    conn: AsyncConnection, *, fleet_id: int, vehicle_id: int, vehicle_name: str, source: Source, device_key: str | None
) -> Device:
    """Make a device, put it on a truck from now on without end, and return it; its key is made up if None.

    Raises KeitoraError if the key is malformed or taken, or must be said and is not.
    """
    if device_key is None and source not in NAMED_BY_US:
        raise KeitoraError(f"say how the device calls itself in its topics: {source} devices bring a name of their own")
    keys = [device_key] if device_key is not None else _keys_after(vehicle_name, source)
    for key in keys:
        check_device_key(source, key)
        values = {"fleet_id": fleet_id, "source": source, "device_key": key}
        async with conn.cursor(row_factory=class_row(Device)) as cursor:
            device = await (await cursor.execute(REGISTER_DEVICE, values)).fetchone()
        if device is not None:
            during = TimestamptzRange(None, None, "[)")
            await conn.execute(
                ASSIGN_DEVICE,
                {"fleet_id": fleet_id, "device_id": device.device_id, "vehicle_id": vehicle_id, "during": during},
            )
            return device
    raise KeitoraError(f"the {source} device '{keys[0]}' is already registered")


def _keys_after(vehicle_name: str, source: Source) -> list[str]:
    """Return keys to try, after the truck's name. Other fleets' keys cannot be seen, so the later ones are random."""
    word = slug(vehicle_name)[:24].strip("-")
    names = [word, f"{word}-2", *(f"{word}-{secrets.token_hex(3)}" for _ in range(_ATTEMPTS))]
    return [f"{name}/phone" if source == "owntracks" else name for name in names]


async def find_device_of(conn: AsyncConnection, *, fleet_id: int, device_id: int) -> Device | None:
    """Return the fleet's device of that number."""
    async with conn.cursor(row_factory=class_row(Device)) as cursor:
        await cursor.execute(_FIND, {"fleet_id": fleet_id, "device_id": device_id})
        return await cursor.fetchone()


async def give_login(conn: AsyncConnection, device: Device) -> Login:
    """Return a new login of a device; one it had is worthless from the commit on."""
    login = Login(username_of(device.source, device.device_key), new_password())
    values = {
        "device_id": device.device_id,
        "fleet_id": device.fleet_id,
        "username": login.username,
        "password_hash": hash_password(login.password),
    }
    # Not ON CONFLICT DO UPDATE: that needs the right to read hashes, which the API has not.
    for statement in (_RENEW, _ADD, _RENEW):
        if (await conn.execute(statement, values)).rowcount == 1:
            break
    return login


async def shut_out(conn: AsyncConnection, *, device_id: int) -> bool:
    """Take a device's login away; False if it had none."""
    return (await conn.execute(REVOKE_CREDENTIAL, {"device_id": device_id})).rowcount == 1
