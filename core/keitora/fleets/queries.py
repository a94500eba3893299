"""All SQL of fleets and keys. The caller commits."""

from collections.abc import Collection
from typing import Final, Literal
from zoneinfo import available_timezones

from psycopg import AsyncConnection, Connection
from psycopg.errors import CheckViolation, UniqueViolation
from psycopg.rows import class_row, scalar_row

from keitora.errors import KeitoraError, SetupError
from keitora.fleets.model import Fleet, FleetRules, Key, KeyHolder, Role
from keitora.fleets.tokens import new_token, token_sha256

_FIND_FLEET: Final = "SELECT fleet_id, name, time_zone, currency, locale, units FROM fleet WHERE name = %(name)s"
_READ_FLEET: Final = (
    "SELECT fleet_id, name, time_zone, currency, locale, units FROM fleet WHERE fleet_id = %(fleet_id)s"
)
_LIST_FLEETS: Final = "SELECT fleet_id, name, time_zone, currency, locale, units FROM fleet ORDER BY name"
_CREATE_FLEET: Final = """
INSERT INTO fleet (name, time_zone, currency, locale)
VALUES (%(name)s, %(time_zone)s, %(currency)s, %(locale)s)
ON CONFLICT (name) DO NOTHING
RETURNING fleet_id, name, time_zone, currency, locale, units
"""
_READ_RULES: Final = "SELECT trip_end_s, idling_s FROM fleet WHERE fleet_id = %(fleet_id)s"
_SET_RULES: Final = """
UPDATE fleet SET trip_end_s = coalesce(%(trip_end_s)s, trip_end_s), idling_s = coalesce(%(idling_s)s, idling_s)
WHERE fleet_id = %(fleet_id)s RETURNING trip_end_s, idling_s
"""
_TOUCH_FLEET: Final = """
INSERT INTO derive_touch (vehicle_id, touched_from, touched_to)
SELECT vehicle_id, timestamptz '2010-01-01Z', last_sample_at FROM derive_state
WHERE fleet_id = %(fleet_id)s AND last_sample_at IS NOT NULL
"""
_CREATE_KEY: Final = """
INSERT INTO api_key (fleet_id, name, role, driver_id, token_sha256)
VALUES (%(fleet_id)s, %(name)s, %(role)s, %(driver_id)s, %(token_sha256)s)
RETURNING api_key_id
"""
_KEEP_KEY: Final = """
INSERT INTO api_key (fleet_id, name, role, token_sha256)
VALUES (%(fleet_id)s, %(name)s, %(role)s, %(token_sha256)s)
ON CONFLICT (token_sha256) DO UPDATE SET fleet_id = excluded.fleet_id
"""
_LIST_KEYS: Final = """
SELECT k.api_key_id, f.name AS fleet_name, k.name, k.role, d.name AS driver_name,
       k.created_at, k.expires_at, k.revoked_at
FROM api_key AS k JOIN fleet AS f USING (fleet_id) LEFT JOIN driver AS d USING (fleet_id, driver_id)
WHERE %(fleet_id)s::integer IS NULL OR k.fleet_id = %(fleet_id)s
ORDER BY f.name, k.api_key_id
"""
_REVOKE_KEY: Final = """
UPDATE api_key SET revoked_at = coalesce(revoked_at, now()) WHERE api_key_id = %(api_key_id)s RETURNING api_key_id
"""
_WITHDRAW_KEY: Final = """
UPDATE api_key SET revoked_at = now()
WHERE fleet_id = %(fleet_id)s AND api_key_id = %(api_key_id)s AND revoked_at IS NULL
"""
_CHANGE_FLEET: Final = """
UPDATE fleet SET name = %(name)s, time_zone = %(time_zone)s, currency = %(currency)s, locale = %(locale)s,
    units = %(units)s
WHERE fleet_id = %(fleet_id)s
"""
_OPEN: Final = """
SELECT api_key_id, role, driver_id, fleet_id, name, time_zone, currency, locale, units
FROM open_key(%(token_sha256)s, %(for_transaction)s)
"""
_HOLD_FLEET: Final = "SELECT FROM fleet WHERE fleet_id = %(fleet_id)s FOR NO KEY UPDATE"
_READ_OPEN_KEYS: Final = """
SELECT api_key_id FROM api_key
WHERE fleet_id = %(fleet_id)s AND api_key_id = ANY(%(api_key_ids)s) AND revoked_at IS NULL
  AND (expires_at IS NULL OR expires_at > now())
"""
_LEAVE_FLEET: Final = "SELECT set_config('keitora.fleet_id', '', false)"
_ENTER_FLEET: Final = "SELECT set_config('keitora.fleet_id', %(fleet_id)s::text, true)"
_USE_UTC: Final = "SET TimeZone TO 'UTC'"


