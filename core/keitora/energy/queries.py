"""All SQL of charges, batteries and tariffs. The caller commits."""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import date, datetime
from decimal import Decimal
from math import isclose
from typing import Any, Final

from psycopg import AsyncConnection, Connection, sql
from psycopg.rows import class_row, dict_row
from psycopg.types.json import Jsonb

from keitora.db.ranges import replace_ranges
from keitora.db.spans import BEGINNING, END, first_touching
from keitora.db.sql import load
from keitora.energy.charges import NEAR, matched
from keitora.energy.model import ChargeEntry, NewCharge, StoredCharge, StoredPack
from keitora.energy.pack import Pack, Swing
from keitora.energy.seasons import DatedSwing, Season
from keitora.energy.tariff import Contract, Tariff, bands_from_json
from keitora.errors import KeyReusedError

_CHARGE: Final = sql.SQL(", ").join(sql.Identifier(item.name) for item in fields(StoredCharge))
_CHARGES_OF: Final = sql.SQL("""
SELECT {columns} FROM charge WHERE fleet_id = %(fleet_id)s AND vehicle_id = %(vehicle_id)s ORDER BY started_at
""").format(columns=_CHARGE)
CHARGE_PAGE: Final = sql.SQL("""
SELECT {columns} FROM charge
WHERE fleet_id = %(fleet_id)s
  AND (started_at, vehicle_id) > (%(after_at)s, %(after_vehicle_id)s) AND started_at < %(to_at)s
  AND (started_at >= %(from_at)s OR heard_at > %(from_at)s)
  AND (%(vehicle_ids)s::integer[] IS NULL OR vehicle_id = ANY (%(vehicle_ids)s))
ORDER BY started_at, vehicle_id
LIMIT %(limit)s
""").format(columns=_CHARGE)
_NEIGHBOURS: Final = load("keitora.energy", "read_neighbours")
_ENTRY: Final = sql.SQL(", ").join(sql.Identifier(item.name) for item in fields(ChargeEntry))
_ENTRIES_OF: Final = sql.SQL("""
SELECT {columns} FROM fill_up
WHERE fleet_id = %(fleet_id)s AND vehicle_id = %(vehicle_id)s AND energy_kwh IS NOT NULL AND withdrawn_at IS NULL
ORDER BY filled_at, fill_up_id
""").format(columns=_ENTRY)
_ENTRIES_IN: Final = sql.SQL("""
SELECT {columns} FROM unnest(%(vehicle_ids)s::integer[], %(from_ats)s::timestamptz[], %(to_ats)s::timestamptz[])
    AS span (truck, from_at, to_at)
JOIN fill_up ON vehicle_id = truck AND filled_at BETWEEN from_at AND to_at
WHERE fleet_id = %(fleet_id)s AND energy_kwh IS NOT NULL AND withdrawn_at IS NULL
ORDER BY filled_at, fill_up_id
""").format(columns=_ENTRY)
_ENTER: Final = sql.SQL("""
INSERT INTO fill_up (fleet_id, vehicle_id, filled_at, energy_kwh, total_price, currency, note, entered_by,
                     idempotency_key)
SELECT fleet_id, vehicle_id, %(charged_at)s, %(energy_kwh)s, %(total_price)s, %(currency)s, %(note)s, %(by)s,
       %(idempotency_key)s
FROM vehicle WHERE fleet_id = %(fleet_id)s AND vehicle_id = %(vehicle_id)s AND energy = 'electric'
ON CONFLICT (fleet_id, idempotency_key) DO NOTHING
RETURNING {columns}
""").format(columns=_ENTRY)
_REPEATED: Final = sql.SQL("""
SELECT {columns} FROM fill_up
WHERE fleet_id = %(fleet_id)s AND idempotency_key = %(idempotency_key)s
""").format(columns=_ENTRY)
_BY_KEYS: Final = sql.SQL("""
SELECT idempotency_key, {columns} FROM fill_up
WHERE fleet_id = %(fleet_id)s AND idempotency_key = ANY (%(keys)s) AND energy_kwh IS NOT NULL
""").format(columns=_ENTRY)
_PACKS: Final = """
SELECT vehicle_id, nullif(valid_from, '-infinity') AS valid_from, nullif(valid_to, 'infinity') AS valid_to,
       kwh_a_pct_at_half, slope_ratio_a_pct, uncertainty_ratio, swing_count
FROM pack WHERE fleet_id = %(fleet_id)s ORDER BY vehicle_id, pack.valid_from
"""
_SWINGS: Final = """
SELECT ended_at AS at, soc_from_pct AS from_pct, soc_to_pct AS to_pct, energy_kwh, hv_voltage_v
FROM trip
WHERE vehicle_id = %(vehicle_id)s AND energy_method = 'measured' AND soc_from_pct IS NOT NULL AND energy_kwh IS NOT NULL
UNION ALL
SELECT ended_at, from_soc_pct, to_soc_pct, -measured_kwh, hv_voltage_v
FROM charge
WHERE vehicle_id = %(vehicle_id)s AND ended_at IS NOT NULL AND measured_kwh IS NOT NULL
  AND from_soc_pct IS NOT NULL AND to_soc_pct IS NOT NULL
ORDER BY at
"""
_CHARGE_PLACES: Final = """
SELECT c.started_at, p.place_id FROM charge AS c
CROSS JOIN LATERAL (
    SELECT place.place_id FROM visit JOIN place USING (fleet_id, place_id)
    WHERE visit.vehicle_id = c.vehicle_id AND place.archived_at IS NULL
      AND tstzrange(visit.entered_at, visit.left_at, '[]') @> c.started_at
    ORDER BY place.area_m2, place.place_id LIMIT 1
) AS p
WHERE c.vehicle_id = %(vehicle_id)s
"""
_TARIFFS: Final = """
SELECT tariff_id, name, place_id, valid_from, currency, otherwise_per_kwh, bands, co2_kg_per_kwh FROM tariff
WHERE fleet_id = %(fleet_id)s AND withdrawn_at IS NULL ORDER BY valid_from, tariff_id
"""
_ADD_TARIFF: Final = """
INSERT INTO tariff
    (fleet_id, place_id, name, valid_from, currency, otherwise_per_kwh, bands, co2_kg_per_kwh, entered_by)
SELECT %(fleet_id)s, %(place_id)s, %(name)s, %(valid_from)s, %(currency)s, %(otherwise_per_kwh)s, %(bands)s,
       %(co2_kg_per_kwh)s, %(by)s
WHERE %(place_id)s::integer IS NULL
   OR EXISTS (SELECT FROM place WHERE fleet_id = %(fleet_id)s AND place_id = %(place_id)s AND archived_at IS NULL)
RETURNING tariff_id, name, place_id, valid_from, currency, otherwise_per_kwh, bands, co2_kg_per_kwh
"""
_WITHDRAW_TARIFF: Final = """
UPDATE tariff SET withdrawn_at = coalesce(withdrawn_at, now()), withdrawn_by = coalesce(withdrawn_by, %(by)s)
WHERE fleet_id = %(fleet_id)s AND tariff_id = %(tariff_id)s RETURNING tariff_id
"""
_WITHDRAW_ENTRY: Final = """
UPDATE fill_up SET withdrawn_at = coalesce(withdrawn_at, now()), withdrawn_by = coalesce(withdrawn_by, %(by)s)
WHERE fleet_id = %(fleet_id)s AND fill_up_id = %(entry_id)s AND energy_kwh IS NOT NULL
  AND (%(entered_by)s::text IS NULL OR entered_by = %(entered_by)s)
RETURNING fill_up_id
"""
_HABITS: Final = load("keitora.energy", "read_habits")


