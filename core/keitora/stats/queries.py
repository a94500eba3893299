"""All SQL of statistics: one statement for each basis."""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import date, datetime
from json import dumps
from typing import Any, Final

from psycopg import AsyncConnection
from psycopg.rows import class_row, scalar_row
from psycopg.types.json import Jsonb

from keitora.db.sql import load
from keitora.fuel.economy import KNOWN_ENOUGH
from keitora.fuel.model import DayColumns
from keitora.stats.model import GroupBy, Span, StatFilter, StatRow, TripShare

_SUM_DAYS: Final = load("keitora.stats", "sum_days")
_SUM_TRIPS: Final = load("keitora.stats", "sum_trips")
_SUM_VISITS: Final = load("keitora.stats", "sum_visits")
_READ_SHARES: Final = load("keitora.stats", "read_shares")
_FIRST_DAY: Final = b"SELECT min(local_date) FROM vehicle_day WHERE fleet_id = %(fleet_id)s"

TripStarts = Sequence[tuple[int, datetime]]


async def first_day(conn: AsyncConnection, *, fleet_id: int) -> date | None:
    """Return the first local day anything is known of; None for a fleet that has not driven yet."""
    async with conn.cursor(binary=True, row_factory=scalar_row) as cursor:
        await cursor.execute(_FIRST_DAY, {"fleet_id": fleet_id})
        day: date | None = await cursor.fetchone()
        return day


async def sum_days(
    conn: AsyncConnection,
    *,
    fleet_id: int,
    spans: Sequence[Span],
    group_by: GroupBy,
    which: StatFilter,
    changes: DayColumns,
) -> list[StatRow]:
    """Return the sums of trucks' days, by span and truck (or all together). `changes` is added to the days it names."""
    values = _values(fleet_id, spans, group_by, which) | {
        "change_vehicles": changes.vehicle_ids,
        "change_dates": changes.local_dates,
        "change_counts": changes.trip_counts,
        "change_m": changes.distances_m,
    }
    return await _rows(conn, _SUM_DAYS, values)


async def sum_trips(
    conn: AsyncConnection,
    *,
    fleet_id: int,
    spans: Sequence[Span],
    group_by: GroupBy,
    which: StatFilter,
    touched: TripStarts,
    pieces: Sequence[TripShare],
) -> list[StatRow]:
    """Return the sums of trips' shares of their days, by span and group; `pieces` take the place of `touched` trips."""
    values = _values(fleet_id, spans, group_by, which) | _starts(touched)
    values |= {
        "driver_ids": None if which.driver_ids is None else list(which.driver_ids),
        "purposes": None if which.purposes is None else list(which.purposes),
        "pieces": Jsonb([asdict(piece) for piece in pieces], dumps=_dumps),
    }
    return await _rows(conn, _SUM_TRIPS, values)


async def sum_visits(
    conn: AsyncConnection, *, fleet_id: int, spans: Sequence[Span], which: StatFilter
) -> list[StatRow]:
    """Return the sums of visits, by span and place."""
    values = _values(fleet_id, spans, "place", which)
    values["place_ids"] = None if which.place_ids is None else list(which.place_ids)
    return await _rows(conn, _SUM_VISITS, values)


async def read_trip_shares(conn: AsyncConnection, *, fleet_id: int, trips: TripStarts) -> list[TripShare]:
    """Return the days of derived trips, named by truck and start, trip by trip and day by day."""
    async with conn.cursor(binary=True, row_factory=class_row(TripShare)) as cursor:
        await cursor.execute(_READ_SHARES, {"fleet_id": fleet_id, **_starts(trips)})
        return await cursor.fetchall()


def _values(fleet_id: int, spans: Sequence[Span], group_by: GroupBy, which: StatFilter) -> dict[str, Any]:
    return {
        "fleet_id": fleet_id,
        "numbers": list(range(len(spans))),
        "from_dates": [span.from_date for span in spans],
        "to_dates": [span.to_date for span in spans],
        "group_by": group_by,
        "vehicle_ids": None if which.vehicle_ids is None else list(which.vehicle_ids),
        "known_enough": KNOWN_ENOUGH,
    }


def _starts(trips: TripStarts) -> dict[str, Any]:
    return {"touched_vehicles": [one[0] for one in trips], "touched_starts": [one[1] for one in trips]}


def _dumps(value: object) -> str:
    return dumps(value, default=lambda moment: moment.isoformat())


async def _rows(conn: AsyncConnection, statement: bytes, values: dict[str, Any]) -> list[StatRow]:
    async with conn.cursor(binary=True, row_factory=class_row(StatRow)) as cursor:
        await cursor.execute(statement, values)
        return await cursor.fetchall()