def use_utc(conn: Connection) -> None:
    """Let the database answer in UTC, whatever the machine's time zone is."""
    conn.execute(_USE_UTC)


_READ_COUNTRY: Final = "SELECT country FROM fleet WHERE fleet_id = %(fleet_id)s"


async def read_country(conn: AsyncConnection, *, fleet_id: int) -> str | None:
    """Return the country (ISO 3166) a fleet has set; None where it has set none."""
    async with conn.cursor(row_factory=scalar_row) as cursor:
        country: str | None = await (await cursor.execute(_READ_COUNTRY, {"fleet_id": fleet_id})).fetchone()
        return country


def find_fleet(conn: Connection, name: str) -> Fleet | None:
    """Return the fleet of that name."""
    with conn.cursor(row_factory=class_row(Fleet)) as cursor:
        return cursor.execute(_FIND_FLEET, {"name": name}).fetchone()


def only_fleet(conn: Connection) -> Fleet:
    """Return the one fleet of this installation. Raises SetupError, naming the fleets, if there is not exactly one."""
    with conn.cursor(row_factory=class_row(Fleet)) as cursor:
        fleets = cursor.execute(_LIST_FLEETS).fetchall()
    if not fleets:
        raise SetupError("there is no fleet yet; make one with: keitora key create --fleet NAME --role manager")
    if len(fleets) > 1:
        names = ", ".join(fleet.name for fleet in fleets)
        raise SetupError(f"there are several fleets; say which with --fleet: {names}")
    return fleets[0]


def oldest_fleet(conn: Connection) -> Fleet:
    """Return the fleet that was made first. Raises SetupError if there is none."""
    with conn.cursor(row_factory=class_row(Fleet)) as cursor:
        fleets = cursor.execute(_LIST_FLEETS).fetchall()
    if not fleets:
        raise SetupError("there is no fleet yet; make one with: keitora key create --fleet NAME --role manager")
    return min(fleets, key=lambda fleet: fleet.fleet_id)


def create_fleet(
    conn: Connection, *, name: str, time_zone: str = "Asia/Tokyo", currency: str = "JPY", locale: str = "ja"
) -> Fleet:
    """Make a fleet. Raises KeitoraError if the name is taken or the IANA time zone unknown."""
    if time_zone not in available_timezones():
        raise KeitoraError(f"'{time_zone}' is no time zone; they are named like Asia/Tokyo or America/New_York")
    values = {"name": name, "time_zone": time_zone, "currency": currency, "locale": locale}
    with conn.cursor(row_factory=class_row(Fleet)) as cursor:
        fleet = cursor.execute(_CREATE_FLEET, values).fetchone()
    if fleet is None:
        raise KeitoraError(f"there is already a fleet named '{name}'")
    return fleet


def read_fleet_rules(conn: Connection, *, fleet_id: int) -> FleetRules:
    """Return the rules a fleet's trips are made by. Raises LookupError if there is no such fleet."""
    with conn.cursor(row_factory=class_row(FleetRules)) as cursor:
        found = cursor.execute(_READ_RULES, {"fleet_id": fleet_id}).fetchone()
    if found is None:
        raise LookupError(fleet_id)
    return found