# --- learning --------------------------------------------------------------------------------------------------------


def read_swings(conn: Connection[Any], *, vehicle_id: int) -> list[DatedSwing]:
    """Return a truck's drives and charges whose energy was measured and whose state of charge is known."""
    with conn.cursor(row_factory=dict_row) as cursor:
        return [
            DatedSwing(
                row["at"],
                Swing(
                    from_soc_pct=row["from_pct"],
                    to_soc_pct=row["to_pct"],
                    energy_kwh=row["energy_kwh"],
                    mean_voltage_v=row["hv_voltage_v"],
                ),
            )
            for row in cursor.execute(_SWINGS, {"vehicle_id": vehicle_id})
        ]


def read_charges_of(conn: Connection[Any], *, fleet_id: int, vehicle_id: int) -> list[StoredCharge]:
    """Return a truck's charges in order of time."""
    values = {"fleet_id": fleet_id, "vehicle_id": vehicle_id}
    with conn.cursor(row_factory=class_row(StoredCharge)) as cursor:
        return cursor.execute(_CHARGES_OF, values).fetchall()


def read_entries_of(conn: Connection[Any], *, fleet_id: int, vehicle_id: int) -> list[ChargeEntry]:
    """Return what was entered of a truck's charges, in order of time."""
    values = {"fleet_id": fleet_id, "vehicle_id": vehicle_id}
    with conn.cursor(row_factory=class_row(ChargeEntry)) as cursor:
        return cursor.execute(_ENTRIES_OF, values).fetchall()


