"""All SQL of statistics that are asked for."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import date, timedelta
from json import dumps
from typing import Any, Final

from psycopg import AsyncConnection
from psycopg.rows import class_row, scalar_row
from psycopg.types.json import Jsonb

from keitora.db.sql import load
from keitora.stats.buckets import is_in_whole_month
from keitora.stats.model import Basis, Corrections, GroupBy, Span, StatFilter, StatRow, TripShare, TripStarts

_SUM_PARTS: Final = load("keitora.stats", "sum_parts")
_LIVE: Final[Mapping[Basis, bytes]] = {
    "days": b"live_day_part(stale.vehicle_id, stale.local_date)",
    "trips": b"""live_trip_parts(stale.vehicle_id, stale.local_date, ARRAY(
        SELECT t.started_at
        FROM unnest(%(touched_vehicles)s::integer[], %(touched_starts)s::timestamptz[]) AS t (vehicle_id, started_at)
        WHERE t.vehicle_id = stale.vehicle_id
    ))""",
    "visits": b"live_visit_parts(stale.vehicle_id, stale.local_date)",
}
_SUM_MADE: Final = _SUM_PARTS.replace(b"{parts}", load("keitora.stats", "made_parts"))
_SUM_CORRECTED: Final = {
    basis: _SUM_PARTS.replace(b"{parts}", load("keitora.stats", "corrected_parts").replace(b"{live}", live))
    for basis, live in _LIVE.items()
}
_IS_STALE: Final = """
SELECT EXISTS (
    SELECT FROM stat_stale
    WHERE fleet_id = %(fleet_id)s AND from_date < %(to_date)s::date AND to_date > %(from_date)s::date
)
"""
_READ_SHARES: Final = load("keitora.stats", "read_shares")
_FIRST_DAY: Final = b"SELECT min(local_date) FROM vehicle_day WHERE fleet_id = %(fleet_id)s"


async def first_day(conn: AsyncConnection, *, fleet_id: int) -> date | None:
    """Return the first local day anything is known of; None for a fleet that has not driven yet."""
    async with conn.cursor(binary=True, row_factory=scalar_row) as cursor:
        await cursor.execute(_FIRST_DAY, {"fleet_id": fleet_id})
        day: date | None = await cursor.fetchone()
        return day


async def sum_parts(
    conn: AsyncConnection,
    *,
    fleet_id: int,
    basis: Basis,
    spans: Sequence[Span],
    group_by: GroupBy,
    which: StatFilter,
    said: Corrections,
) -> list[StatRow]:
    """Return the sums of trucks' days, of their trips or visits, by span and group, as people corrected them."""
    values: dict[str, Any] = {
        "fleet_id": fleet_id,
        "basis": basis,
        **_days(spans),
        "group_by": group_by,
        "vehicle_ids": None if which.vehicle_ids is None else list(which.vehicle_ids),
        "driver_ids": None if which.driver_ids is None else list(which.driver_ids),
        "purposes": None if which.purposes is None else list(which.purposes),
        "place_ids": None if which.place_ids is None else list(which.place_ids),
        "change_vehicles": said.changes.vehicle_ids,
        "change_dates": said.changes.local_dates,
        "change_counts": said.changes.trip_counts,
        "change_m": said.changes.distances_m,
        "apart_vehicles": [vehicle_id for vehicle_id, _ in said.apart],
        "apart_dates": [local_date for _, local_date in said.apart],
        "pieces": Jsonb([asdict(piece) for piece in said.pieces], dumps=_dumps),
        **_starts(said.touched),
    }
    # The longer statement takes longer to plan than most answers take to read. A mark that comes after this look is a
    # change that came after this question.
    is_made = said == Corrections() and not await _is_stale(conn, values)
    async with conn.cursor(binary=True, row_factory=class_row(StatRow)) as cursor:
        # Never a prepared plan: how many days and marks there are decides which plan is good.
        await cursor.execute(_SUM_MADE if is_made else _SUM_CORRECTED[basis], values, prepare=False)
        return await cursor.fetchall()


async def _is_stale(conn: AsyncConnection, values: Mapping[str, Any]) -> bool:
    """Tell whether something changed of these days since their parts were made."""
    async with conn.cursor(row_factory=scalar_row) as cursor:
        return bool(await (await cursor.execute(_IS_STALE, values)).fetchone())


async def read_trip_shares(conn: AsyncConnection, *, fleet_id: int, trips: TripStarts) -> list[TripShare]:
    """Return the days of derived trips, named by truck and start, trip by trip and day by day."""
    async with conn.cursor(binary=True, row_factory=class_row(TripShare)) as cursor:
        await cursor.execute(_READ_SHARES, {"fleet_id": fleet_id, **_starts(trips)})
        return await cursor.fetchall()


def _days(spans: Sequence[Span]) -> dict[str, Any]:
    """Return the spans, each day of them with its span's number, and which are not read as a part of a whole month.

    Rows are found by their date, not held against each span.
    """
    days = [
        (number, day, is_in_whole_month(day, span))
        for number, span in enumerate(spans)
        for day in (span.from_date + timedelta(days=past) for past in range((span.to_date - span.from_date).days))
    ]
    return {
        "from_dates": [span.from_date for span in spans],
        "to_dates": [span.to_date for span in spans],
        "numbers": [number for number, _, _ in days],
        "dates": [day for _, day, _ in days],
        "in_months": [in_month for _, _, in_month in days],
        "loose_dates": sorted({day for _, day, in_month in days if not in_month}),
        "from_date": min(span.from_date for span in spans),
        "to_date": max(span.to_date for span in spans),
    }


def _starts(trips: TripStarts) -> dict[str, Any]:
    return {"touched_vehicles": [one[0] for one in trips], "touched_starts": [one[1] for one in trips]}


def _dumps(value: object) -> str:
    return dumps(value, default=lambda moment: moment.isoformat())
