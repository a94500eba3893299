"""All SQL of fuel prices and of what a litre and a kilowatt-hour cost. The caller commits."""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import date
from decimal import Decimal
from typing import Any, Final

from psycopg import AsyncConnection, Connection, sql
from psycopg.rows import class_row

from keitora.db.ranges import replace_ranges
from keitora.prices.money import FuelPrice
from keitora.prices.rates import Paid, Rate

_PRICES: Final = """
SELECT valid_from, price_per_l, currency, tax_per_l FROM fuel_price
WHERE fleet_id = %(fleet_id)s AND energy = %(energy)s AND currency = %(currency)s AND withdrawn_at IS NULL
ORDER BY valid_from, fuel_price_id
"""
_FILLS: Final = """
SELECT (u.filled_at AT TIME ZONE f.time_zone)::date AS local_date, u.total_price AS amount, u.volume_l AS quantity,
       u.vehicle_id = %(vehicle_id)s AS is_own
FROM fill_up AS u JOIN vehicle AS v USING (fleet_id, vehicle_id) JOIN fleet AS f USING (fleet_id)
WHERE u.fleet_id = %(fleet_id)s AND v.energy = %(energy)s AND u.currency = %(currency)s
  AND u.volume_l IS NOT NULL AND u.total_price IS NOT NULL AND u.withdrawn_at IS NULL
ORDER BY u.filled_at, u.fill_up_id
"""


def read_prices_of(conn: Connection[Any], *, fleet_id: int, energy: str, currency: str) -> list[FuelPrice]:
    """Return a fleet's prices of one fuel; of two from the same day the newer entry is the later one."""
    values = {"fleet_id": fleet_id, "energy": "petrol" if energy == "hybrid" else energy, "currency": currency}
    with conn.cursor(row_factory=class_row(FuelPrice)) as cursor:
        return cursor.execute(_PRICES, values).fetchall()


def read_paid(
    conn: Connection[Any], *, fleet_id: int, vehicle_id: int, energy: str, currency: str
) -> tuple[list[Paid], list[Paid]]:
    """Return what was paid at the pump for this truck, and for all the fleet's that burn the same, in order of time."""
    values = {"fleet_id": fleet_id, "vehicle_id": vehicle_id, "energy": energy, "currency": currency}
    own: list[Paid] = []
    fleet: list[Paid] = []
    for local_date, amount, quantity, is_own in conn.execute(_FILLS, values):
        paid = Paid(local_date, amount, quantity)
        fleet.append(paid)
        if is_own:
            own.append(paid)
    return own, fleet


def save_rates(conn: Connection[Any], *, fleet_id: int, vehicle_id: int, rates: Sequence[Rate]) -> None:
    """Store a truck's rates in place of those it had."""
    common = {"vehicle_id": vehicle_id, "fleet_id": fleet_id}
    rows = [common | {item.name: getattr(one, item.name) for item in fields(one)} for one in rates]
    replace_ranges(conn, "running_rate", vehicle_id=vehicle_id, key=["valid_from"], rows=rows)


# --- entered prices --------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredPrice:
    """A price as somebody entered it: of a fuel, from a local date on, with the part of it that is tax."""

    fuel_price_id: int
    energy: str
    valid_from: date
    price_per_l: Decimal
    tax_per_l: Decimal | None
    currency: str
    note: str | None
    entered_by: str


_PRICE: Final = sql.SQL(", ").join(sql.Identifier(item.name) for item in fields(StoredPrice))
_LIST: Final = sql.SQL("""
SELECT {columns} FROM fuel_price WHERE fleet_id = %(fleet_id)s AND withdrawn_at IS NULL
ORDER BY valid_from, fuel_price_id
""").format(columns=_PRICE)
_ADD: Final = sql.SQL("""
INSERT INTO fuel_price (fleet_id, energy, valid_from, price_per_l, tax_per_l, currency, note, entered_by)
VALUES (%(fleet_id)s, %(energy)s, %(valid_from)s, %(price_per_l)s, %(tax_per_l)s, %(currency)s, %(note)s, %(by)s)
RETURNING {columns}
""").format(columns=_PRICE)
_WITHDRAW: Final = """
UPDATE fuel_price SET withdrawn_at = coalesce(withdrawn_at, now()), withdrawn_by = coalesce(withdrawn_by, %(by)s)
WHERE fleet_id = %(fleet_id)s AND fuel_price_id = %(fuel_price_id)s RETURNING fuel_price_id
"""
_RATES: Final = """
SELECT vehicle_id, valid_from, valid_to, currency, price_per_l, price_per_kwh, co2_kg_per_l, co2_kg_per_kwh, source
FROM running_rate
WHERE fleet_id = %(fleet_id)s
  AND (%(vehicle_ids)s::integer[] IS NULL OR vehicle_id = ANY (%(vehicle_ids)s))
ORDER BY vehicle_id, valid_from
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class TruckRate(Rate):
    """A rate and the truck it is of."""

    vehicle_id: int


async def list_prices(conn: AsyncConnection, *, fleet_id: int) -> list[StoredPrice]:
    """Return the fleet's entered prices by date."""
    async with conn.cursor(row_factory=class_row(StoredPrice)) as cursor:
        return await (await cursor.execute(_LIST, {"fleet_id": fleet_id})).fetchall()


async def add_price(
    conn: AsyncConnection,
    *,
    fleet_id: int,
    energy: str,
    valid_from: date,
    price_per_l: Decimal,
    tax_per_l: Decimal | None,
    currency: str,
    note: str | None,
    by: str,
) -> StoredPrice:
    """Keep a price and return it."""
    values = {
        "fleet_id": fleet_id,
        "energy": energy,
        "valid_from": valid_from,
        "price_per_l": price_per_l,
        "tax_per_l": tax_per_l,
        "currency": currency,
        "note": note,
        "by": by,
    }
    async with conn.cursor(row_factory=class_row(StoredPrice)) as cursor:
        made = await (await cursor.execute(_ADD, values)).fetchone()
    if made is None:
        raise LookupError(fleet_id)
    return made


async def withdraw_price(conn: AsyncConnection, *, fleet_id: int, fuel_price_id: int, by: str) -> bool:
    """Take a price back; False if the fleet has none of that number."""
    async with conn.cursor() as cursor:
        await cursor.execute(_WITHDRAW, {"fleet_id": fleet_id, "fuel_price_id": fuel_price_id, "by": by})
        return await cursor.fetchone() is not None


async def read_rates(conn: AsyncConnection, *, fleet_id: int, vehicle_ids: Sequence[int] | None) -> list[TruckRate]:
    """Return what a litre and a kilowatt-hour of each truck cost and stand for, by truck and time."""
    values = {"fleet_id": fleet_id, "vehicle_ids": None if vehicle_ids is None else list(vehicle_ids)}
    async with conn.cursor(row_factory=class_row(TruckRate)) as cursor:
        return await (await cursor.execute(_RATES, values)).fetchall()