def read_charge_places(conn: Connection[Any], *, vehicle_id: int) -> dict[datetime, int]:
    """Return at which named place a truck's charges began, by their start; the smallest of several."""
    return dict(conn.execute(_CHARGE_PLACES, {"vehicle_id": vehicle_id}).fetchall())


def read_contracts_of(conn: Connection[Any], *, fleet_id: int) -> list[Contract]:
    """Return the fleet's tariffs, oldest first."""
    with conn.cursor(row_factory=dict_row) as cursor:
        return [_contract(row) for row in cursor.execute(_TARIFFS, {"fleet_id": fleet_id})]


def save_seasons(conn: Connection[Any], *, fleet_id: int, vehicle_id: int, seasons: Sequence[Season]) -> None:
    """Store a truck's battery as learnt in place of what was known of it."""
    rows = [
        {
            "vehicle_id": vehicle_id,
            "fleet_id": fleet_id,
            "valid_from": one.valid_from,
            "valid_to": one.valid_to,
            **{item.name: getattr(one.pack, item.name) for item in fields(Pack)},
        }
        for one in seasons
    ]
    replace_ranges(conn, "pack", vehicle_id=vehicle_id, key=["valid_from"], rows=rows)


# --- reading and entering --------------------------------------------------------------------------------------------


async def page_charges(
    conn: AsyncConnection,
    *,
    fleet_id: int,
    vehicle_ids: Sequence[int] | None,
    from_at: datetime | None,
    to_at: datetime | None,
    after: tuple[datetime, int] | None,
    limit: int,
) -> list[StoredCharge]:
    """Return up to `limit` charges that touch [from_at, to_at), by time; those after a begin and a truck."""
    if after is None and from_at is not None:
        after = await first_touching(conn, "charge", ("started_at", "heard_at"), fleet_id=fleet_id, at=from_at), 0
    after_at, after_vehicle_id = after or (BEGINNING, 0)
    values = {
        "fleet_id": fleet_id,
        "vehicle_ids": None if vehicle_ids is None else list(vehicle_ids),
        "from_at": from_at or BEGINNING,
        "to_at": to_at or END,
        "after_at": after_at,
        "after_vehicle_id": after_vehicle_id,
        "limit": limit,
    }
    async with conn.cursor(binary=True, row_factory=class_row(StoredCharge)) as cursor:
        return await (await cursor.execute(CHARGE_PAGE, values)).fetchall()