_SET_MONEY: Final = """
UPDATE fleet SET currency = coalesce(%(currency)s, currency), country = coalesce(%(country)s, country)
WHERE fleet_id = %(fleet_id)s AND (%(currency)s::text IS NOT NULL OR %(country)s::text IS NOT NULL)
"""


def set_fleet_money(conn: Connection, *, fleet_id: int, currency: str | None, country: str | None) -> None:
    """Set in which currency a fleet's costs are told, and whose factors of CO2 hold; None leaves one as it is.

    Raises KeitoraError for what is no code.
    """
    try:
        conn.execute(_SET_MONEY, {"fleet_id": fleet_id, "currency": currency, "country": country})
    except CheckViolation as error:
        raise KeitoraError("a currency is three capital letters (JPY), a country two (JP)") from error


def set_fleet_rules(
    conn: Connection, *, fleet_id: int, trip_end_s: int | None = None, idling_s: int | None = None
) -> FleetRules:
    """Set rules (None leaves one as it is) and return those in force; if one changed, all trucks are derived anew.

    Raises KeitoraError for a value that makes no sense, LookupError if there is no such fleet.
    """
    before = read_fleet_rules(conn, fleet_id=fleet_id)
    values = {"fleet_id": fleet_id, "trip_end_s": trip_end_s, "idling_s": idling_s}
    try:
        with conn.cursor(row_factory=class_row(FleetRules)) as cursor:
            after = cursor.execute(_SET_RULES, values).fetchone()
    except CheckViolation as error:
        raise KeitoraError("a trip ends after 60 to 3600 s, idling begins after 60 to 7200 s") from error
    if after is None:
        raise LookupError(fleet_id)
    if after != before:
        conn.execute(_TOUCH_FLEET, {"fleet_id": fleet_id})
    return after


def create_key(conn: Connection, *, fleet_id: int, name: str, role: Role, driver_id: int | None = None) -> str:
    """Make a key and return its token, which cannot be read again. Only a driver's key has a `driver_id`, and must."""
    if (role == "driver") != (driver_id is not None):
        raise KeitoraError("a key of the role driver belongs to a driver, and only such a key does")
    token = new_token()
    values = {
        "fleet_id": fleet_id,
        "name": name,
        "role": role,
        "driver_id": driver_id,
        "token_sha256": token_sha256(token),
    }
    conn.execute(_CREATE_KEY, values)
    return token


def keep_key(conn: Connection, *, fleet_id: int, name: str, role: Literal["manager", "viewer"], token: str) -> None:
    """Let in whoever holds a token that was made elsewhere, or move it to another fleet; a revoked one stays so."""
    values = {"fleet_id": fleet_id, "name": name, "role": role, "token_sha256": token_sha256(token)}
    conn.execute(_KEEP_KEY, values)


def list_keys(conn: Connection, *, fleet_id: int | None) -> list[Key]:
    """Return the keys of one fleet, or of all, revoked ones included."""
    with conn.cursor(row_factory=class_row(Key)) as cursor:
        return cursor.execute(_LIST_KEYS, {"fleet_id": fleet_id}).fetchall()


def revoke_key(conn: Connection, *, api_key_id: int) -> bool:
    """Make a key worthless from now on; False if there is no such key. Revoking again changes nothing."""
    return conn.execute(_REVOKE_KEY, {"api_key_id": api_key_id}).fetchone() is not None


async def open_with_key(conn: AsyncConnection, *, token: str, for_transaction: bool) -> KeyHolder | None:
    """Let the present transaction, or else the connection, see the fleet of a token's holder; return who that is.

    It sees no other's: the fleet entered before is left by the same statement. None, and no fleet is seen, if the token
    is unknown, expired or revoked. One round trip: this is done for every request.
    """
    values = {"token_sha256": token_sha256(token), "for_transaction": for_transaction}
    row = await (await conn.cursor(binary=True).execute(_OPEN, values)).fetchone()
    if row is None or row[0] is None:
        return None
    api_key_id, role, driver_id, *fleet = row
    return KeyHolder(api_key_id, role, driver_id, Fleet(*fleet))