async def read_matches(
    conn: AsyncConnection, *, fleet_id: int, charges: Sequence[StoredCharge]
) -> dict[tuple[int, datetime], ChargeEntry]:
    """Return the entries that go to these charges, by truck and start, as `matched` finds them among all there are."""
    if not charges:
        return {}
    trucks = sorted({charge.vehicle_id for charge in charges})
    starts = {truck: [one.started_at for one in charges if one.vehicle_id == truck] for truck in trucks}
    values = {
        "fleet_id": fleet_id,
        "vehicle_ids": trucks,
        "from_ats": [min(starts[truck]) for truck in trucks],
        "to_ats": [max(starts[truck]) for truck in trucks],
        "apart": 2 * NEAR,
    }
    async with conn.cursor(binary=True, row_factory=class_row(StoredCharge)) as cursor:
        around = await (await cursor.execute(_NEIGHBOURS, values)).fetchall()
    of_truck = {truck: [one for one in around if one.vehicle_id == truck] for truck in trucks}
    values["from_ats"] = [min(one.started_at for one in of_truck[truck]) - NEAR for truck in trucks]
    values["to_ats"] = [max(one.heard_at for one in of_truck[truck]) + NEAR for truck in trucks]
    async with conn.cursor(binary=True, row_factory=class_row(ChargeEntry)) as cursor:
        entries = await (await cursor.execute(_ENTRIES_IN, values)).fetchall()
    return {
        (truck, at): entry
        for truck in trucks
        for at, entry in matched(of_truck[truck], [one for one in entries if one.vehicle_id == truck]).items()
    }


async def enter_charge(
    conn: AsyncConnection, *, fleet_id: int, vehicle_id: int, new: NewCharge, by: str, idempotency_key: str | None
) -> ChargeEntry | None:
    """Keep what was drawn and paid for a charge; the same again with its key returns what it made. None: no such EV.

    Raises KeyReusedError if the key made something else.
    """
    values = _entered(new) | {
        "fleet_id": fleet_id,
        "vehicle_id": vehicle_id,
        "by": by,
        "idempotency_key": idempotency_key,
    }
    async with conn.cursor(row_factory=class_row(ChargeEntry)) as cursor:
        made = await (await cursor.execute(_ENTER, values)).fetchone()
        if made is None and idempotency_key is not None:
            made = await (await cursor.execute(_REPEATED, values)).fetchone()
            if made is not None and not _is_same(made, vehicle_id, new):
                raise KeyReusedError("this key came with another entry before")
        return made


def _is_same(made: ChargeEntry, vehicle_id: int, new: NewCharge) -> bool:
    # Kilowatt-hours are kept with seven digits. A row without any is a fill-up.
    is_alike = made.energy_kwh is not None and isclose(made.energy_kwh, new.energy_kwh, rel_tol=1e-6)
    said = (vehicle_id, new.charged_at, new.total_price, new.currency)
    return is_alike and (made.vehicle_id, made.filled_at, made.total_price, made.currency) == said


async def enter_charges(
    conn: AsyncConnection, *, fleet_id: int, rows: Sequence[tuple[str, int, NewCharge]], by: str
) -> tuple[dict[str, ChargeEntry], int]:
    """Keep entries about charges, each with its key and truck; return them by key, and how many were not there already.

    One whose truck is no EV of the fleet is left out.
    """
    common = {"fleet_id": fleet_id, "by": by}
    values = [_entered(new) | common | {"idempotency_key": key, "vehicle_id": truck} for key, truck, new in rows]
    async with conn.cursor(row_factory=dict_row) as cursor:
        await cursor.executemany(_ENTER, values)
        new_count = cursor.rowcount
        await cursor.execute(_BY_KEYS, {"fleet_id": fleet_id, "keys": [key for key, *_ in rows]})
        return {row.pop("idempotency_key"): ChargeEntry(**row) for row in await cursor.fetchall()}, new_count


async def withdraw_charge_entry(
    conn: AsyncConnection, *, fleet_id: int, entry_id: int, entered_by: str | None, by: str
) -> bool:
    """Take back what was entered of a charge, by one (None: by anyone); False if there is no such entry."""
    values = {"fleet_id": fleet_id, "entry_id": entry_id, "entered_by": entered_by, "by": by}
    async with conn.cursor() as cursor:
        await cursor.execute(_WITHDRAW_ENTRY, values)
        return await cursor.fetchone() is not None