async def read_open_keys(conn: AsyncConnection, *, fleet_id: int, api_key_ids: Collection[int]) -> set[int]:
    """Return which of these keys still open the door, by the rules of `open_with_key`."""
    if not api_key_ids:
        return set()
    async with conn.cursor(row_factory=scalar_row) as cursor:
        await cursor.execute(_READ_OPEN_KEYS, {"fleet_id": fleet_id, "api_key_ids": list(api_key_ids)})
        return set(await cursor.fetchall())


async def leave_fleet(conn: AsyncConnection) -> None:
    """Let the connection see no fleet's rows any more."""
    await conn.execute(_LEAVE_FLEET)


async def enter_fleet(conn: AsyncConnection, *, fleet_id: int) -> None:
    """Let the present transaction see that fleet's rows, and no other's."""
    async with conn.cursor(row_factory=scalar_row) as cursor:
        await cursor.execute(_ENTER_FLEET, {"fleet_id": fleet_id})


async def read_fleet(conn: AsyncConnection, *, fleet_id: int) -> Fleet | None:
    """Return the fleet of that number."""
    async with conn.cursor(row_factory=class_row(Fleet)) as cursor:
        await cursor.execute(_READ_FLEET, {"fleet_id": fleet_id})
        return await cursor.fetchone()


async def read_keys(conn: AsyncConnection, *, fleet_id: int) -> list[Key]:
    """Return the fleet's keys, revoked ones included."""
    async with conn.cursor(row_factory=class_row(Key)) as cursor:
        await cursor.execute(_LIST_KEYS, {"fleet_id": fleet_id})
        return await cursor.fetchall()


async def add_key(
    conn: AsyncConnection, *, fleet_id: int, name: str, role: Role, driver_id: int | None
) -> tuple[int, str]:
    """Make a key; return its number and its token, which cannot be read again. A driver's key has a `driver_id`."""
    token = new_token()
    values = {
        "fleet_id": fleet_id,
        "name": name,
        "role": role,
        "driver_id": driver_id,
        "token_sha256": token_sha256(token),
    }
    row = await (await conn.execute(_CREATE_KEY, values)).fetchone()
    if row is None:
        raise LookupError("INSERT returned no row")
    return int(row[0]), token


async def withdraw_key(conn: AsyncConnection, *, fleet_id: int, api_key_id: int) -> bool:
    """Make a key of the fleet worthless from now on; False if it has no such key that works."""
    return (await conn.execute(_WITHDRAW_KEY, {"fleet_id": fleet_id, "api_key_id": api_key_id})).rowcount == 1


async def hold_fleet(conn: AsyncConnection, *, fleet_id: int) -> None:
    """Let no other transaction change the fleet's settings or people until this one ends; what is read next is true.

    Who changes a part of what stands there holds the fleet before reading the rest: else two people who change
    different parts at once would undo each other's.
    """
    await conn.execute(_HOLD_FLEET, {"fleet_id": fleet_id})


async def change_fleet(conn: AsyncConnection, *, fleet: Fleet) -> None:
    """Set what a fleet is called, where its days begin, and what its people are shown; another zone makes other days.

    Raises KeitoraError if the name is taken or the IANA time zone unknown.
    """
    if fleet.time_zone not in available_timezones():
        raise KeitoraError(f"'{fleet.time_zone}' is no time zone; they are named like Asia/Tokyo")
    values = {
        "fleet_id": fleet.fleet_id,
        "name": fleet.name,
        "time_zone": fleet.time_zone,
        "currency": fleet.currency,
        "locale": fleet.locale,
        "units": fleet.units,
    }
    try:
        async with conn.transaction():
            await conn.execute(_CHANGE_FLEET, values)
    except UniqueViolation as error:
        raise KeitoraError(f"there is already a fleet named '{fleet.name}'") from error