def _entered(new: NewCharge) -> dict[str, Any]:
    return {item.name: getattr(new, item.name) for item in fields(NewCharge)}


async def read_seasons(conn: AsyncConnection, *, fleet_id: int) -> dict[int, list[Season]]:
    """Return each truck's battery as learnt, in order of time."""
    found: dict[int, list[Season]] = {}
    async with conn.cursor(row_factory=class_row(StoredPack)) as cursor:
        for row in await (await cursor.execute(_PACKS, {"fleet_id": fleet_id})).fetchall():
            pack = Pack(
                kwh_a_pct_at_half=row.kwh_a_pct_at_half,
                slope_ratio_a_pct=row.slope_ratio_a_pct,
                uncertainty_ratio=row.uncertainty_ratio,
                swing_count=row.swing_count,
            )
            found.setdefault(row.vehicle_id, []).append(Season(row.valid_from, row.valid_to, pack))
    return found


async def read_contracts(conn: AsyncConnection, *, fleet_id: int) -> list[Contract]:
    """Return the fleet's tariffs, oldest first."""
    async with conn.cursor(row_factory=dict_row) as cursor:
        return [_contract(row) for row in await (await cursor.execute(_TARIFFS, {"fleet_id": fleet_id})).fetchall()]


async def add_tariff(
    conn: AsyncConnection,
    *,
    fleet_id: int,
    name: str,
    place_id: int | None,
    valid_from: date,
    currency: str,
    otherwise_per_kwh: Decimal,
    bands: Sequence[dict[str, Any]],
    co2_kg_per_kwh: float | None,
    by: str,
) -> Contract | None:
    """Keep a tariff and return it; None if the fleet has no such place. `bands` as `bands_from_json` reads them."""
    values = {
        "fleet_id": fleet_id,
        "name": name,
        "place_id": place_id,
        "valid_from": valid_from,
        "currency": currency,
        "otherwise_per_kwh": otherwise_per_kwh,
        "bands": Jsonb(list(bands)),
        "co2_kg_per_kwh": co2_kg_per_kwh,
        "by": by,
    }
    async with conn.cursor(row_factory=dict_row) as cursor:
        row = await (await cursor.execute(_ADD_TARIFF, values)).fetchone()
        return None if row is None else _contract(row)


async def withdraw_tariff(conn: AsyncConnection, *, fleet_id: int, tariff_id: int, by: str) -> bool:
    """Take a tariff back; False if the fleet has none of that number."""
    async with conn.cursor() as cursor:
        await cursor.execute(_WITHDRAW_TARIFF, {"fleet_id": fleet_id, "tariff_id": tariff_id, "by": by})
        return await cursor.fetchone() is not None


def _contract(row: dict[str, Any]) -> Contract:
    return Contract(
        tariff_id=row["tariff_id"],
        name=row["name"],
        place_id=row["place_id"],
        valid_from=row["valid_from"],
        currency=row["currency"],
        tariff=Tariff(bands_from_json(row["bands"]), row["otherwise_per_kwh"]),
        co2_kg_per_kwh=row["co2_kg_per_kwh"],
    )


@dataclass(frozen=True, slots=True)
class Habit:
    """An electric truck, its newest state of charge, and its trips of the last 90 days as (km, kWh), newest last."""

    vehicle_id: int
    vehicle_name: str
    battery_kwh: float | None
    soc_at: datetime | None
    soc_pct: float | None
    trips: list[list[float]]


async def read_habits(conn: AsyncConnection, *, fleet_id: int, now: datetime) -> list[Habit]:
    """Return the fleet's electric trucks with what they need of energy, by truck."""
    async with conn.cursor(row_factory=class_row(Habit)) as cursor:
        return await (await cursor.execute(_HABITS, {"fleet_id": fleet_id, "now": now})).fetchall()
